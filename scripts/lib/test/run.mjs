// @ts-check
/* `npm test` after everything is installed: the stages in their order, and the sum of their counts. */
import { startContainerStack, wantsContainers } from '../containers/test-stack.mjs';
import { programsOf } from './beside.mjs';
import { closingLine, total } from './counts.mjs';
import { LEAST_COVERAGE, lineCoverage } from './coverage.mjs';
import { duration } from '../base/output.mjs';
import { Problem } from '../base/problem.mjs';
import { provision } from '../servers/provision.mjs';
import { findSpecs, kindOf, partsOf, turns } from './specs.mjs';
import { fetchPrograms } from '../servers/programs.mjs';
import { startStack, throwAway } from '../servers/stack.mjs';
import { lintStage, mochaStage, pageTypesStage, runStage, typesStage } from './stages.mjs';
import { createTempFolder } from '../servers/temp-folder.mjs';
import { join } from 'node:path';

/** @typedef {import('./stages.mjs').StageResult} StageResult */
/** @typedef {import('./specs.mjs').SpecKind} SpecKind */

/** What an outer command or a developer's shell may have set, and no test expects. */
const FOREIGN = ['API_URL', 'OPS_URLS', 'PORT', 'OPS_PORT', 'HOST', 'OPS_HOST', 'LOG_LEVEL', 'INSTANCE_ID',
  'JWT_PUBLIC_KEY', 'JWT_JWKS_URL', 'JWT_ISSUER', 'JWT_AUDIENCE', 'NODE_OPTIONS', 'NODE_ENV', 'FORCE_COLOR'];

/**
 * How many files one process runs where integration and end-to-end tests run beside each other: whoever is ready takes the
 * next part, so that all end at about the same time. A process costs some three seconds of a core.
 */
const FILES_A_PART = { int: 12, e2e: 6 };
const PARTED = /** @type {const} */ (['int', 'e2e']);
/** What runs behind them, because it needs the whole machine. */
const ALONE = /** @type {const} */ (['web', 'long']);

/**
 * How many run beside each other, each with servers of its own: integration tests wait more than they compute, so that two
 * of them leave half of two cores idle.
 */
const LANES = 3;

/**
 * Runs the chosen stages: types, lint and unit tests side by side, then integration and end-to-end tests in parts side by
 * side, because both wait more than they compute; then the others, one after the other.
 * @param {import('../install/tools.mjs').Tools} tools
 * @param {import('./options.mjs').TestOptions} options
 * @param {import('../base/output.mjs').Output} output
 * @returns {Promise<number>} the exit code
 */
export async function runTests(tools, options, output) {
  const begun = Date.now();
  const wanted = (/** @type {string} */ path) => options.folders.some((folder) => path.startsWith(folder));
  const specs = options.folders.length === 0 ? findSpecs() : findSpecs().filter(wanted);
  const kinds = new Set(specs.map(kindOf).filter((kind) => options.stages.some((stage) => stage === kind)));
  if (options.inspect && kinds.size !== 1) {
    throw new Problem('--inspect: a debugger attaches to one process, and each kind of test has its own.',
      'Name one spec file: npm test -- --inspect packages/api/commit/decide.test.ts');
  }
  const temp = createTempFolder('inventory-test-');
  const run = createRun(tools, options, output, temp, specs);
  const onSignal = (/** @type {NodeJS.Signals} */ signal) => run.interrupt(signal);
  for (const signal of SIGNALS) process.on(signal, onSignal);
  try {
    await run.everything();
  } finally {
    await run.end();
    temp.remove();
    for (const signal of SIGNALS) process.removeListener(signal, onSignal);
  }
  return conclude(run.results, run.interruptedBy(), output, Date.now() - begun);
}

const SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);

/**
 * @param {import('../install/tools.mjs').Tools} tools
 * @param {import('./options.mjs').TestOptions} options
 * @param {import('../base/output.mjs').Output} output
 * @param {{ path: string, scratch: string }} temp
 * @param {readonly string[]} specs
 */
function createRun(tools, options, output, { path: folder, scratch }, specs) {
  const running = { kills: /** @type {Set<() => void>} */ (new Set()) };
  /** @type {StageResult[]} */
  const results = [];
  const inContainers = wantsContainers(tools.env);
  /** @type {{ stop: () => Promise<void> }[]} */
  const stacks = [];
  /** @type {NodeJS.Signals | undefined} */
  let signalled;
  /** Only the three together say anything. */
  const counted = options.grep === undefined && options.folders.length === 0
    && /** @type {const} */ (['unit', 'int', 'e2e']).every((kind) => options.stages.includes(kind));
  const coverage = join(folder, 'coverage');
  const env = {
    ...tools.env, ...Object.fromEntries(FOREIGN.map((name) => [name, undefined])),
    TMPDIR: scratch, // what tests leave in the temp folder, killed ones too, goes with the run
    ...(counted ? { NODE_V8_COVERAGE: coverage } : {}),
  };
  const stopped = () => signalled !== undefined || (options.bail && total(results).failed > 0);

  /**
   * @param {import('./stages.mjs').Stage} stage
   * @param {boolean} live whether it prints its output at once, or all of it at the end
   */
  const execute = async (stage, live) => {
    if (stopped()) return;
    let text = '';
    /** @param {string} chunk */
    const print = (chunk) => {
      if (live) process.stdout.write(chunk);
      else text += chunk;
    };
    if (live) output.say(`\n${output.bold(stage.name)}`);
    const result = await runStage(tools.node, stage, print, running);
    results.push(result);
    if (!live) output.say(`\n${output.bold(stage.name)}${text === '' ? '' : `\n${text.trimEnd()}`}`);
    output.say(stageLine(result, output));
  };

  const filesOf = (/** @type {SpecKind} */ kind) => (options.stages.includes(kind) ? specs.filter((path) => kindOf(path) === kind) : []);
  /**
   * @param {SpecKind} kind
   * @param {{ files?: readonly string[], part?: string, more?: NodeJS.ProcessEnv }} [of] more: the servers' addresses
   */
  const specStage = (kind, { files = filesOf(kind), part, more = {} } = {}) => {
    const { grep, bail, inspect } = options;
    return mochaStage(kind, files, {
      env: { ...env, ...more }, folder, grep, bail, inspect, colour: output.tty, ...(part === undefined ? {} : { part }),
    });
  };

  const checks = async () => {
    if (options.stages.includes('types')) await Promise.all([execute(typesStage(env), false), execute(pageTypesStage(env), false)]);
    if (options.stages.includes('lint')) await execute(lintStage(env), false);
  };

  const coverageStage = async () => {
    const begun = Date.now();
    const percent = await lineCoverage(tools, coverage);
    const enough = percent >= LEAST_COVERAGE;
    output.say(`\n${output.bold('coverage')}\n${percent} % of the lines ran in unit, integration and end-to-end tests together`
      + `${enough ? '' : `; it must be ${LEAST_COVERAGE} %`}`);
    const result = { name: 'coverage', counts: { passed: enough ? 1 : 0, failed: enough ? 0 : 1, skipped: 0 }, ms: Date.now() - begun };
    results.push(result);
    output.say(stageLine(result, output));
  };

  /** @type {ReturnType<typeof provision> | undefined} */
  let provisioned;
  /** @param {string} owner of these servers, which nobody else uses */
  const services = async (owner) => {
    if (inContainers) {
      const started = await startContainerStack(tools);
      stacks.push(started);
      return started.env;
    }
    const sources = await (provisioned ??= provision({ output, env: tools.env }));
    const started = await startStack(sources, throwAway(join(folder, owner)));
    stacks.push(started);
    const binaries = Object.entries(sources)
      .flatMap(([name, source]) => (source.kind === 'binary' ? [[name, source.binary]] : []));
    return {
      DATABASE_URL: started.urls.postgres,
      REDIS_URL: started.urls.redis,
      NATS_URL: started.urls.nats,
      ...(binaries.length === 0 ? {} : { INVENTORY_BINARIES: JSON.stringify(Object.fromEntries(binaries)) }),
    };
  };

  return {
    results,
    interruptedBy: () => signalled,
    everything: async () => {
      const unit = async () => {
        if (filesOf('unit').length > 0) await execute(specStage('unit'), false);
      };
      const parts = turns(...PARTED.map((kind) => partsOf(kind, filesOf(kind), options.inspect ? specs.length : FILES_A_PART[kind])));
      const lanes = Array.from({ length: Math.min(parts.length, LANES) }, (_, lane) => `lane-${lane}`);
      const alone = ALONE.filter((kind) => filesOf(kind).length > 0);
      const fetched = fetchPrograms(programsOf([...PARTED, ...ALONE].flatMap(filesOf)), output);
      const prepared = (/** @type {readonly string[]} */ names) => fetched.then(() => Promise.all(names.map(services)));
      const [laneServers, aloneServers] = await Promise.all([prepared(lanes), prepared(alone), checks(), unit()]);
      // One of them prints at once, the others each part at its end: mixed, none could be read.
      await Promise.all(laneServers.map(async (more, lane) => {
        for (let next = parts.shift(); next !== undefined; next = parts.shift()) await execute(specStage(next.kind, { ...next, more }), lane === 0);
      }));
      for (const [index, kind] of alone.entries()) await execute(specStage(kind, { more: aloneServers[index] ?? {} }), true);
      if (counted && !stopped()) await coverageStage();
    },
    interrupt: (/** @type {NodeJS.Signals} */ signal) => {
      signalled = signal;
      output.say(`\n${signal}: stopping …`);
      for (const kill of running.kills) kill();
    },
    end: async () => {
      for (const kill of running.kills) kill();
      await Promise.all(stacks.map((stack) => stack.stop()));
    },
  };
}

/**
 * @param {StageResult} result
 * @param {import('../base/output.mjs').Output} output
 */
function stageLine({ name, counts, ms }, output) {
  const mark = counts.failed > 0 ? output.red('✗') : output.green('✓');
  return `${mark} ${name}: ${closingLine(counts)} in ${duration(ms)}`;
}

/**
 * @param {readonly StageResult[]} results
 * @param {NodeJS.Signals | undefined} signal
 * @param {import('../base/output.mjs').Output} output
 * @param {number} ms
 * @returns {number}
 */
function conclude(results, signal, output, ms) {
  const counts = total(results);
  const times = [...results.map((result) => `${result.name} ${duration(result.ms)}`), `all ${duration(ms)}`];
  output.say(`\n${times.join(' · ')}`);
  if (signal !== undefined) output.say(`Interrupted by ${signal}: the rest did not run.`);
  if (counts.passed + counts.failed === 0) output.say('No test ran.');
  output.say(closingLine(counts));
  if (signal !== undefined) return 130;
  return counts.failed === 0 && counts.passed > 0 ? 0 : 1;
}
