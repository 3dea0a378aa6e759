/**
 * `npm run profile`: where the processor time of one reservation, or of one read, goes. It loads the system as the bench does,
 * with V8's profiler in each of our processes and pg_stat_statements in Postgres, and draws a flame graph for each process.
 */
import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createClient } from '@inventory/testkit/http/client.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import type { ProcessName, TestProcess } from '@inventory/testkit/processes/processes.ts';
import { homesOf, readProfile } from './profile/cpu-profile.ts';
import type { Frame } from './profile/cpu-profile.ts';
import { flameGraph } from './profile/flame.ts';
import { STATEMENT_SETTINGS, countStatements } from './profile/statements.ts';
import type { Statement } from './profile/statements.ts';
import { watchShop } from './rows/effort.ts';
import { CONNECTIONS, reserve } from './rows/writes.ts';
import type { Shop } from './rows/writes.ts';
import { sharesOf, sumOf } from './system/cost.ts';
import { customers, generate, openSystem, QUICK, stock } from './system/system.ts';
import type { BenchSystem, Effort, Part } from './system/system.ts';

const ROOT = join(import.meta.dirname, '..');
const OURS = ['api', 'relay', 'projector'] as const satisfies readonly ProcessName[];
const HOMES = 12;
const STATEMENTS = 15;

const SETTLE_MS = 5_000;

/** What can be looked at. */
const LOADS = {
  W1: {
    what: `POST /reservations at the peak, ${CONNECTIONS} connections`,
    prepare: (system: BenchSystem, api: TestProcess, effort: Effort) => reservations(system, api, effort, 'closed'),
  },
  W1v: {
    what: 'W1 while a hundred viewers of the live feed watch ten products each',
    prepare: (system: BenchSystem, api: TestProcess, effort: Effort) => reservations(system, api, effort, 'closed', watchShop),
  },
  W3: {
    what: 'POST /reservations, 500 a second',
    prepare: (system: BenchSystem, api: TestProcess, effort: Effort) => reservations(system, api, effort, 500),
  },
  G1: { what: `GET availability from Redis at the peak, ${CONNECTIONS} connections`, prepare: reads },
  idle: {
    what: 'nothing to do, counted by seconds: timers, polls, reports, seals', prepare: nothing,
    // A sample wakes the process: a thousand a second would be most of what it does.
    intervalMicros: 10_000,
  },
} as const satisfies Readonly<Record<string, Load>>;
const NAMES = Object.keys(LOADS);

const HELP = `Usage: npm run profile [-- OPTIONS]

Loads the system on private servers, with V8's profiler in each of our processes and pg_stat_statements in Postgres. Prints
where the time of one answer went, and writes a flame graph and a .cpuprofile (for the inspector of Chrome) for each process.
Profiling costs some speed itself: compare shares, and take figures from \`npm run bench\`.

  --what ID      ${Object.entries(LOADS).map(([id, { what }]) => `${id}  ${what}`).join('\n                 ')}
  --seconds N    how long the load is looked at, 10; it runs 3 s before that
  --out FOLDER   where the files go; .dev/profile/ID without it
  --json         the figures as JSON instead of tables
  --help

Exit code: 0 measured, 1 it failed, 2 wrong usage.`;

interface Load {
  readonly what: string;
  readonly prepare: Prepare;
  /** Between two samples. */
  readonly intervalMicros?: number;
}

/** Resolves once the load is warm with the load itself, which resolves with the number of answers. */
type Prepare = (system: BenchSystem, api: TestProcess, effort: Effort) => Promise<() => Promise<number>>;

async function reservations(
  system: BenchSystem, api: TestProcess, effort: Effort, rate: number | 'closed', beside: (shop: Shop) => Promise<unknown> = () => Promise.resolve(),
): Promise<() => Promise<number>> {
  const shop = { system, api, rows: await stock(system, effort.rows), customers: await customers(system) };
  const load = async (durationMs: number): Promise<number> =>
    (await reserve(shop, { ...effort, warmupMs: 0, durationMs }, rate === 'closed' ? {} : { rate })).latency.count;
  await beside(shop);
  await load(effort.warmupMs);
  return () => load(effort.durationMs);
}

async function reads(system: BenchSystem, api: TestProcess, effort: Effort): Promise<() => Promise<number>> {
  const products = (await stock(system, 1_000)).map(({ productId }) => productId);
  const token = await system.keys.token({ role: 'customer', userId: 'bench', expiresIn: '12h' });
  const client = createClient(`http://127.0.0.1:${api.port}/api/v1`, token);
  await eventually(async () => {
    const { body } = await client.get(`/products/${products.at(-1)}/availability`);
    if (body['source'] !== 'cache') throw new Error(`answered from the ${String(body['source'])}`);
  }, { timeoutMs: 60_000, what: 'a sealed view' });
  const load = async (durationMs: number): Promise<number> => (await generate({
    port: api.port, connections: CONNECTIONS, rate: 'closed', warmupMs: 0, durationMs, requests: { kind: 'availability', products, token },
  })).latency.count;
  await load(effort.warmupMs);
  return () => load(effort.durationMs);
}

/** Its "answers" are the seconds that it waits. */
async function nothing(system: BenchSystem, _api: TestProcess, effort: Effort): Promise<() => Promise<number>> {
  await stock(system, effort.rows);
  // What the beginning leaves behind is done.
  await delay(SETTLE_MS);
  return () => delay(effort.durationMs, effort.durationMs / 1_000);
}

interface Profiled {
  readonly answers: number;
  readonly seconds: number;
  /** Microseconds of processor time for one answer, by Linux. */
  readonly parts: Readonly<Record<Part, number>>;
  /** Microseconds for one answer, by the home of each function. */
  readonly processes: Readonly<Record<string, { readonly micros: number; readonly homes: Readonly<Record<string, number>>; readonly graph: string }>>;
  readonly statements: readonly Statement[];
}

async function profile({ prepare, intervalMicros = 1_000 }: Load, { title, seconds, out }: {
  readonly title: string; readonly seconds: number; readonly out: string;
}): Promise<Profiled> {
  const effort = { ...QUICK, warmupMs: 3_000, durationMs: seconds * 1_000 };
  mkdirSync(out, { recursive: true });
  const folderOf = (command: ProcessName): string => join(out, `${command}-${process.pid}`);
  const system = await openSystem(STATEMENT_SETTINGS);
  let measured;
  try {
    const start = (command: ProcessName): Promise<TestProcess> =>
      system.start(command, { NODE_OPTIONS: `--cpu-prof --cpu-prof-interval=${intervalMicros} --cpu-prof-dir=${folderOf(command)}` });
    const [api] = await Promise.all([start('api'), start('relay'), start('projector')]);
    const load = await prepare(system, api, effort);
    const statements = await countStatements(system);
    process.stderr.write(`measuring ${title}, ${seconds} s …\n`);
    const before = system.cpuSeconds();
    const from = micros();
    const answers = await load();
    const window = { from, to: micros() };
    const after = system.cpuSeconds();
    const each = (part: Part): number => ((after[part] - before[part]) * 1e6) / answers;
    measured = {
      answers, window, statements: await statements(STATEMENTS),
      parts: {
        api: each('api'), relay: each('relay'), projector: each('projector'), postgres: each('postgres'),
        redis: each('redis'), nats: each('nats'),
      },
    };
  } finally {
    // The profiler writes when a process ends in good order.
    await system.close();
  }
  const { answers, parts, window, statements } = measured;
  return {
    answers, parts, statements, seconds: (window.to - window.from) / 1e6,
    processes: Object.fromEntries(OURS.map((command) => {
      const tree = readOne(folderOf(command), window, join(out, `${command}.cpuprofile`));
      const graph = join(out, `${command}.svg`);
      writeFileSync(graph, flameGraph(tree, { title: `${command}: ${title}, ${(tree.total / answers).toFixed(0)} µs each`, per: answers }));
      return [command, {
        micros: tree.total / answers, graph: relative(process.cwd(), graph),
        homes: Object.fromEntries([...homesOf(tree)].map(([home, time]) => [home, time / answers])),
      }];
    })),
  };
}

/** Microseconds of the machine's monotonic clock, which V8's profiler tells the time by, too. */
const micros = (): number => Number(process.hrtime.bigint() / 1_000n);

/** The one profile of a folder. @param copy where it is kept; the folder is removed */
function readOne(folder: string, window: { readonly from: number; readonly to: number }, copy: string): Frame {
  const [file] = readdirSync(folder);
  if (file === undefined) throw new Error(`${folder} is empty: the process did not end in good order`);
  copyFileSync(join(folder, file), copy);
  rmSync(folder, { recursive: true });
  return readProfile(readFileSync(copy, 'utf8'), window, ROOT);
}

function report({ answers, seconds, parts, processes, statements }: Profiled): string {
  const cost = (value: number): string => value.toFixed(1).padStart(8);
  const ofProcesses = Object.entries(processes).flatMap(([name, { micros: all, homes, graph }]) => [
    `${name}: ${all.toFixed(0)} µs each, ${graph}`,
    ...Object.entries(homes).slice(0, HOMES).map(([home, time]) => `${cost(time)}  ${home}`), '',
  ]);
  return [
    `${answers} answers in ${seconds.toFixed(0)} s; one of them cost ${sumOf(parts).toFixed(0)} µs of processor time:`, sharesOf(parts), '',
    'By V8\'s profiler: µs for one answer, by where the functions stand', '', ...ofProcesses,
    'postgres, by statement (waiting for locks and the disk included): µs for one answer, of these for plans, bytes of its log,',
    'calls for 1 000',
    ...statements.map(({ by, calls, totalMs, planMs, logBytes, text }) =>
      `${cost((totalMs * 1_000) / answers)}${cost((planMs * 1_000) / answers)}${cost(logBytes / answers)}${cost((calls * 1_000) / answers)}  ${`${by}: ${text.trim()}`.slice(0, 90)}`),
  ].join('\n');
}

function isName(text: string): text is keyof typeof LOADS {
  return NAMES.includes(text);
}

async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      what: { type: 'string', default: 'W1' }, seconds: { type: 'string', default: '10' }, out: { type: 'string' },
      json: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) {
    process.stdout.write(`${HELP}\n`);
    return 0;
  }
  if (!isName(values.what)) throw new RangeError(`--what ${values.what}: there are ${NAMES.join(', ')}`);
  const seconds = Number(values.seconds);
  if (!(Number.isInteger(seconds) && seconds >= 1 && seconds <= 600)) throw new RangeError(`--seconds ${values.seconds}: 1 to 600`);
  const load: Load = LOADS[values.what];
  const profiled = await profile(load, {
    title: `${values.what}, ${load.what}`, seconds, out: values.out ?? join(ROOT, '.dev', 'profile', values.what),
  });
  process.stdout.write(`${values.json ? JSON.stringify(profiled, undefined, 2) : report(profiled)}\n`);
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const usage = error instanceof RangeError || (error instanceof TypeError && 'code' in error);
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = usage ? 2 : 1;
}
