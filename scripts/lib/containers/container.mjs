// @ts-check
/* The Docker rung: one container for each server, on 127.0.0.1 only; it ends with the run. */
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { capture, lastLines } from '../process/command.mjs';
import { spawnGuarded } from '../process/guard.mjs';
import { freePort } from '../process/ports.mjs';
import { Problem } from '../base/problem.mjs';
import { IMAGES } from './images.mjs';

/** @typedef {import('../base/three-servers.mjs').ServerName} ServerName */
/** @typedef {import('../base/three-servers.mjs').Server} Server */

/**
 * @typedef {object} Run how a server is run in a container
 * @property {readonly string[]} args
 * @property {(file: string) => readonly string[]} [configured] the arguments with a configuration file
 * @property {(password: string, database: string) => readonly string[]} env
 * @property {(password: string, port: number, database: string) => string} url
 * @property {readonly string[]} ready a command inside that succeeds once it serves; none: it speaks first to a client
 */

/** @type {Readonly<Record<ServerName, Run>>} */
const RUNS = {
  postgres: {
    args: ['-c', 'max_connections=200', '-c', 'jit=off'],
    env: (password, database) => [`POSTGRES_PASSWORD=${password}`, `POSTGRES_DB=${database}`],
    url: (password, port, database) => `postgres://postgres:${password}@127.0.0.1:${port}/${database}`,
    ready: ['pg_isready', '-q', '-h', '127.0.0.1', '-U', 'postgres'],
  },
  redis: {
    args: ['redis-server', '--save', '60', '1'],
    configured: (file) => ['redis-server', file, '--save', '60', '1'],
    env: () => [], url: (_password, port) => `redis://127.0.0.1:${port}`,
    // Who has not said who he is gets an answer, too.
    ready: ['redis-cli', 'ping'],
  },
  nats: {
    args: ['-js', '-sd', '/data'],
    configured: (file) => ['-c', file, '-js', '-sd', '/data'],
    env: () => [], url: (_password, port) => `nats://127.0.0.1:${port}`, ready: [],
  },
};

/** Where a container finds its configuration. */
const CONFIG_FILE = '/etc/inventory.conf';

const PULL_MS = 5 * 60_000;
const START_MS = 120_000;
/** A password that is no secret from the clone's owner, and the same at every start of a kept container. */
const passwordFor = (/** @type {string} */ seed) =>
  createHash('sha256').update(`inventory ${seed}`).digest('hex').slice(0, 32);

/**
 * @param {readonly string[]} args
 * @param {number} [timeoutMs]
 */
const docker = (args, timeoutMs = 30_000) => capture('docker', args, { timeoutMs });

/**
 * Takes away what a killed run has left under a name. The engine may be doing so itself (`--rm`) and then says that it
 * is, at once: the name is free some time later.
 * @param {string} name
 */
async function clear(name) {
  const deadline = Date.now() + START_MS;
  do {
    await docker(['rm', '-f', name]);
    if ((await docker(['container', 'inspect', name])).code !== 0) return;
    await wait(100);
  } while (Date.now() < deadline);
}

/**
 * Writes a configuration where the engine can mount it. Only we may enter its folder, and the file has no other reader.
 * @param {string} folder
 * @param {ServerName} server
 * @param {string} text
 * @returns {string} the file
 */
function configFile(folder, server, text) {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, `${server}.conf`);
  writeFileSync(file, text);
  chmodSync(file, 0o644); // the server's user in the container is none of ours
  return file;
}

/**
 * Starts a container. With `keep` its data lies in a volume that the next start with the same word finds again.
 * @param {ServerName} server
 * @param {{ keep?: string, port?: number | undefined, config?: string, folder?: string }} [options] `keep`: a word for the clone;
 *   `config`: what the server reads, from a file in `folder`
 * @returns {Promise<Server>} the URL of Postgres is the superuser's, the others name no user
 */
export async function startContainer(server, { keep, port: wanted, config, folder } = {}) {
  const { image, port: inside, data, stopSignal } = IMAGES[server];
  const { args, configured, env, url, ready } = RUNS[server];
  const file = config === undefined || folder === undefined ? undefined : configFile(folder, server, config);
  await insistImage(image);
  const name = `inventory-${keep ?? randomBytes(6).toString('hex')}-${server}`;
  const password = passwordFor(name);
  const database = keep === undefined ? 'postgres' : 'inventory';
  await clear(name);
  const port = wanted ?? (await freePort());
  const volume = keep === undefined ? [] : ['-v', `${name}:${data}`];
  const mount = file === undefined ? [] : ['-v', `${file}:${CONFIG_FILE}:ro`];
  const run = ['run', '--rm', '--name', name, '--stop-signal', stopSignal, '-p', `127.0.0.1:${port}:${inside}`,
    ...volume, ...mount, ...env(password, database).flatMap((pair) => ['-e', pair]), image,
    ...(file === undefined ? args : configured?.(CONFIG_FILE) ?? args)];
  // The client passes the signal on to the server.
  const client = await spawnGuarded({ command: '/usr/bin/env', args: ['docker', ...run], stopSignal });
  let said = '';
  for (const stream of [client.child.stdout, client.child.stderr]) {
    stream?.on('data', (chunk) => (said = (said + chunk).slice(-4000)));
  }
  const deadline = Date.now() + START_MS;
  const serves = async () => (ready.length === 0 ? greets(port) : (await docker(['exec', name, ...ready])).code === 0);
  while (client.alive() && Date.now() < deadline && !(await serves())) await wait(200);
  const stop = async () => {
    await docker(['stop', '-t', '8', name]);
    await client.stop();
  };
  const kill = async () => {
    await docker(['rm', '-f', name]);
    await client.kill();
  };
  if (!client.alive() || Date.now() >= deadline) {
    await kill();
    throw new Problem(`The container of ${image} did not start:\n${lastLines(said)}`);
  }
  const { pid, alive, exited } = client;
  return { url: url(password, port, database), port, pid, dir: name, alive, exited, stop, kill };
}

/**
 * Pulls an image when it is not there, in a bounded time.
 * @param {string} image
 */
async function insistImage(image) {
  if ((await docker(['image', 'inspect', image])).code === 0) return;
  const pulled = await docker(['pull', '-q', image], PULL_MS);
  if (pulled.code !== 0) throw new Problem(`Docker could not pull ${image}:\n${lastLines(pulled.output)}`);
}

/**
 * A NATS server speaks first; Docker's proxy alone accepts a connection and says nothing.
 * @param {number} port
 * @returns {Promise<boolean>}
 */
function greets(port) {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: 1000 });
    /** @param {boolean} heard */
    const finish = (heard) => {
      socket.destroy();
      resolve(heard);
    };
    socket.once('data', () => finish(true));
    for (const event of ['timeout', 'error', 'close']) socket.once(event, () => finish(false));
  });
}

/**
 * @param {string} keep
 * @returns {Promise<string[]>} the volumes of a clone that are there; none without an engine
 */
export async function keptVolumes(keep) {
  const names = Object.keys(IMAGES).map((server) => `inventory-${keep}-${server}`);
  const listed = await docker(['volume', 'ls', '-q'], 5000).catch(() => undefined);
  return names.filter((name) => listed?.stdout.split('\n').includes(name));
}

/**
 * Removes volumes.
 * @param {readonly string[]} names
 */
export async function forgetVolumes(names) {
  if (names.length > 0) await docker(['volume', 'rm', ...names]);
}

/**
 * @param {string} folder where a clone keeps its data
 * @returns {string} the word that its kept containers carry
 */
export function cloneWord(folder) {
  return createHash('sha256').update(folder).digest('hex').slice(0, 10);
}
