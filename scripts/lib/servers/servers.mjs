// @ts-check
/*
 * Private instances of the three servers: on 127.0.0.1 only, in a folder of their own; they end with this process
 * (see guard.mjs). Node's builtins only, because this runs before anything is installed; the testkit builds on it too.
 */
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { findBinaries } from './binaries.mjs';
import { spawnGuarded } from '../process/guard.mjs';
import { freePort, nextFreePort } from '../process/ports.mjs';
import {
  dropStaleLock, insistSameMajor, isReady, placeFor, prepareCluster, preparePlace, serverUser,
} from './postgres.mjs';

/** @typedef {import('./binaries.mjs').Binary} Binary */
/** @typedef {import('../base/three-servers.mjs').Server} Server */

const START_MS = 30_000;
const PREDECESSOR_MS = 5_000;

/**
 * @param {'postgres' | 'redis' | 'nats'} name
 * @param {Binary | undefined} given
 * @returns {Binary}
 */
function programOf(name, given) {
  const binary = given ?? findBinaries()[name];
  if (binary === undefined) throw new Error(`no ${name} program on this machine`);
  return binary;
}

/**
 * @param {Binary} binary
 * @returns {NodeJS.ProcessEnv}
 */
function environmentOf(binary) {
  // Not the caller's whole environment: PGPORT and the like would change what the server does.
  const { PATH, TMPDIR, TZ } = process.env;
  return { PATH, TMPDIR, TZ, LANG: 'C', ...(binary.libraries ? { LD_LIBRARY_PATH: binary.libraries } : {}) };
}

/**
 * @typedef {object} Where
 * @property {number | undefined} [port] exactly this one
 * @property {number | undefined} [from] the first free one from here on; without either any free one
 */

/**
 * Starts one server and waits until it serves; a port that another process took meanwhile is replaced if it was
 * our own choice.
 * @param {object} options
 * @param {string} options.dir
 * @param {Where} options.where
 * @param {Binary} options.binary
 * @param {(port: number) => readonly string[]} options.args
 * @param {(port: number, pid: number) => Promise<boolean>} options.ready true only for the very process
 * @param {(port: number) => string} options.url
 * @param {NodeJS.Signals} options.stopSignal
 * @param {{ uid: number, gid: number } | undefined} [options.user]
 * @param {string} [options.cwd]
 * @returns {Promise<Server>}
 */
async function launch(options) {
  const { dir, binary, ready, url, stopSignal, user, cwd = dir, where } = options;
  const begun = Date.now();
  const deadline = begun + START_MS;
  const log = join(dir, 'server.log');
  while (Date.now() < deadline) {
    const port = where.port ?? (where.from === undefined ? await freePort() : await nextFreePort(where.from));
    const output = openSync(log, 'w', 0o600);
    const process = await spawnGuarded({ command: binary.path, args: options.args(port), env: environmentOf(binary),
      cwd, output, stopSignal, ...(user === undefined ? {} : { user }) }).finally(() => closeSync(output));
    while (process.alive() && Date.now() < deadline && !(await ready(port, process.pid))) await wait(20);
    if (process.alive() && Date.now() < deadline) {
      const { pid, alive, exited, kill } = process;
      return { url: url(port), port, pid, dir, alive, exited, kill, stop: () => process.stop() };
    }
    await process.kill();
    const words = readFileSync(log, 'utf8').trim().split('\n').slice(-5).join('\n');
    const portTaken = where.port === undefined && /address already in use/i.test(words);
    // A killed predecessor's processes may take a moment to end.
    const dying = Date.now() < begun + PREDECESSOR_MS && /still in use|lock file .* already exists/i.test(words);
    if (!portTaken && !dying) {
      throw new Error(`${binary.path} did not start (${await process.exited}):\n${words}`);
    }
    await wait(100);
  }
  throw new Error(`${binary.path} did not start within ${START_MS / 1000} s`);
}

/**
 * Whether the server has written that it is ready (a port that answers may be somebody else's).
 * @param {string} dir
 * @param {string} words
 * @returns {Promise<boolean>}
 */
function hasLogged(dir, words) {
  return Promise.resolve(readFileSync(join(dir, 'server.log'), 'utf8').includes(words));
}

/**
 * Writes what a server reads, which may hold passwords, into its folder.
 * @param {string} dir
 * @param {string} name
 * @param {string | undefined} text
 * @param {readonly string[]} option what stands before the file on the command line
 * @returns {string[]} the arguments that name the file; none without a text
 */
function configFile(dir, name, text, option = []) {
  if (text === undefined) return [];
  const file = join(dir, name);
  writeFileSync(file, text, { mode: 0o600 });
  return [...option, file];
}

/**
 * Starts PostgreSQL on the data in `dir`, made at the first start. The URL is the superuser's, with its password.
 * `kill` ends the postmaster; its children follow by themselves within moments.
 * @param {object} options
 * @param {string} options.dir made when missing; a folder that the server's user cannot reach is replaced (`dir` tells)
 * @param {number} [options.port]
 * @param {number} [options.from] see Where
 * @param {boolean} [options.fsync] false for data that may be lost: writes become several times cheaper
 * @param {readonly string[]} [options.settings] such as 'max_connections=300'
 * @param {string} [options.database] the URL's database, created with the cluster; default postgres
 * @param {Binary} [options.binary]
 * @returns {Promise<Server>}
 */
export async function startPostgres({ dir, fsync = true, settings = [], database, binary: given, ...where }) {
  const binary = programOf('postgres', given);
  const user = serverUser();
  const place = placeFor(dir, user);
  preparePlace(place, user);
  const data = join(place, 'data');
  const env = environmentOf(binary);
  insistSameMajor(data, binary.version);
  const password = await prepareCluster({ bin: dirname(binary.path), folder: place, user, env, database });
  dropStaleLock(data);
  const durability = fsync ? [] : ['fsync=off', 'full_page_writes=off'];
  const fixed = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=200', 'jit=off'];
  const all = [...fixed, ...durability, ...settings];
  return launch({
    dir: place, where, binary, user, cwd: data, stopSignal: 'SIGINT',
    args: (chosen) => ['-D', data, '-p', String(chosen), ...all.flatMap((setting) => ['-c', setting])],
    ready: (_chosen, pid) => Promise.resolve(isReady(data, pid)),
    url: (chosen) => `postgres://postgres:${password}@127.0.0.1:${chosen}/${database ?? 'postgres'}`,
  });
}

/**
 * Starts Redis; nothing is saved unless `args` say so (for instance '--save', '60 1').
 * @param {object} options
 * @param {string} options.dir
 * @param {string} [options.config] the text of a redis.conf; without one nobody needs a name
 * @param {number} [options.port]
 * @param {number} [options.from] see Where
 * @param {readonly string[]} [options.args]
 * @param {Binary} [options.binary]
 * @returns {Promise<Server>} the URL names no user
 */
export async function startRedis({ dir, config, args = [], binary: given, ...where }) {
  const binary = programOf('redis', given);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const file = configFile(dir, 'redis.conf', config);
  return launch({
    dir, where, binary, stopSignal: 'SIGTERM',
    args: (chosen) => [...file, '--bind', '127.0.0.1', '--port', String(chosen), '--dir', dir, '--save', '', ...args],
    ready: () => hasLogged(dir, 'Ready to accept connections'),
    url: (chosen) => `redis://127.0.0.1:${chosen}`,
  });
}

/**
 * Starts a NATS server with JetStream, stored in `dir`.
 * @param {object} options
 * @param {string} options.dir
 * @param {string} [options.config] the text of a nats-server.conf; without one nobody needs a name
 * @param {number} [options.port]
 * @param {number} [options.from] see Where
 * @param {readonly string[]} [options.args]
 * @param {Binary} [options.binary]
 * @returns {Promise<Server>} the URL names no user
 */
export async function startNats({ dir, config, args = [], binary: given, ...where }) {
  const binary = programOf('nats', given);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const file = configFile(dir, 'nats-server.conf', config, ['-c']);
  return launch({
    dir, where, binary, stopSignal: 'SIGTERM',
    args: (chosen) => [...file, '-a', '127.0.0.1', '-p', String(chosen), '-js', '-sd', dir, ...args],
    ready: () => hasLogged(dir, 'Server is ready'),
    url: (chosen) => `nats://127.0.0.1:${chosen}`,
  });
}
