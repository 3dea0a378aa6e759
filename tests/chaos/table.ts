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
/** Sentences of `relay status` that one cell shows, and characters of each. */
const MOST_SENTENCES = 3;
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
    readinessOf(of.flatMap(({ readiness }) => readiness)) || 'ok throughout',
    statusOf(of.flatMap(({ relayStatus }) => relayStatus).filter((said) => said !== 'says nothing')) || 'says nothing',
    [...new Set(of.flatMap(({ alerts }) => alerts))].join(', ') || 'none',
  ];
}

/** `relay-1: not ready: role, publishing` and `relay-2: no answer` become `relay: role, publishing, no answer`. */
function readinessOf(signs: readonly string[]): string {
  const said = signs.flatMap((sign) => {
    const [name = '', ...words] = sign.split(': ');
    return words.join(': ').replace('not ready: ', '').split(', ').map((what) => ({ process: name.replace(/-\d$/, ''), what }));
  });
  return [...Map.groupBy(said, ({ process }) => process)].toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([process, of]) => `${process}: ${[...new Set(of.map(({ what }) => what))].join(', ')}`).join('; ');
}

/** The most frequent sentences first. Numbers differ from round to round and make no other sentence. */
function statusOf(lines: readonly string[]): string {
  const counted = [...Map.groupBy(lines, (line) => line.replaceAll(/\d+/g, 'N'))].toSorted(([, a], [, b]) => b.length - a.length);
  const more = counted.length > MOST_SENTENCES ? [`${counted.length - MOST_SENTENCES} more`] : [];
  return [...counted.slice(0, MOST_SENTENCES).map(([line]) => shorten(line)), ...more].join('; ');
}

function shorten(line: string): string {
  return line.length > MOST_CHARACTERS ? `${line.slice(0, MOST_CHARACTERS).trimEnd()} …` : line;
}
