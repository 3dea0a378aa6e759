// @ts-check
/*
 * Runs one of the repository's programs under a Node that is new enough, for `npm run relay`, `npx relay` and the like.
 * What `npm start` has written to .dev/env stands in for variables that are not set.
 */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { parseArguments } from '../base/arguments.mjs';
import { SERVER_NAMES } from '../base/three-servers.mjs';
import { readEnv } from '../base/env-file.mjs';
import { ensureDependencies } from '../install/dependencies.mjs';
import { createOutput } from '../base/output.mjs';
import { paths, shown } from '../base/paths.mjs';
import { Problem, UsageProblem, messageOf } from '../base/problem.mjs';
import { provision } from '../servers/provision.mjs';
import { throwAway } from '../servers/stack.mjs';
import { createTempFolder } from '../servers/temp-folder.mjs';
import { ensureTools } from '../install/tools.mjs';
import { PRIVATE_KEY } from './keys.mjs';

/**
 * @typedef {object} Program
 * @property {string} main
 * @property {readonly string[]} variables that .dev/env may stand in for
 * @property {string} [user] whose of them, where .dev/env has those of several: RELAY_NATS_URL for NATS_URL
 * @property {(words: readonly string[]) => readonly string[]} [args] instead of the words that were typed
 * @property {(words: readonly string[]) => readonly string[]} [then] run it once more with these, where it ended well
 */

/** @type {(words: readonly string[]) => readonly string[]} */
const orAll = (words) => (words.some((word) => !word.startsWith('-')) ? words : [...words, '.']);

/** @type {Readonly<Record<string, Program>>} */
const PROGRAMS = {
  types: {
    main: 'node_modules/typescript/bin/tsc', variables: [], args: (words) => ['-p', '.', ...words],
    // The pages know the browser, and nothing of Node.
    then: (words) => ['-p', 'packages/board/app', ...words],
  },
  lint: { main: 'node_modules/eslint/bin/eslint.js', variables: [], args: (words) => ['--max-warnings', '0', ...orAll(words)] },
  format: { main: 'node_modules/eslint/bin/eslint.js', variables: [], args: (words) => ['--fix', '--fix-type', 'layout', ...orAll(words)] },
  token: {
    main: 'packages/api/cli/token.ts', variables: ['DATABASE_URL'], user: 'API',
    // Of the system that INVENTORY_STATE names. The last --key counts, so one that was typed stands.
    args: (words) => ['--key', PRIVATE_KEY, ...words],
  },
  migrate: { main: 'db/migrate.ts', variables: ['DATABASE_URL'], user: 'OWNER' },
  formats: { main: 'packages/api/cli/formats.ts', variables: ['DATABASE_URL'], user: 'API' },
  customers: { main: 'packages/api/cli/customers.ts', variables: ['DATABASE_URL', 'PSEUDONYM_KEY'], user: 'OWNER' },
  erasures: { main: 'packages/api/cli/erasures.ts', variables: ['DATABASE_URL'], user: 'API' },
  relay: { main: 'packages/relay/main.ts', variables: ['DATABASE_URL', 'NATS_URL'], user: 'RELAY' },
  bench: { main: 'bench/main.ts', variables: [] },
  profile: { main: 'bench/profile.ts', variables: [] },
  chaos: { main: 'tests/chaos/main.ts', variables: [] },
  demo: { main: 'bench/demo/main.ts', variables: ['API_URL', 'TOKEN_SERVICE'] },
  screenshots: { main: 'tests/web/screenshots.ts', variables: ['API_URL', 'TOKEN_ADMIN'] },
  projector: { main: 'packages/projector/main.ts', variables: ['DATABASE_URL', 'REDIS_URL', 'NATS_URL'], user: 'PROJECTOR' },
};

export const PROGRAM_NAMES = [...Object.keys(PROGRAMS), 'generate'];

/**
 * @param {Pick<Program, 'variables' | 'user'>} program
 * @param {NodeJS.ProcessEnv} environment
 * @param {Readonly<Record<string, string>>} file
 * @returns {Record<string, string>} what the file adds
 */
export function defaults({ variables, user }, environment, file) {
  const inFile = (/** @type {string} */ name) => file[`${user}_${name}`] || file[name] || '';
  const missing = variables.filter((name) => !environment[name] && !environment[`${name}_FILE`] && inFile(name) !== '');
  return Object.fromEntries(missing.map((name) => [name, inFile(name)]));
}

/**
 * @param {string} name one of PROGRAM_NAMES
 * @param {readonly string[]} args
 * @returns {Promise<number>} the program's exit code
 */
export async function launch(name, args) {
  const output = createOutput(process.stderr); // stdout belongs to the program
  const program = PROGRAMS[name];
  if (program === undefined && name !== 'generate') {
    throw new UsageProblem(`No program ${name}.`, `There are ${PROGRAM_NAMES.join(', ')}.`);
  }
  if (program === undefined && asksForHelp(args)) {
    process.stdout.write(GENERATE_HELP);
    return 0;
  }
  const tools = await ensureTools(output);
  await ensureDependencies(tools, output);
  if (program === undefined) return generate(tools, output);
  const added = defaults(program, process.env, readEnv());
  const names = Object.keys(added);
  if (names.length > 0 && !args.includes('--help')) process.stderr.write(`(${names.join(', ')} from ${shown(paths.env)})\n`);
  const run = (/** @type {readonly string[]} */ words) => execute(tools.node, [join(paths.root, program.main), ...words], { ...tools.env, ...added });
  const code = await run(program.args?.(args) ?? args);
  return code === 0 && program.then !== undefined ? run(program.then(args)) : code;
}

const GENERATE_HELP = `Usage: npm run generate

Writes the files that are generated and committed: docs/openapi.json, docs/asyncapi.json, docs/event-schemas, .env.example,
db/schema.sql, packages/client/generated, and the tables of API.md, docs/variables.md, docs/benchmarks.md and docs/scaling.md.
`;

/**
 * @param {readonly string[]} args
 * @returns {boolean}
 */
function asksForHelp(args) {
  const { values } = parseArguments({ args: [...args], options: { help: { type: 'boolean', short: 'h' } } }, 'npm run generate -- --help');
  return values.help === true;
}

/**
 * Whatever generates files: each package may have a generate.ts. That of db comes last, because it alone needs a server.
 * @param {import('../install/tools.mjs').Tools} tools
 * @param {import('../base/output.mjs').Output} output
 */
async function generate(tools, output) {
  const folders = [...readdirSync(join(paths.root, 'packages')).map((name) => `packages/${name}`), 'tests/repository', 'bench', 'db'];
  const programs = folders.map((folder) => join(folder, 'generate.ts')).filter((path) => existsSync(join(paths.root, path)));
  for (const path of programs) {
    const run = (/** @type {NodeJS.ProcessEnv} */ more) =>
      execute(tools.node, [join(paths.root, path)], { ...tools.env, ...more });
    const code = await (path.startsWith('db') ? withPostgres(tools, output, run) : run({}));
    if (code !== 0) return code;
  }
  return 0;
}

/**
 * With the PostgreSQL of DATABASE_URL, or one of the ladder's that is thrown away afterwards.
 * @param {import('../install/tools.mjs').Tools} tools
 * @param {import('../base/output.mjs').Output} output
 * @param {(env: NodeJS.ProcessEnv) => Promise<number>} work
 * @returns {Promise<number>} its exit code; 1 where there is no server
 */
async function withPostgres(tools, output, work) {
  const temp = createTempFolder('inventory-generate-');
  /** @type {import('../base/three-servers.mjs').Server | undefined} */
  let server;
  try {
    let url = tools.env['DATABASE_URL'];
    if (!url) {
      const { postgres } = await provision({ output, env: tools.env, optional: new Set(SERVER_NAMES) });
      if (postgres.kind === 'none') throw new Problem(postgres.why, '');
      server = await throwAway(temp.path)('postgres', postgres);
      ({ url } = server);
    }
    return await work({ DATABASE_URL: url });
  } catch (error) {
    output.warn(`db/schema.sql was left out; DATABASE_URL=postgres://… npm run generate writes it. ${messageOf(error)}`);
    return 1;
  } finally {
    await server?.stop();
    temp.remove();
  }
}

/**
 * With our stdin, stdout and stderr; signals are passed on, and an end by a signal becomes 128 + its number.
 * @param {string} node
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<number>}
 */
function execute(node, args, env) {
  return new Promise((resolve, reject) => {
    const child = spawn(node, args, { stdio: 'inherit', env, cwd: paths.root });
    // A terminal sends Ctrl-C to the whole group: the child has it already, and decides when to end.
    const ignore = () => undefined;
    const forward = (/** @type {NodeJS.Signals} */ signal) => void child.kill(signal);
    process.on('SIGINT', process.stdin.isTTY ? ignore : forward);
    process.on('SIGTERM', forward);
    process.on('SIGHUP', forward);
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}
