/**
 * Runs all checkers while the writers are paused: on a copy of the database, the whole stream, the answers that the load got,
 * and what the follower and the durable consumer received. Holds expire and events are under way even then, so findings are
 * confirmed by a second look.
 */
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import type { Read } from '../load/history.ts';
import type { Load } from '../load/load.ts';
import type { World } from '../world/world.ts';
import { checkAcknowledged } from './acknowledged.ts';
import { takeCopy } from './copy.ts';
import type { Copy } from './copy.ts';
import { checkDeadlines } from './deadlines.ts';
import { checkDurable } from './durable.ts';
import { checkFeed } from './feed.ts';
import type { Finding } from './finding.ts';
import { checkFold } from './fold.ts';
import { readLog } from './log.ts';
import { checkLogStays } from './log-stays.ts';
import { readBacklog } from './marks.ts';
import { readStream } from './read-stream.ts';
import { checkReads } from './reads.ts';
import { checkRows } from './rows.ts';
import { checkStream } from './stream.ts';
import type { Stream } from './stream.ts';
import { departedOf } from './truth.ts';
import type { Past, Truth } from './truth.ts';

interface Judge {
  /**
   * Judges the whole history, or with `whole: false` the part that was not judged before.
   * @returns what was not reported before
   */
  look(options: { readonly whole: boolean }): Promise<Verdict>;
}

export interface Verdict {
  readonly findings: readonly Finding[];
  /** Acknowledged operations that promotions have taken back and that were not reported before. */
  readonly takenBack: readonly string[];
  readonly events: number;
}

interface JudgeDeps {
  readonly world: World;
  readonly load: Load;
  readonly past: readonly Past[];
  /** Whether a fault, or the recovery from it, overlaps this time. */
  readonly troubled: (fromMs: number, toMs: number) => boolean;
  /** For how long the rig itself stood still in this time. */
  readonly stalledMs: (fromMs: number, toMs: number) => number;
}

/** How long follower and consumer may take to have everything after the writers have paused. A redelivery alone takes 3 s. */
const CATCH_UP_MS = 20_000;
/** Within this time everything is published again (I19). */
const PUBLISHED_MS = 30_000;
const SECOND_LOOK_MS = 1_500;

export function createJudge(deps: JudgeDeps): Judge {
  const known = new Set<string>();
  const knownTakenBack = new Set<string>();
  const from = { operations: 0, reads: 0 };
  let before: { readonly copy: Copy; readonly promotions: number } | undefined;
  const keyOf = ({ promise, subject }: Finding): string => `${promise} ${subject}`;

  return {
    async look({ whole }) {
      const { operations, reads } = deps.load.history;
      const upTo = { operations: operations.length, reads: reads.length };
      const since = whole ? { operations: 0, reads: 0 } : { ...from };
      let seen = await lookOnce(deps, since, before);
      if (seen.findings.length > 0) {
        await delay(SECOND_LOOK_MS);
        const again = await lookOnce(deps, since, before);
        const still = new Set(again.findings.map(keyOf));
        seen = { ...again, findings: seen.findings.filter((finding) => still.has(keyOf(finding))) };
      }
      const fresh = seen.findings.filter((finding) => !known.has(keyOf(finding)));
      for (const finding of fresh) known.add(keyOf(finding));
      const takenBack = seen.takenBack.filter((name) => !knownTakenBack.has(name));
      for (const name of takenBack) knownTakenBack.add(name);
      Object.assign(from, upTo);
      before = { copy: seen.copy, promotions: deps.past.length };
      return { findings: fresh, takenBack, events: seen.copy.events.length };
    },
  };
}

async function lookOnce(
  { world, load, past, troubled, stalledMs }: JudgeDeps, since: { readonly operations: number; readonly reads: number },
  before: { readonly copy: Copy; readonly promotions: number } | undefined,
): Promise<{ readonly findings: readonly Finding[]; readonly takenBack: readonly string[]; readonly copy: Copy }> {
  await everythingPublished(world);
  const copy = await world.postgres.sql.snapshot(takeCopy);
  const stream = await readStream(world.ownWay.urls);
  await catchUp(load, copy, stream);
  const log = readLog(copy);
  const truth: Truth = { now: log, past };
  const departed = new Set(departedOf(truth).keys());
  const newest = copy.events.at(-1)?.position ?? 0;
  const { history: { operations, reads }, follower, durable } = load;
  // Whatever is newer than the copy is judged by the next look.
  const messages = stream === undefined ? undefined
    : { ...stream, messages: stream.messages.filter(({ id, position }) => id === '' || log.byId.has(id) || position <= newest) };
  const laps = follower.laps().map((lap) => ({ ...lap, events: lap.events.filter(({ position }) => position <= newest) }));
  const last = messages?.messages.at(-1)?.sequence ?? 0;
  const inTime = durable.deliveries.filter(({ id, sequence }) => log.byId.has(id) || sequence <= last);
  const findings: Finding[] = [];
  const { findings: unkept, takenBack } = checkAcknowledged(truth, operations, since.operations);
  const checks: readonly (() => readonly Finding[])[] = [
    () => checkFold(log),
    () => checkRows(copy, log),
    () => checkDeadlines(copy, { troubled, stalledMs, slowestReadMs: (fromMs, toMs) => slowestReadMs(reads, fromMs, toMs) }),
    () => (before === undefined || before.promotions !== past.length ? [] : checkLogStays(before.copy, copy)),
    () => checkStream(copy, log, messages, departed),
    () => unkept,
    () => checkReads(truth, operations, reads.slice(since.reads).filter(({ returnedMs }) => returnedMs < copy.nowMs)),
    () => checkFeed(truth, laps, copy.epoch),
    () => checkDurable(log, messages, inTime, departed),
  ];
  for (const check of checks) {
    findings.push(...check());
    // The proxies run in this process and need their turns.
    await turn();
  }
  return { findings, takenBack, copy };
}

function slowestReadMs(reads: readonly Read[], fromMs: number, toMs: number): number {
  return reads.filter(({ invokedMs, returnedMs }) => invokedMs <= toMs && returnedMs >= fromMs)
    .reduce((slowest, { invokedMs, returnedMs }) => Math.max(slowest, returnedMs - invokedMs), 0);
}

/**
 * Waits until nothing is left to publish, for as long as a fault's end may be felt (I19): a cluster that was well again may
 * choose another leader a second later. After the limit it goes on, and what is missing then is found.
 */
async function everythingPublished({ postgres }: World): Promise<void> {
  const until = performance.now() + PUBLISHED_MS;
  while ((await readBacklog(postgres.sql.query)).events > 0 && performance.now() < until) await delay(50);
}

/**
 * Waits until the follower has the newest event and the durable consumer every message: what it did not acknowledge comes
 * again, behind newer ones. After the limit it goes on.
 */
async function catchUp(load: Load, copy: Copy, stream: Stream | undefined): Promise<void> {
  const newest = copy.events.at(-1);
  const missing = new Set(stream?.messages.map(({ sequence }) => sequence));
  let seen = 0;
  const delivered = (): boolean => {
    const { deliveries } = load.durable;
    for (const { stream: created, sequence } of deliveries.slice(seen)) if (created === stream?.created) missing.delete(sequence);
    seen = deliveries.length;
    return missing.size === 0;
  };
  const followed = (): boolean => newest === undefined
    || load.follower.laps().at(-1)?.events.findLast(({ id }) => id === newest.id) !== undefined;
  const until = performance.now() + CATCH_UP_MS;
  while (!(delivered() && followed()) && performance.now() < until) await delay(50);
}
