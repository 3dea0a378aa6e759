/** What a run has shown: a line for each kind of fault, what is broken, and how to repeat it. */
import { findingText } from './checks/finding.ts';
import type { Finding } from './checks/finding.ts';
import type { Change, KindName } from './plan/kinds.ts';
import type { RoundResult, RunResult } from './run.ts';

export interface KindResult {
  readonly kind: KindName;
  readonly times: number;
  readonly wrong: number;
  readonly lost: number;
  readonly doubled: number;
  /** Acknowledged writes that promotions took back: counted, and no fault of the product. */
  readonly takenBack: number;
  /** Seconds until it was well by itself, in the order of size. */
  readonly recoveredSeconds: readonly number[];
  /** Rounds in which a person had to help. */
  readonly rescued: number;
  /** Rounds in which nothing showed that it must. */
  readonly harmless: number;
  readonly changed: Readonly<Partial<Record<Change, number>>>;
  readonly readiness: readonly string[];
  readonly relayStatus: readonly string[];
  readonly alerts: readonly string[];
}

/** Of each promise: a long list of equal things says nothing more than its beginning. */
const MOST_FINDINGS = 6;

/** Of each kind that came, in the order of their names. A round of two kinds counts for both. */
export function byKind(rounds: readonly RoundResult[]): readonly KindResult[] {
  const all = rounds.flatMap((round) => round.faults.map(({ kind }) => ({ kind, round })));
  return [...Map.groupBy(all, ({ kind }) => kind)].map(([kind, of]): KindResult => {
    const its = of.map(({ round }) => round);
    const count = (sort: Finding['sort']): number => its.flatMap(({ findings }) => findings).filter((each) => each.sort === sort).length;
    const changed: Partial<Record<Change, number>> = {};
    for (const [change, amount] of its.flatMap((round) => [...round.changed])) changed[change] = (changed[change] ?? 0) + amount;
    return {
      kind, changed, times: its.length, wrong: count('wrong'), lost: count('lost'), doubled: count('doubled'),
      takenBack: its.reduce((sum, { takenBack }) => sum + takenBack.length, 0),
      recoveredSeconds: its.flatMap(({ recovery: { ms } }) => (ms === undefined ? [] : [Math.round(ms / 100) / 10])).toSorted((a, b) => a - b),
      rescued: its.filter(({ rescue }) => rescue !== undefined).length,
      harmless: its.filter(({ harmless }) => harmless.includes(kind)).length,
      readiness: distinct(its.flatMap(({ signs }) => signs.readiness)),
      relayStatus: distinct(its.flatMap(({ signs }) => signs.relayStatus)),
      alerts: distinct(its.flatMap(({ signs }) => signs.alerts)),
    };
  }).toSorted((a, b) => (a.kind < b.kind ? -1 : 1));
}

function distinct(items: readonly string[]): readonly string[] {
  return [...new Set(items)];
}

/** All that is broken: of the rounds, and what only the last look at everything has found. */
export function findingsOf({ rounds, atTheEnd }: RunResult): readonly Finding[] {
  return [...rounds.flatMap(({ findings }) => findings), ...atTheEnd];
}

/** Why the run has failed, in words; empty where it has not. */
export function failuresOf(result: RunResult): readonly string[] {
  const findings = findingsOf(result);
  const harmless = result.rounds.flatMap((round) => round.harmless);
  return [
    ...(findings.length === 0 ? [] : [`${findings.length} promises were broken`]),
    ...(harmless.length === 0 ? [] : [`${harmless.length} faults changed nothing that they must: ${distinct(harmless).join(', ')}`]),
    ...(result.aborted === undefined ? [] : [`the run ended early: ${result.aborted}`]),
  ];
}

/** The report as text. @param repeat the command that repeats the run */
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
    ...broken(findings),
    failures.length === 0 ? 'All promises were kept, and every fault hurt.' : `FAILED: ${failures.join('; ')}.`,
    `To repeat: ${repeat}`,
  ].join('\n');
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
    `${harmless === 0 ? '' : `${harmless} × NOTHING THAT IT MUST; `}${Object.entries(changed).map(([name, n]) => `${n} ${name}`).join(', ')}`,
  ]);
  const widths = HEAD.map((head, nth) => Math.max(head.length, ...rows.map((row) => row[nth]?.length ?? 0)));
  const line = (cells: readonly string[]): string => cells.map((cell, nth) => cell.padEnd(widths[nth] ?? 0)).join('  ').trimEnd();
  return [line(HEAD), ...rows.flatMap((row, nth) => [line(row), ...signLines(kinds[nth])])];
}

function recovered(values: readonly number[], rescued: number): string {
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
