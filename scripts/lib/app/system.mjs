// @ts-check
/* `npm start` after everything is installed: servers, schema, seed, processes, and then watching over them. */
import { firstProduct, makeTokens, runOnce } from './app.mjs';
import { printBanner } from './banner.mjs';
import { readEnv, writeEnv } from '../base/env-file.mjs';
import { startKept } from '../servers/kept-servers.mjs';
import { makeLogins } from './logins.mjs';
import { keepPasswords } from '../servers/credentials.mjs';
import { ensureKeys, offerTokens } from './keys.mjs';
import { makeFolder, paths } from '../base/paths.mjs';
import { Problem, messageOf } from '../base/problem.mjs';
import { SERVER_NAMES } from '../base/three-servers.mjs';
import { PROCESS_NAMES, startProcesses } from './processes.mjs';
import { provision } from '../servers/provision.mjs';
import { startStack } from '../servers/stack.mjs';
import { createSupervisor } from '../process/supervise.mjs';
import { processesOf, watchSources } from './watch-sources.mjs';

/** @typedef {import('../base/three-servers.mjs').ServerName} ServerName */
/** @typedef {import('../base/output.mjs').Output} Output */
/** @typedef {import('../install/tools.mjs').Tools} Tools */

/**
 * @param {Tools} tools
 * @param {import('./start-options.mjs').StartOptions} options
 * @param {import('../process/lock.mjs').Lock} lock
 * @param {Output} output
 * @returns {Promise<number>} the exit code, once everything is stopped
 */
export async function runSystem(tools, options, lock, output) {
  const end = createEnd();
  const supervisor = createSupervisor({ output, onChange: lock.record, onGiveUp: (reason) => end.give(1, reason) });
  const release = onSignals((signal, again) => {
    if (again) return void supervisor.kill();
    output.say(`\n${signal}: stopping (once more to stop at once) …`);
    end.give(0);
  });
  try {
    const started = bringUp(tools, options, supervisor, output);
    started.catch(() => undefined);
    const early = await Promise.race([started.then(() => undefined), end.given]);
    const unwatch = options.watch && early === undefined ? followSources(tools, supervisor, output) : () => undefined;
    const { code, reason } = early ?? (await end.given);
    unwatch();
    if (reason !== undefined) output.warn(`${reason}: everything is stopped.`);
    return code;
  } finally {
    await supervisor.stop([PROCESS_NAMES, SERVER_NAMES]);
    release();
    output.say('Stopped.');
  }
}

/** The first reason to end counts. */
function createEnd() {
  /** @type {(end: { code: number, reason?: string }) => void} */
  let resolve = () => undefined;
  /** @type {Promise<{ code: number, reason?: string }>} */
  const given = new Promise((settle) => (resolve = settle));
  return {
    given,
    /**
     * @param {number} code
     * @param {string} [reason]
     */
    give: (code, reason) => resolve({ code, ...(reason === undefined ? {} : { reason }) }),
  };
}

/**
 * @param {(signal: NodeJS.Signals, again: boolean) => void} heard
 * @returns {() => void}
 */
function onSignals(heard) {
  let count = 0;
  /** @param {NodeJS.Signals} signal */
  const listener = (signal) => heard(signal, (count += 1) > 1);
  const signals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);
  for (const signal of signals) process.on(signal, listener);
  return () => {
    for (const signal of signals) process.removeListener(signal, listener);
  };
}

/**
 * @param {Tools} tools
 * @param {import('./start-options.mjs').StartOptions} options
 * @param {ReturnType<typeof createSupervisor>} supervisor
 * @param {Output} output
 */
async function bringUp(tools, options, supervisor, output) {
  const sources = await provision({ output, env: tools.env, optional: new Set(['redis', 'nats']) });
  makeFolder(paths.data);
  const passwords = keepPasswords(paths.passwords);
  const stack = await output.step('Starting the servers', () => startStack(sources, (...server) => startKept(passwords, ...server)));
  for (const name of SERVER_NAMES) {
    const server = stack.servers[name];
    if (server !== undefined) supervisor.keep(name, server, () => startKept(passwords, name, sources[name], server.port));
  }
  const { postgres, redis, nats } = stack.urls;
  if (postgres === undefined) throw new Problem('PostgreSQL is missing.');
  const logins = await makeLogins(tools, { sources, passwords, urls: { postgres, redis, nats } });
  const publicKey = ensureKeys();
  const making = makeTokens(tools);
  making.catch(() => undefined); // awaited below
  await output.step('Bringing the schema up to date', () => runOnce(tools, ['db/migrate.ts', 'up'], logins.of('owner'), 'The migration'));
  await output.step('Seeding stores, products and stock', () => runOnce(tools, ['packages/api/cli/seed.ts'], logins.of('api'), 'Seeding'));
  const [tokens, PRODUCT_ID] = await Promise.all([making, firstProduct(tools, logins.of('api').DATABASE_URL)]);
  offerTokens(tokens);
  const start = () => startProcesses(tools, { urls: { redis, nats }, logins, publicKey, options }, supervisor, output);
  const { apiUrl, opsUrls } = await output.step('Starting api, relay and projector', start);
  const env = {
    API_URL: apiUrl,
    OPS_URLS: opsUrls.join(' '),
    // For a person: the login at each server that may do most. Programs take those of their own, which stand below.
    DATABASE_URL: logins.of('owner').DATABASE_URL,
    REDIS_URL: redis === undefined ? '' : logins.of('projector').REDIS_URL,
    NATS_URL: nats === undefined ? '' : logins.of('relay').NATS_URL,
    ...tokens,
    PRODUCT_ID,
  };
  writeEnv({ ...env, ...logins.variables });
  printBanner(env, missingSentences(sources), output);
}

/**
 * Starts processes again whose files change; what .dev/env holds leads a new migration to the same database.
 * @param {Tools} tools
 * @param {ReturnType<typeof createSupervisor>} supervisor
 * @param {Output} output
 * @returns {() => void} ends it
 */
function followSources(tools, supervisor, output) {
  output.say('Save a file of packages/ or db/, and its processes start again.');
  return watchSources((changed) => {
    const names = new Set(changed.flatMap(processesOf));
    output.say(`${changed.join(', ')}: ${[...names].join(', ')} start${names.size === 1 ? 's' : ''} again`);
    const renew = () => names.forEach((name) => supervisor.renew(name));
    if (!changed.some((path) => path.startsWith('db/migrations/'))) return renew();
    runOnce(tools, ['db/migrate.ts', 'up'], { DATABASE_URL: readEnv()['DATABASE_URL'] ?? '' }, 'The migration')
      .then(renew, (error) => output.warn(messageOf(error)));
  });
}

/**
 * @param {Record<ServerName, import('../servers/provision.mjs').Source>} sources
 * @returns {string[]}
 */
function missingSentences({ redis, nats }) {
  const without = {
    redis: 'Without Redis availability is read from PostgreSQL, and the projector does not run.',
    nats: 'Without NATS the events stay in the log: the relay does not run, and nobody hears of them.',
  };
  return [
    ...(redis.kind === 'none' ? [`${without.redis} ${redis.why}`] : []),
    ...(nats.kind === 'none' ? [`${without.nats} ${nats.why}`] : []),
  ];
}
