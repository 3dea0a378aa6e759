/**
 * `npm run bench`: measures what PERFORMANCE goals are set for, prints a table, and writes docs/benchmarks.json.
 * Everything runs on this machine, on private servers that wait for the disk.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { measureBacklog } from './backlog.ts';
import type { Row } from './figures.ts';
import { measureReads } from './reads.ts';
import { FULL, QUICK } from './stage.ts';
import { measureVisible } from './visible.ts';
import { measureWrites } from './writes.ts';

const RESULTS = join(import.meta.dirname, '..', '..', '..', 'docs', 'benchmarks.json');

const GROUPS = [
  { ids: ['W1', 'W2', 'W3', 'W4', 'N1'], measure: measureWrites },
  { ids: ['V1', 'V2'], measure: measureVisible },
  { ids: ['R1', 'R2', 'P1'], measure: measureBacklog },
  { ids: ['G1', 'G2'], measure: measureReads },
] as const;
const IDS: readonly string[] = GROUPS.flatMap(({ ids }) => ids);

const HELP = `Usage: npm run bench [-- OPTIONS]

Measures the system on private servers of this machine, prints a table and, when every row was measured, writes
docs/benchmarks.json. Keep the machine otherwise idle: all of it takes about half an hour.

  --only ID       ${IDS.join(', ')}; several by commas
  --quick         one short run each: for a look, never for a document
  --compare FILE  beside the figures of an earlier run, such as docs/benchmarks.json
  --json          the rows as JSON instead of the table
  --help

Exit code: 0 measured, whether or not the goals are met; 1 something failed; 2 wrong usage.`;

interface Results {
  readonly machine: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly date: string;
  readonly quick: boolean;
  readonly rows: readonly Row[];
}

function number(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en').replaceAll(',', ' ');
  return value.toPrecision(3);
}

function table(rows: readonly Row[], before: ReadonlyMap<string, Row>): string {
  const lines = rows.map((row) => [
    row.id, row.what, `${number(row.value)} ${row.unit}`,
    row.against === null ? '' : `${number(row.against.value)} ${row.unit} (${row.against.what})`,
    row.ratio === null ? '' : row.ratio.toPrecision(3), row.goal, row.met ? 'yes' : 'no',
    ...(before.size === 0 ? [] : [before.has(row.id) ? `${number(before.get(row.id)?.value ?? 0)} ${row.unit}` : '']),
  ]);
  const head = ['Id', 'What', 'Figure', 'Against', 'Ratio', 'Goal', 'Met', ...(before.size === 0 ? [] : ['Before'])];
  const widths = head.map((title, nth) => Math.max(title.length, ...lines.map((line) => line[nth]?.length ?? 0)));
  return [head, ...lines].map((line) => line.map((cell, nth) => cell.padEnd(widths[nth] ?? 0)).join('  ').trimEnd()).join('\n');
}

function readResults(path: string): Results {
  const results: Results = JSON.parse(readFileSync(path, 'utf8'));
  return results;
}

function versionOf(command: string, args: readonly string[]): string {
  try {
    return /\d+\.[\d.]+/.exec(execFileSync(command, args, { encoding: 'utf8' }))?.[0] ?? 'unknown';
  } catch {
    return 'unknown';
  }
}

async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', multiple: true }, quick: { type: 'boolean', default: false },
      compare: { type: 'string' }, json: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) {
    process.stdout.write(`${HELP}\n`);
    return 0;
  }
  const only = values.only?.flatMap((ids) => ids.split(','));
  const unknown = only?.filter((id) => !IDS.includes(id)) ?? [];
  if (unknown.length > 0) throw new RangeError(`--only ${unknown.join(',')}: there are ${IDS.join(', ')}`);
  const before = new Map(values.compare === undefined ? [] : readResults(values.compare).rows.map((row) => [row.id, row]));
  const wanted = (id: string): boolean => only === undefined || only.some((one) => id.startsWith(one));
  const effort = values.quick ? QUICK : FULL;

  const rows: Row[] = [];
  for (const { ids, measure } of GROUPS) {
    if (!ids.some(wanted)) continue;
    process.stderr.write(`measuring ${ids.filter(wanted).join(', ')} …\n`);
    const measured = await measure(effort, wanted);
    rows.push(...measured);
    for (const { id, value, unit, also } of measured) process.stderr.write(`  ${id}: ${number(value)} ${unit} ${also}\n`);
  }
  const [cpu] = cpus();
  const results: Results = {
    machine: `${cpus().length} × ${cpu?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB`,
    versions: {
      node: process.versions.node, postgres: versionOf('postgres', ['--version']),
      redis: versionOf('redis-server', ['--version']), nats: versionOf('nats-server', ['--version']),
    },
    date: new Date().toISOString(), quick: values.quick, rows,
  };
  process.stdout.write(values.json ? `${JSON.stringify(results, undefined, 2)}\n` : `${table(rows, before)}\n`);
  if (only === undefined && !values.quick) writeFileSync(RESULTS, `${JSON.stringify(results, undefined, 2)}\n`);
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const usage = error instanceof RangeError || (error instanceof TypeError && 'code' in error);
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = usage ? 2 : 1;
}
