/**
 * What runs have shown, as one table in Markdown: `npm run chaos -- --json` writes a run down, and
 * `npm run chaos -- --table` makes the table of any number of such files.
 */
import { z } from 'zod';
import { markdownTable } from '@inventory/bench/results/results.ts';
import { byKind, failuresOf, findingsOf, recovered } from './report.ts';
import type { RunResult } from './run.ts';

export interface Where {
  readonly machine: string;
  /** ISO 8601. */
  readonly date: string;
  readonly commit: string;
}

/** A run as one line of JSON. */
export function runJson(result: RunResult, where: Where): string {
  return JSON.stringify({
    ...result, where, kinds: byKind(result.rounds), findings: findingsOf(result), failures: failuresOf(result),
    rounds: result.rounds.map((round) => ({ ...round, changed: Object.fromEntries(round.changed) })),
  });
}

const kindRow = z.object({
  kind: z.string(), times: z.int(), wrong: z.int(), lost: z.int(), doubled: z.int(), takenBack: z.int(),
  recoveredSeconds: z.array(z.number()), rescued: z.int(), harmless: z.int(),
  readiness: z.array(z.string()), relayStatus: z.array(z.string()), alerts: z.array(z.string()),
});
const run = z.object({
  where: z.object({ machine: z.string(), date: z.iso.datetime(), commit: z.string() }),
  plan: z.object({ seed: z.int() }),
  counts: z.object({ operations: z.int(), reads: z.int(), events: z.int(), seconds: z.number() }),
  rounds: z.array(z.unknown()), kinds: z.array(kindRow), failures: z.array(z.string()),
});

type Run = z.output<typeof run>;
type KindRow = z.output<typeof kindRow>;

/** @throws {Error} when the text is not what `runJson` writes */
export function readRun(text: string): Run {
  return run.parse(JSON.parse(text));
}

const HEAD = ['Fault', 'Times', 'Wrong', 'Lost', 'Doubled', 'Well after (s)', '`/readyz`', '`relay status`', 'Alerts'];
/** Signs that one cell shows, and characters of each. */
const MOST_SIGNS = 3;
const MOST_CHARACTERS = 90;

/** A line for each kind of fault over all runs, and for each run where and when it was. */
export function runsTable(runs: readonly Run[]): string {
  const kinds = [...Map.groupBy(runs.flatMap(({ kinds: of }) => of), ({ kind }) => kind)].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return [
    ...runs.map(({ where: { machine, date, commit }, plan: { seed }, rounds, counts: { operations, reads, events, seconds }, failures }) =>
      `- Seed ${seed}: ${rounds.length} rounds in ${Math.round(seconds)} s, ${operations} operations, ${reads} reads, ${events} events; ${
        failures.length === 0 ? 'all promises kept' : `FAILED: ${failures.join('; ')}`}. ${machine}; ${date.slice(0, 10)}; commit ${commit.slice(0, 7)}.`),
    '',
    markdownTable(HEAD, kinds.map(([kind, of]) => cellsOf(kind, of))),
  ].join('\n');
}

function cellsOf(kind: string, of: readonly KindRow[]): readonly string[] {
  const sum = (count: (row: KindRow) => number): number => of.reduce((total, row) => total + count(row), 0);
  const takenBack = sum((row) => row.takenBack);
  const lost = sum((row) => row.lost);
  const harmless = sum((row) => row.harmless);
  return [
    kind, `${sum(({ times }) => times)}${harmless === 0 ? '' : `, ${harmless} × without effect`}`,
    String(sum(({ wrong }) => wrong)), takenBack === 0 ? String(lost) : `${lost} (${takenBack} taken back)`, String(sum(({ doubled }) => doubled)),
    recovered(of.flatMap(({ recoveredSeconds }) => recoveredSeconds).toSorted((a, b) => a - b), sum(({ rescued }) => rescued)),
    cell(readinessOf(of.flatMap(({ readiness }) => readiness)), 'ok throughout'),
    cell(of.flatMap(({ relayStatus }) => relayStatus).filter((said) => said !== 'says nothing'), 'says nothing'),
    cell(of.flatMap(({ alerts }) => alerts), 'none'),
  ];
}

/** `relay-1: no answer` and `relay-2: no answer` are one sign, as are those of other processes: `api, relay: no answer`. */
function readinessOf(signs: readonly string[]): readonly string[] {
  const split = signs.map((sign) => {
    const [name = '', ...said] = sign.split(': ');
    return { process: name.replace(/-\d$/, ''), said: said.join(': ') };
  });
  return [...Map.groupBy(split, ({ said }) => said)].map(([said, by]) => `${[...new Set(by.map(({ process }) => process))].join(', ')}: ${said}`);
}

/** The most frequent signs first. Numbers differ from round to round and make no other sign. */
function cell(signs: readonly string[], none: string): string {
  const counted = [...Map.groupBy(signs, (sign) => sign.replaceAll(/\d+/g, 'N'))].toSorted(([, a], [, b]) => b.length - a.length);
  if (counted.length === 0) return none;
  const more = counted.length > MOST_SIGNS ? [`${counted.length - MOST_SIGNS} more`] : [];
  return [...counted.slice(0, MOST_SIGNS).map(([sign]) => shorten(sign)), ...more].join('; ');
}

function shorten(sign: string): string {
  return sign.length > MOST_CHARACTERS ? `${sign.slice(0, MOST_CHARACTERS).trimEnd()} …` : sign;
}
