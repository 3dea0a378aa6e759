// @ts-check
/* A stage of `npm test`: a process with a time limit, whose counts are read when it ends. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as wait } from 'node:timers/promises';
import { spawnGuarded } from '../process/guard.mjs';
import { duration } from '../base/output.mjs';
import { paths } from '../base/paths.mjs';

/** @typedef {import('./specs.mjs').SpecKind} SpecKind */

/**
 * @typedef {object} Stage
 * @property {string} name
 * @property {readonly string[]} args for node
 * @property {number} limitMs after which the stage is killed and counts as failed
 * @property {number} [leakMs] how long the process may take to end after the last test; default 15 s
 * @property {NodeJS.ProcessEnv} env
 * @property {string} [summary] where mocha writes its counts; without it the stage is one test
 *
 * @typedef {object} StageResult
 * @property {string} name
 * @property {import('./counts.mjs').Counts} counts
 * @property {number} ms
 *
 * @typedef {object} Running what a Ctrl-C has to end
 * @property {Set<() => void>} kills
 */

const MINUTE_MS = 60_000;
/** After the last test, for open handles to close. */
const LEAK_MS = 15_000;

/**
 * How long one test, and all tests of a kind, may take: several times what they need on two idle cores.
 * @type {Readonly<Record<SpecKind, [number, number]>>}
 */
const LIMITS = {
  unit: [60_000, 10 * MINUTE_MS],
  int: [120_000, 20 * MINUTE_MS],
  e2e: [300_000, 30 * MINUTE_MS],
  web: [60_000, 10 * MINUTE_MS],
  // Half an hour of them is chaos.
  long: [20 * MINUTE_MS, 120 * MINUTE_MS],
};

/** Where a debugger finds the tests of `--inspect`; .vscode/launch.json names the same port. */
const INSPECTOR_PORT = 9239;

const MODULES = { tsc: 'typescript/bin/tsc', eslint: 'eslint/bin/eslint.js' };

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {Stage}
 */
export function typesStage(env) {
  return { name: 'types', args: [join(paths.modules, MODULES.tsc), '-p', '.'], limitMs: 8 * MINUTE_MS, env };
}

/**
 * The pages of the board: they know the browser, and nothing of Node.
 * @param {NodeJS.ProcessEnv} env
 * @returns {Stage}
 */
export function pageTypesStage(env) {
  return { name: 'types of the pages', args: [join(paths.modules, MODULES.tsc), '-p', 'packages/board/app'], limitMs: 8 * MINUTE_MS, env };
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {Stage}
 */
export function lintStage(env) {
  const args = [join(paths.modules, MODULES.eslint), '--max-warnings', '0', '.'];
  return { name: 'lint', args, limitMs: 10 * MINUTE_MS, env };
}

/**
 * @param {SpecKind} kind
 * @param {readonly string[]} files
 * @param {{ env: NodeJS.ProcessEnv, folder: string, grep: string | undefined, bail: boolean, inspect: boolean, colour: boolean,
 *   part?: string }} options part, where the files of a kind run in several processes: which of them, such as '2 of 5'
 * @returns {Stage}
 */
export function mochaStage(kind, files, { env, folder, grep, bail, inspect, colour, part }) {
  const name = part === undefined ? kind : `${kind}, ${part}`;
  // A breakpoint stops the test, not the clock.
  const [timeoutMs, limitMs] = inspect ? [0, Infinity] : LIMITS[kind];
  const summary = join(folder, `${name}.json`);
  const run = JSON.stringify({ files, timeoutMs, summary, grep, bail, colour });
  const program = fileURLToPath(new URL('./mocha-run.mjs', import.meta.url));
  const debug = inspect ? [`--inspect-brk=127.0.0.1:${INSPECTOR_PORT}`] : [];
  const leakMs = inspect ? Infinity : LEAK_MS;
  return { name, args: [...debug, program], limitMs, leakMs, env: { ...env, INVENTORY_TEST_RUN: run }, summary };
}

/**
 * Runs a stage to its end, whatever that is: one that hangs is killed.
 * @param {string} node
 * @param {Stage} stage
 * @param {(text: string) => void} print
 * @param {Running} running
 * @returns {Promise<StageResult>}
 */
export async function runStage(node, stage, print, running) {
  const begun = Date.now();
  const child = await spawnGuarded({ command: node, args: stage.args, env: stage.env, cwd: paths.root });
  const kill = () => killGroup(child.pid);
  running.kills.add(kill);
  for (const stream of [child.child.stdout, child.child.stderr]) stream?.setEncoding('utf8').on('data', print);
  const drained = new Promise((resolve) => child.child.once('close', resolve));
  const problem = await watch(child, stage);
  if (problem !== undefined) {
    kill();
    print(`\n${stage.name}: ${problem}\n`);
  }
  const patience = new AbortController();
  await Promise.race([drained, wait(2000, undefined, { signal: patience.signal }).catch(() => undefined)]);
  patience.abort();
  running.kills.delete(kill);
  const counts = countsOf(stage, await child.exited);
  const leaked = problem !== undefined && stage.summary !== undefined && existsSync(stage.summary);
  const failed = counts.failed + (leaked ? 1 : 0);
  return { name: stage.name, counts: { ...counts, failed }, ms: Date.now() - begun };
}

/**
 * @param {import('../process/guard.mjs').Guarded} child
 * @param {Stage} stage
 * @returns {Promise<string | undefined>} why it has to be killed
 */
async function watch(child, { limitMs, leakMs = LEAK_MS, summary }) {
  const deadline = Date.now() + limitMs;
  let finishedAt = Infinity;
  while (child.alive()) {
    await Promise.race([child.exited, wait(100)]);
    if (finishedAt === Infinity && summary !== undefined && existsSync(summary)) finishedAt = Date.now();
    if (!child.alive()) break;
    if (Date.now() > deadline) return `killed, not finished after ${duration(limitMs)}`;
    if (Date.now() > finishedAt + leakMs) {
      const when = `all tests ended ${leakMs / 1000} s ago`;
      return `${when}, but the process did not: a test left a connection, timer or process open`;
    }
  }
  return undefined;
}

/** The whole process group: a stage may have started programs. */
function killGroup(/** @type {number} */ pid) {
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
  } catch {
    // ended in the meantime
  }
}

/**
 * @param {Stage} stage
 * @param {string} exit
 * @returns {import('./counts.mjs').Counts}
 */
function countsOf({ summary }, exit) {
  if (summary === undefined) {
    const passed = exit === 'exit code 0' ? 1 : 0;
    return { passed, failed: 1 - passed, skipped: 0 };
  }
  if (existsSync(summary)) return JSON.parse(readFileSync(summary, 'utf8'));
  const partial = `${summary}.partial`;
  const counts = existsSync(partial) ? JSON.parse(readFileSync(partial, 'utf8')) : { passed: 0, failed: 0, skipped: 0 };
  return { ...counts, failed: counts.failed + 1 };
}
