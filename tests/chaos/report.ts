/** The report of a run: a line for each kind of fault, the broken promises, and how to repeat the run. */
import { findingText } from './checks/finding.ts';
import type { Finding } from './checks/finding.ts';
import type { Change, KindName } from './plan/kinds.ts';
import type { RoundResult, RunResult } from './run.ts';

interface KindResult {
  readonly kind: KindName;
  readonly times: number;
  readonly wrong: number;
  readonly lost: number;
  readonly doubled: number;
  /** Acknowledged writes that promotions took back: counted, but no broken promise. */
  readonly takenBack: number;
  /** Seconds until all was clear without help, sorted. */
  readonly recoveredSeconds: readonly number[];
  /** Rounds in which an operator had to help. */
  readonly rescued: number;
  /** Rounds without any of the changes that the kind must show. */
  readonly harmless: number;
  readonly changed: Readonly<Partial<Record<Change, number>>>;
  readonly readiness: readonly string[];
  readonly relayStatus: readonly string[];
  readonly alerts: readonly string[];
}

/** Findings and names that are printed for each promise; --json has all of them. */
const MOST_FINDINGS = 6;
const MOST_NAMES = 12;

/** The results of each kind, sorted by name. A round of two kinds counts for both. */
export function byKind(rounds: readonly RoundResult[]): readonly KindResult[] {
  const all = rounds.flatMap((round) => round.faults.map(({ kind }) => ({ kind, round })));
  return [...Map.groupBy(all, ({ kind }) => kind)].map(([kind, of]): KindResult => {
    const its = of.map(({ round }) => round);
    // In a round of two kinds the signs may be those of the other one.
    const alone = its.filter((round) => round.faults.length === 1);
    const seen = alone.length > 0 ? alone : its;
    const findings = its.flatMap((round) => round.findings);
    const count = (sort: Finding['sort']): number => findings.filter((each) => each.sort === sort).length;
    const times = its.flatMap(({ recovery: { ms } }) => (ms === undefined ? [] : [Math.round(ms / 100) / 10]));
    const changed: Partial<Record<Change, number>> = {};
    for (const [change, amount] of its.flatMap((round) => [...round.changed])) changed[change] = (changed[change] ?? 0) + amount;
    return {
      kind, changed, times: its.length, wrong: count('wrong'), lost: count('lost'), doubled: count('doubled'),
      takenBack: its.reduce((sum, { takenBack }) => sum + takenBack.length, 0),
      recoveredSeconds: times.toSorted((a, b) => a - b),
      rescued: its.filter(({ rescue }) => rescue !== undefined).length,
      harmless: its.filter(({ harmless }) => harmless.includes(kind)).length,
      readiness: distinct(seen.flatMap(({ signs }) => signs.readiness)),
      relayStatus: distinct(seen.flatMap(({ signs }) => signs.relayStatus)),
      alerts: distinct(seen.flatMap(({ signs }) => signs.alerts)),
    };
  }).toSorted((a, b) => (a.kind < b.kind ? -1 : 1));
}

function distinct(items: readonly string[]): readonly string[] {
  return [...new Set(items)];
}

/** All findings: those of the rounds, and those of the final check. */
export function findingsOf({ rounds, atTheEnd }: RunResult): readonly Finding[] {
  return [...rounds.flatMap(({ findings }) => findings), ...atTheEnd];
}

/** Why the run has failed, in words; empty when it has not. */
export function failuresOf(result: RunResult): readonly string[] {
  const findings = findingsOf(result);
  const harmless = result.rounds.flatMap((round) => round.harmless);
  return [
    ...(findings.length === 0 ? [] : [`${findings.length} promises were broken`]),
    ...(harmless.length === 0 ? [] : [`${harmless.length} faults changed nothing that they must: ${distinct(harmless).join(', ')}`]),
    ...(result.aborted === undefined ? [] : [`the run ended early: ${result.aborted}`]),
  ];
}

/** The report as text. `repeat` is the command that repeats the run. */
export function reportText(result: RunResult, repeat: string): string {
  const findings = findingsOf(result);
  const failures = failuresOf(result);
  const { operations, reads, events, seconds } = result.counts;
  return [
    '',
    `${operations} operations, ${reads} reads, ${events} events in ${Math.round(seconds)} s`,
    '',
    ...table(byKind(result.rounds)),
    '',
    ...takenBack(result),
    ...broken(findings),
    failures.length === 0 ? 'All promises were kept, and every fault hurt.' : `FAILED: ${failures.join('; ')}.`,
    `To repeat: ${repeat}`,
  ].join('\n');
}

/** The writes that promotions took back, by name: their clients were told that they were done. */
function takenBack({ rounds }: RunResult): readonly string[] {
  const names = rounds.flatMap((round) => round.takenBack);
  if (names.length === 0) return [];
  const more = names.length > MOST_NAMES ? `, and ${names.length - MOST_NAMES} more (all of them with --json)` : '';
  return [`Acknowledged, and taken back by a promotion: ${names.slice(0, MOST_NAMES).join(', ')}${more}`, ''];
}

function broken(findings: readonly Finding[]): readonly string[] {
  if (findings.length === 0) return [];
  return ['Broken promises:', ...[...Map.groupBy(findings, ({ promise }) => promise).values()].flatMap((of) => [
    ...of.slice(0, MOST_FINDINGS).map((each) => `  ${findingText(each)}`),
    ...(of.length > MOST_FINDINGS ? [`  … and ${of.length - MOST_FINDINGS} more of ${of[0]?.promise ?? ''}`] : []),
  ]), ''];
}

const HEAD = ['FAULT', 'TIMES', 'WRONG', 'LOST', 'DOUBLED', 'WELL AFTER (S)', 'CHANGED'];

function table(kinds: readonly KindResult[]): readonly string[] {
  const rows = kinds.map(({ kind, times, wrong, lost, doubled, takenBack, recoveredSeconds, rescued, harmless, changed }) => [
    kind, String(times), String(wrong), takenBack === 0 ? String(lost) : `${lost} (+${takenBack} taken back)`, String(doubled),
    recovered(recoveredSeconds, rescued),
    [
      ...(harmless === 0 ? [] : [`${harmless} × NOTHING THAT IT MUST`]), ...Object.entries(changed).map(([name, n]) => `${n} ${name}`),
    ].join(', '),
  ]);
  const widths = HEAD.map((head, nth) => Math.max(head.length, ...rows.map((row) => row[nth]?.length ?? 0)));
  const line = (cells: readonly string[]): string => cells.map((cell, nth) => cell.padEnd(widths[nth] ?? 0)).join('  ').trimEnd();
  return [line(HEAD), ...rows.flatMap((row, nth) => [line(row), ...signLines(kinds[nth])])];
}

/** Least and most of sorted seconds, and how often it took help. */
export function recovered(values: readonly number[], rescued: number): string {
  const [least, most] = [values[0], values.at(-1)];
  const range = least === undefined ? '' : least === most ? String(least) : `${least}–${String(most)}`;
  return [range, ...(rescued === 0 ? [] : [`${rescued} × not by itself`])].filter((text) => text !== '').join(', ');
}

function signLines(kind: KindResult | undefined): readonly string[] {
  if (kind === undefined) return [];
  const { readiness, relayStatus, alerts } = kind;
  return [
    ...(readiness.length === 0 ? ['    /readyz: ok throughout'] : [`    /readyz: ${readiness.join('; ')}`]),
    `    relay status: ${relayStatus.join('; ')}`,
    `    alerts: ${alerts.length === 0 ? 'none' : alerts.join(', ')}`,
  ];
}
