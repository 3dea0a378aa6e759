// @ts-check
/*
 * What logs in where: a name and a generated password for each process and each of its servers, and what the servers are
 * told of them. Node's builtins only, because `npm start` needs it before anything is installed.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {ReturnType<typeof generate>} Passwords one for each user of each server; the superuser is that of a Postgres
 *   which we start
 *
 * @typedef {object} Addresses URLs of the servers without a user, several with commas between them where the server is a cluster
 * @property {string | undefined} [postgres] with the database: postgres://127.0.0.1:5432/inventory
 * @property {string | undefined} [redis]
 * @property {string | undefined} [nats]
 *
 * @typedef {Record<string, string>} Variables such as DATABASE_URL
 */

/** Hexadecimal, so that it needs no escape in a URL, a configuration or a shell. */
const password = () => randomBytes(18).toString('hex');

/** In Postgres a login is called after its process with `_login` behind it, in the others the user is the process. */
function generate() {
  return {
    postgres: { superuser: password(), owner: password(), api: password(), relay: password(), projector: password(), reader: password() },
    redis: { api: password(), projector: password() },
    nats: { relay: password(), projector: password(), analytics: password() },
  };
}

/**
 * The passwords that are kept in a file, which is made when it is not there, for its owner's eyes alone. Users that a later
 * release has added get theirs.
 * @param {string} file
 * @param {string} [superuser] the password that the superuser has already
 * @returns {Passwords}
 */
export function keepPasswords(file, superuser) {
  const fresh = generate();
  const kept = read(file);
  const all = {
    postgres: { ...fresh.postgres, ...kept?.postgres, ...(superuser ? { superuser } : {}) },
    redis: { ...fresh.redis, ...kept?.redis }, nats: { ...fresh.nats, ...kept?.nats },
  };
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(`${file}.new`, `${JSON.stringify(all, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return all;
}

/**
 * @param {string} file
 * @returns {Partial<Passwords> | undefined}
 */
function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new Error(`${file} cannot be read`, { cause: error });
  }
}

/**
 * The variables of each process, the owner, the reader and the team of consumers: a URL for each server that it talks to.
 * @param {Passwords} passwords
 * @param {Addresses} addresses a server whose address is missing is left out
 * @returns {Record<string, Variables>}
 */
export function variablesOf({ postgres: { superuser: _, ...postgres }, redis, nats }, addresses) {
  /** @type {Record<string, Variables>} */
  const all = {};
  /** @param {string | undefined} address @param {string} variable @param {Record<string, string>} users @param {string} suffix */
  const add = (address, variable, users, suffix) => {
    if (address === undefined) return;
    for (const [user, password] of Object.entries(users)) {
      all[user] = { ...all[user], [variable]: withUser(address, `${user}${suffix}`, password) };
    }
  };
  add(addresses.postgres, 'DATABASE_URL', postgres, '_login');
  add(addresses.redis, 'REDIS_URL', redis, '');
  add(addresses.nats, 'NATS_URL', nats, '');
  return all;
}

/**
 * @param {string} address
 * @param {string} user
 * @param {string} password
 */
function withUser(address, user, password) {
  return address.split(',').map((part) => {
    const url = new URL(part.trim());
    url.username = user;
    url.password = password;
    return url.href;
  }).join(',');
}

const textOf = (/** @type {string} */ path) => readFileSync(fileURLToPath(new URL(`../../../deploy/${path}`, import.meta.url)), 'utf8');

/**
 * deploy/redis/redis.conf with the hashes of the passwords.
 * @param {Passwords['redis']} passwords
 * @returns {string}
 */
export function redisConfig(passwords) {
  return Object.entries(passwords).reduce((text, [user, password]) =>
    text.replaceAll(`$${user.toUpperCase()}_PASSWORD`, `#${createHash('sha256').update(password).digest('hex')}`), textOf('redis/redis.conf'));
}

/**
 * deploy/nats/nats-server.conf with the passwords above it.
 * @param {Passwords['nats']} passwords
 * @returns {string}
 */
export function natsConfig(passwords) {
  const variables = Object.entries(passwords).map(([user, password]) => `${user.toUpperCase()}_PASSWORD: "${password}"\n`);
  return `${variables.join('')}\n${textOf('nats/nats-server.conf')}`;
}

/**
 * Writes what each process reads into a folder of its own (database-url, redis-url, nats-url), and what the servers read into
 * redis/redis.conf, nats/nats-server.conf and superuser/password. A folder that this makes is for its owner alone; in one that
 * is there already the files of the servers can be read by any user, because in a container a server has its own.
 * @param {string} folder
 * @param {Passwords} passwords
 * @param {Addresses} addresses
 * @param {string} [superuser] his name, for a Postgres that is started with the password of `superuser/password`
 */
export function writeFiles(folder, passwords, addresses, superuser) {
  /** @param {string} path @param {string} text @param {number} mode */
  const write = (path, text, mode) => {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, text, { mode });
  };
  for (const [process, variables] of Object.entries(variablesOf(passwords, addresses))) {
    for (const [name, url] of Object.entries(variables)) write(`${process}/${name.toLowerCase().replace('_', '-')}`, `${url}\n`, 0o600);
  }
  if (superuser !== undefined) {
    write('superuser/password', `${passwords.postgres.superuser}\n`, 0o644);
    if (addresses.postgres !== undefined) {
      write('superuser/database-url', `${withUser(addresses.postgres, superuser, passwords.postgres.superuser)}\n`, 0o600);
    }
  }
  write('redis/redis.conf', redisConfig(passwords.redis), 0o644);
  write('nats/nats-server.conf', natsConfig(passwords.nats), 0o644);
}
