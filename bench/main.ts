/**
 * `npm run bench`: measures what goals are set for in docs/benchmarks.md, prints a table, and writes docs/benchmarks.json.
 * Everything runs on this machine, on private servers that wait for the disk.
 */
import { execFileSync } from 'node:child_process';
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { measureBacklog } from './rows/backlog.ts';
import { measureEffort } from './rows/effort.ts';
import { measureGrowth } from './rows/growth.ts';
import { measureReads } from './rows/reads.ts';
import { measureRebuild } from './rows/rebuild.ts';
import { measureLive } from './rows/live.ts';
import { writeFigures } from './generate.ts';
import { createRecorder } from './results/record.ts';
import type { FailedRow, MeasuredRow } from './results/record.ts';
import { measureOverload } from './rows/overload.ts';
import { measureReplay } from './rows/replay.ts';
import { number, readResults, resultsFile, textTable, writeResults } from './results/results.ts';
import type { Results } from './results/results.ts';
import { scalingTable } from './results/scaling.ts';
import { FULL, QUICK } from './system/system.ts';
import { measureVisible } from './rows/visible.ts';
import { measureWrites } from './rows/writes.ts';

const GROUPS = [
  { ids: ['W1', 'W2', 'W3', 'W4', 'N1'], measure: measureWrites },
  { ids: ['V1', 'V2'], measure: measureVisible },
  { ids: ['S1', 'S2'], measure: measureLive },
  { ids: ['R1', 'R2', 'P1'], measure: measureBacklog },
  { ids: ['G1', 'G2', 'G3'], measure: measureReads },
  { ids: ['X1'], measure: measureReplay },
  { ids: ['B1'], measure: measureRebuild },
  { ids: ['C1'], measure: measureGrowth },
  { ids: ['E1', 'E2', 'E3'], measure: measureEffort },
  { ids: ['O1'], measure: measureOverload },
] as const;
const IDS: readonly string[] = GROUPS.flatMap(({ ids }) => ids);

const HELP = `Usage: npm run bench [-- OPTIONS]

Measures the system on private servers of this machine and prints a table. A whole run, without --only and --quick, also
writes docs/benchmarks.json, after each row, and in the end the tables in docs/benchmarks.md and docs/scaling.md. Keep the
machine otherwise idle; each row says how long it took.

  --only ID       ${IDS.join(', ')}; several by commas
  --quick         one short run of small sizes each, a minute at most: for a look, never for a decision
  --peers         also fetch from npm, into a temporary folder, and measure: Medusa's inventory module, Emmett's event store
  --out FILE      write the results there instead, after each row
  --compare FILE  beside the figures of an earlier run, such as docs/benchmarks.json
  --json          the results as JSON instead of the table
  --scaling       measures nothing: what a chain of up to 10 000 stores needs, reckoned from docs/benchmarks.json
  --help

Exit code: 0 measured, whether or not the goals are met; 1 a row failed, and the others are there; 2 wrong usage.`;

function versionOf(command: string, args: readonly string[]): string {
  try {
    return /\d+\.[\d.]+/.exec(execFileSync(command, args, { encoding: 'utf8' }))?.[0] ?? 'unknown';
  } catch {
    return 'unknown';
  }
}

function tell(row: MeasuredRow | FailedRow): void {
  process.stderr.write('error' in row ? `  ${row.id} FAILED: ${row.error}\n`
    : `  ${row.id}: ${number(row.value)} ${row.unit}${row.ratio === null ? '' : `, ${row.ratio.toPrecision(3)} ×`}${
      row.met ? '' : ` (${row.goal} is missed)`} [${row.seconds} s] ${row.also}\n`);
}

async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', multiple: true }, quick: { type: 'boolean', default: false }, out: { type: 'string' },
      peers: { type: 'boolean', default: false },
      scaling: { type: 'boolean' }, compare: { type: 'string' }, json: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) {
    process.stdout.write(`${HELP}\n`);
    return 0;
  }
  if (values.scaling === true) {
    process.stdout.write(`${scalingTable(readResults())}\n`);
    return 0;
  }
  const only = values.only?.flatMap((ids) => ids.split(','));
  const unknown = only?.filter((id) => !IDS.includes(id)) ?? [];
  if (unknown.length > 0) throw new RangeError(`--only ${unknown.join(',')}: there are ${IDS.join(', ')}`);
  const before = new Map(values.compare === undefined ? [] : readResults(values.compare).rows.map((row) => [row.id, row]));
  const whole = only === undefined && !values.quick;
  const file = values.out ?? (whole ? resultsFile : undefined);

  const [cpu] = cpus();
  const head = {
    machine: `${cpus().length} × ${cpu?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB`,
    versions: {
      node: process.versions.node, postgres: versionOf('postgres', ['--version']),
      redis: versionOf('redis-server', ['--version']), nats: versionOf('nats-server', ['--version']),
    },
    date: new Date().toISOString(), quick: values.quick,
  };
  const recorder = createRecorder({
    effort: values.quick ? QUICK : FULL, peers: values.peers, ids: IDS, only,
    onChange: (row) => {
      tell(row);
      if (file !== undefined) writeResults(file, results());
    },
  });
  const results = (): Results => ({ ...head, rows: recorder.rows(), failed: recorder.failed(), facts: recorder.facts() });
  for (const { ids, measure } of GROUPS) {
    if (!recorder.wanted(...ids)) continue;
    process.stderr.write(`measuring ${ids.filter((id) => recorder.wanted(id)).join(', ')} …\n`);
    await recorder.group(ids, measure);
  }
  process.stdout.write(values.json ? `${JSON.stringify(results(), undefined, 2)}\n` : `${textTable(recorder.rows(), before)}\n`);
  if (file === resultsFile) {
    writeFigures();
  }
  return recorder.failed().length === 0 ? 0 : 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const usage = error instanceof RangeError || (error instanceof TypeError && 'code' in error);
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = usage ? 2 : 1;
}
