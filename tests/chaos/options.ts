/** The command line of `npm run chaos`, parsed before anything is started. */
import { parseArgs } from 'node:util';
import { kinds } from './plan/kinds.ts';
import type { KindName } from './plan/kinds.ts';
import { isProtection, protections } from './world/take-out.ts';
import type { Protection } from './world/take-out.ts';

export interface Options {
  readonly seed: number;
  readonly durationMs: number;
  readonly kinds: readonly KindName[];
  /** Each kind comes at least so many times, however long that takes. */
  readonly each: number;
  readonly planOnly: boolean;
  readonly json: boolean;
  /** Leaves the logs of all processes behind, in a folder that is printed. */
  readonly keep: boolean;
  readonly takenOut: Protection | undefined;
  /** Files that --json has written, of which a table is made; nothing is run then. */
  readonly table: readonly string[];
  readonly help: boolean;
}

/** Wrong arguments. The message says what is wrong. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const MOST_MINUTES = 24 * 60;
const USUAL_SECONDS = 60;
const MOST_SEED = 2 ** 32 - 1;
const MOST_EACH = 1_000;

export const HELP = `Usage: npm run chaos [-- OPTIONS]

Breaks everything, by a plan that is drawn from a seed and printed first, and holds all promises against what comes of it.
It starts 2 apis, 2 relays, 2 projectors, Postgres with a standby, Redis with a replica and three NATS servers as a cluster,
all on 127.0.0.1 and gone afterwards, and puts them under load. After each fault the system has 30 s to be well again by
itself; then writers pause, and every event, row, message, answer and read is checked.

  --seed N              repeats a run: the same seed, time and kinds draw the same plan; without it one is drawn
  --minutes M           how long the plan is, or --seconds S; 60 s when neither is given. A run that meets trouble takes longer
  --each N              goes on beyond that time until each kind has come N times
  --faults KIND,…       only these kinds
  --without KIND,…      all but these
  --plan                print the plan and end
  --json                the result as JSON on stdout; the report, and what happens meanwhile, go to stderr
  --keep                leave the logs of all processes behind, and say where
  --take-out NAME       run a build without a protection, to see that it is caught: ${Object.keys(protections).join(', ')}
  --table FILE,…        run nothing: a table in Markdown of runs whose --json is in these files
  --help

Kinds of faults:
${kinds.map(({ name, about }) => `  ${name.padEnd(19)} ${about}`).join('\n')}

How to read the end: a line for each kind, with how often it came, what was wrong, lost or doubled afterwards, how long it
took to be well by itself, what it changed, and what /readyz, \`relay status\` and the alerts said meanwhile. A fault that
changed nothing has proved nothing, and fails the run. Repeat a failure with the seed that is printed last, and narrow it down
with --faults. Ctrl-C ends a run after the round that is under way, with what it has found so far.

Examples:
  npm run chaos -- --minutes 10
  npm run chaos -- --seed 7 --minutes 2 --faults kill-relay,nats-kill --keep
  npm run chaos -- --seconds 90 --faults link-cut --take-out chain
  npm run -s chaos -- --minutes 10 --each 2 --json > one.json; npm run -s chaos -- --table one.json

Exit code: 0 all promises were kept and every fault hurt; 1 one was broken, or a fault changed nothing; 2 wrong usage.`;

/** @param drawSeed gives the seed when none is asked for. @throws {UsageError} */
export function readOptions(args: readonly string[], drawSeed: () => number): Options {
  const { values } = parse(args);
  if (values.minutes !== undefined && values.seconds !== undefined) throw new UsageError('--minutes or --seconds, not both');
  const seconds = values.minutes === undefined ? positive('--seconds', values.seconds ?? String(USUAL_SECONDS), MOST_MINUTES * 60)
    : 60 * positive('--minutes', values.minutes, MOST_MINUTES);
  const takenOut = values['take-out'];
  if (takenOut !== undefined && !isProtection(takenOut)) {
    throw new UsageError(`--take-out ${takenOut}: there are ${Object.keys(protections).join(', ')}`);
  }
  return {
    seed: values.seed === undefined ? drawSeed() : wholeNumber('--seed', values.seed, MOST_SEED),
    durationMs: seconds * 1000,
    each: values.each === undefined ? 0 : wholeNumber('--each', values.each, MOST_EACH),
    kinds: chooseKinds(values.faults?.flatMap(splitNames), values.without?.flatMap(splitNames) ?? []),
    planOnly: values.plan === true, json: values.json === true, keep: values.keep === true, help: values.help === true,
    takenOut,
    table: values.table?.flatMap(splitNames) ?? [],
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        seed: { type: 'string' }, minutes: { type: 'string' }, seconds: { type: 'string' }, each: { type: 'string' },
        table: { type: 'string', multiple: true },
        faults: { type: 'string', multiple: true }, without: { type: 'string', multiple: true }, plan: { type: 'boolean' },
        json: { type: 'boolean' }, keep: { type: 'boolean' }, 'take-out': { type: 'string' }, help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function splitNames(text: string): readonly string[] {
  return text.split(',').map((name) => name.trim()).filter((name) => name !== '');
}

function positive(option: string, text: string, most: number): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
  if (value <= 0 || value > most) throw new UsageError(`${option} ${text}: a number above 0, at most ${most}`);
  return value;
}

function wholeNumber(option: string, text: string, most: number): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Infinity;
  if (value > most) throw new UsageError(`${option} ${text}: a whole number from 0 to ${most}`);
  return value;
}

function chooseKinds(only: readonly string[] | undefined, without: readonly string[]): readonly KindName[] {
  for (const name of [...only ?? [], ...without]) {
    if (!kinds.some((kind) => kind.name === name)) {
      throw new UsageError(`${name}: there is no such kind of fault; there are ${kinds.map((kind) => kind.name).join(', ')}`);
    }
  }
  const chosen = kinds.map(({ name }) => name).filter((name) => (only === undefined || only.includes(name)) && !without.includes(name));
  if (chosen.length === 0) throw new UsageError('no kind of fault is left');
  return chosen;
}
