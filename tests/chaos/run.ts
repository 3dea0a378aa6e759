/**
 * One run: the world and its load are started, then each round of the plan is carried out:
 *
 *   calm → faults → what should have gone on meanwhile → healing → all clear by itself, within 30 s → at rest: all checks
 *
 * A system that does not recover by itself is a finding. The rig then does what an operator would do, so that the next round
 * starts from a healthy system.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { createJudge } from './checks/judge.ts';
import type { Verdict } from './checks/judge.ts';
import type { Finding } from './checks/finding.ts';
import { checkRefills } from './checks/refills.ts';
import type { Past } from './checks/truth.ts';
import { faults } from './faults/catalogue.ts';
import type { Scene, Struck } from './faults/fault.ts';
import { startLoad } from './load/load.ts';
import type { Load } from './load/load.ts';
import { kindOf } from './plan/kinds.ts';
import type { Change, KindName } from './plan/kinds.ts';
import type { Plan, PlannedFault, Round } from './plan/plan.ts';
import { createRandom } from './plan/random.ts';
import { changesSince, lookBefore } from './watch/evidence.ts';
import { ALL_CLEAR_MS, waitUntilClear } from './watch/recovery.ts';
import type { Recovery } from './watch/recovery.ts';
import { watchSigns } from './watch/signs.ts';
import { watchStalls } from './watch/stalls.ts';
import type { Signs } from './watch/signs.ts';
import { startWorld } from './world/world.ts';
import type { World } from './world/world.ts';
import type { Protection } from './world/take-out.ts';

export interface RoundResult {
  readonly nth: number;
  readonly faults: readonly PlannedFault[];
  readonly findings: readonly Finding[];
  /** Acknowledged operations that this round's promotion took back. */
  readonly takenBack: readonly string[];
  readonly changed: ReadonlyMap<Change, number>;
  /** Kinds of this round that did not show any of the changes that they must. */
  readonly harmless: readonly KindName[];
  readonly recovery: Recovery;
  readonly signs: Signs;
  /** What an operator had to do; undefined when nothing. */
  readonly rescue: string | undefined;
}

export interface RunResult {
  readonly plan: Plan;
  readonly rounds: readonly RoundResult[];
  /** Findings of the final check of the whole history. */
  readonly atTheEnd: readonly Finding[];
  /** Why the run ended before its plan did. */
  readonly aborted: string | undefined;
  readonly counts: { readonly operations: number; readonly reads: number; readonly events: number; readonly seconds: number };
}

interface RunDeps {
  readonly plan: Plan;
  readonly takenOut?: Protection | undefined;
  /** Aborts when the run is to end after the round that is under way. */
  readonly signal?: AbortSignal;
  /** A line of progress. */
  tell(line: string): void;
  /** Called before the world is stopped, for a run that keeps its logs. */
  keep?(world: World): Promise<void>;
}

const PAUSE_MS = 15_000;
/** `meanwhile` is asked so long before the healing. */
const LAST_LOOK_MS = 500;

/** @throws {Error} for a defect of the rig, or when the world cannot be started */
export async function runPlan({ plan, takenOut, signal, tell, keep }: RunDeps): Promise<RunResult> {
  const began = performance.now();
  const random = createRandom(plan.seed);
  const clocks = plan.rounds.some((round) => round.faults.some(({ kind }) => kind === 'clock-jump'));
  const world = await startWorld({ takenOut, clocks });
  const stalls = watchStalls();
  try {
    const load = await startLoad(world, random.fork('load'));
    try {
      const past: Past[] = [];
      const trouble: { readonly fromMs: number; toMs: number }[] = [{ fromMs: 0, toMs: Infinity }];
      const judge = createJudge({
        world, load, past, stalledMs: stalls.stalledMs,
        troubled: (fromMs, toMs) => trouble.some((each) => each.fromMs < toMs && fromMs < each.toMs),
      });
      const endTrouble = (): void => { for (const each of trouble) each.toMs = Math.min(each.toMs, Date.now()); };
      const first = await waitUntilClear(world, load);
      endTrouble();
      if (first.ms === undefined) throw new Error(`the world was not well at the start: ${first.unclear.join('; ')}`);
      tell(`all clear ${seconds(performance.now() - began)} after the start`);
      const scene: Scene = { world, load, past, random: random.fork('faults'), note: (text) => { tell(`      ${text}`); } };
      const rounds: RoundResult[] = [];
      let aborted: string | undefined;
      for (const round of plan.rounds) {
        if (signal?.aborted === true) {
          aborted = `it was interrupted after ${rounds.length} of ${plan.rounds.length} rounds`;
          break;
        }
        await delay(round.calmMs);
        trouble.push({ fromMs: Date.now(), toMs: Infinity });
        const hurt = await hurtAndHeal(scene, round).catch((error: unknown) => error);
        endTrouble();
        if (!isHurt(hurt)) {
          aborted = `the rig itself failed in round ${round.nth}: ${hurt instanceof Error ? hurt.message : String(hurt)}`;
          break;
        }
        const { findings, takenBack } = await lookAtRest(load, () => judge.look({ whole: false }));
        const result = { ...hurt, findings: [...hurt.findings, ...findings], takenBack };
        rounds.push(result);
        tell(progressLine(result, plan.rounds.length));
        if (hurt.stuck) {
          aborted = `it did not come back even so: ${hurt.recovery.unclear.join('; ')}`;
          break;
        }
      }
      const end = await lookAtRest(load, () => judge.look({ whole: true }));
      await load.stop();
      const { operations, reads } = load.history;
      return {
        plan, rounds, aborted, atTheEnd: end.findings,
        counts: { operations: operations.length, reads: reads.length, events: end.events, seconds: (performance.now() - began) / 1000 },
      };
    } finally {
      await load.stop().catch(() => undefined);
    }
  } finally {
    stalls.stop();
    await keep?.(world);
    await world.stop();
  }
}

async function lookAtRest(load: Load, look: () => Promise<Verdict>): Promise<Verdict> {
  await load.pause(PAUSE_MS);
  try {
    return await look();
  } finally {
    load.resume();
  }
}

/** A round without its checks at rest. `stuck`: the system is not well even after the operator's help. */
type Hurt = Omit<RoundResult, 'takenBack'> & { readonly stuck: boolean };

function isHurt(value: unknown): value is Hurt {
  return typeof value === 'object' && value !== null && 'stuck' in value;
}

async function hurtAndHeal(scene: Scene, round: Round): Promise<Hurt> {
  const { world, load } = scene;
  const prepared = await Promise.all(round.faults.map((planned) => faults[planned.kind](scene, planned)));
  const ways = prepared.flatMap((each) => each.ways);
  const before = await lookBefore(world, ways);
  const watch = watchSigns(world.fleet, before.scrape);
  const findings: Finding[] = [];
  const struck = await Promise.all(prepared.map((fault) => fault.strike()));
  watch.typeStatus();
  const ended = await Promise.allSettled(struck.map((each, nth) => lastAndHeal(each, round.faults[nth]?.lastsMs ?? 0)));
  for (const end of ended) {
    if (end.status === 'rejected') throw end.reason;
    findings.push(...end.value.map((detail): Finding => (
      { promise: 'meanwhile', subject: `round ${round.nth}`, detail, sort: 'wrong' })));
  }
  let rescue: string | undefined;
  let stuck = false;
  const recovery = await waitUntilClear(world, load);
  if (recovery.ms === undefined) {
    findings.push({
      promise: 'all clear', subject: `round ${round.nth}`, sort: 'wrong',
      detail: `not within ${ALL_CLEAR_MS / 1000} s of the healing: ${recovery.unclear.join('; ')}`,
    });
    const rescues = await Promise.all(struck.map(async (each) => each.rescue?.()));
    rescue = rescues.filter((text) => text !== undefined).join(', ') || 'waited';
    stuck = (await waitUntilClear(world, load)).ms === undefined;
  }
  const own = await Promise.all(struck.map(async (each) => each.changed?.()));
  const changed = new Map([...await changesSince(before, { world, load, ways }), ...own.flatMap((each) => [...each ?? []])]);
  const struckBy = { nth: round.nth, kinds: round.faults.map(({ kind }) => kind) };
  findings.push(...checkRefills(struckBy, changed.get('refilled events') ?? 0));
  return {
    nth: round.nth, faults: round.faults, findings, changed, recovery, rescue, stuck, signs: await watch.stop(),
    harmless: struckBy.kinds.filter((kind) => !kindOf(kind).mustChange.some((change) => changed.has(change))),
  };
}

/** Lets a fault last for its time, and heals it. @returns what had stopped meanwhile although it should have gone on */
async function lastAndHeal(fault: Struck, lastsMs: number): Promise<readonly string[]> {
  try {
    await delay(Math.max(0, lastsMs - LAST_LOOK_MS));
    const stopped = (await fault.meanwhile?.()) ?? [];
    await delay(LAST_LOOK_MS);
    return stopped;
  } finally {
    await fault.heal();
  }
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

function progressLine(
  { nth, faults: planned, findings, changed, harmless, recovery, rescue, takenBack }: RoundResult, rounds: number,
): string {
  const changes = [...changed].map(([what, count]) => `${count} ${what}`).join(', ') || 'nothing changed';
  return [
    `${String(nth).padStart(3)}/${rounds} ${planned.map(({ kind, target }) => `${kind} (${target})`).join(' and ')}: `,
    recovery.ms === undefined ? `NOT CLEAR by itself (${rescue ?? ''})` : `clear after ${seconds(recovery.ms)}`,
    `; ${changes}`,
    takenBack.length === 0 ? '' : `; ${takenBack.length} acknowledged writes taken back by the promotion`,
    harmless.length === 0 ? '' : `; HARMLESS: ${harmless.join(', ')}`,
    findings.length === 0 ? '' : `; ${findings.length} BROKEN`,
  ].join('');
}
