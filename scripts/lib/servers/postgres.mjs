// @ts-check
/*
 * What is special about PostgreSQL: it refuses to run as root, needs a folder that its user can reach, wants initdb
 * once, and leaves a lock file behind when it is killed.
 */
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, readFileSync, readlinkSync, realpathSync, rmSync,
  statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { Problem } from '../base/problem.mjs';

const run = promisify(execFile);

/** @typedef {{ name: string, uid: number, gid: number }} User */

/**
 * The user that the server runs as: our own, or another one when we are root.
 * @returns {User | undefined}
 */
export function serverUser() {
  if (process.getuid?.() !== 0) return undefined;
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n').map((line) => line.split(':'));
  const found = ['postgres', 'nobody'].map((name) => lines.find((fields) => fields[0] === name)).find(Boolean);
  if (found === undefined) throw new Error('PostgreSQL does not run as root, and there is no user postgres or nobody');
  return { name: found[0] ?? '', uid: Number(found[2]), gid: Number(found[3]) };
}

/**
 * A throw-away folder (mkdtemp makes it 0700) and what lies in it may be passed through, though not listed, so that
 * the server's user gets to its own folder inside. Folders of others, and those outside the temp folder, stay as
 * they are.
 * @param {string} folder
 * @returns {boolean}
 */
function mayBeOpened(folder) {
  return folder.startsWith(join(realpathSync(tmpdir()), '/')) && statSync(folder).uid === process.getuid?.();
}

/**
 * Whether a user can walk down to a folder (its own mode does not count: it is ours to change).
 * @param {string} folder
 * @param {User} user
 * @returns {boolean}
 */
function canReach(folder, user) {
  const existing = nearestExisting(dirname(resolve(folder)));
  for (let path = realpathSync(existing); ; path = dirname(path)) {
    const { uid, gid, mode } = statSync(path);
    const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0 && !mayBeOpened(path)) return false;
    if (path === dirname(path)) return true;
  }
}

/**
 * @param {string} path
 * @returns {string}
 */
function nearestExisting(path) {
  return existsSync(path) ? path : nearestExisting(dirname(path));
}

/**
 * Where the data really lies: in the folder asked for, or, when the server's user cannot get there (a clone below
 * /root), in a folder of its own, whose name follows from the one asked for, in /var/tmp: that outlives a restart of
 * the machine.
 * @param {string} folder
 * @param {User | undefined} user
 * @returns {string}
 */
export function placeFor(folder, user) {
  if (user === undefined || canReach(folder, user)) return resolve(folder);
  const name = `inventory-postgres-${createHash('sha256').update(resolve(folder)).digest('hex').slice(0, 12)}`;
  const place = ['/var/tmp', tmpdir()].map((parent) => join(parent, name)).find((p) => canReach(p, user));
  if (place === undefined) throw new Error(`the user ${user.name} can reach neither ${folder} nor a temp folder`);
  return place;
}

/**
 * @param {string} folder
 */
function openTheWay(folder) {
  const parent = dirname(realpathSync(folder));
  if (!mayBeOpened(parent)) return;
  openTheWay(parent);
  chmodSync(parent, (statSync(parent).mode & 0o777) | 0o011);
}

/**
 * Makes the folder, passable for the server's user. Refuses one that belongs to somebody else: names in a temp folder
 * can be guessed.
 * @param {string} folder
 * @param {User | undefined} user
 */
export function preparePlace(folder, user) {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { uid } = lstatSync(folder);
  if (process.getuid !== undefined && uid !== process.getuid()) throw new Error(`${folder} belongs to somebody else`);
  if (user === undefined) return;
  chmodSync(folder, 0o711);
  openTheWay(folder);
}

/**
 * Creates the cluster in `<folder>/data` once, with a random password (other users of the machine can connect to
 * 127.0.0.1, and a superuser of PostgreSQL runs commands as its owner).
 * @param {object} options
 * @param {string} options.bin the folder with initdb
 * @param {string} options.folder
 * @param {User | undefined} options.user
 * @param {NodeJS.ProcessEnv} options.env
 * @param {string | undefined} options.database one more database to create
 * @returns {Promise<string>} the superuser's password
 */
export async function prepareCluster({ bin, folder, user, env, database }) {
  const data = join(folder, 'data');
  const secret = join(folder, 'password');
  if (existsSync(join(data, 'PG_VERSION')) && existsSync(secret)) return readFileSync(secret, 'utf8').trim();
  rmSync(data, { recursive: true, force: true }); // what an interrupted initdb left
  mkdirSync(data, { mode: 0o700 });
  writeFileSync(`${secret}.new`, `${randomBytes(18).toString('hex')}\n`, { mode: 0o600 });
  if (user !== undefined) for (const path of [data, `${secret}.new`]) chownSync(path, user.uid, user.gid);
  const as = { cwd: folder, env, timeout: 120_000, ...(user ? { uid: user.uid, gid: user.gid } : {}) };
  const locale = process.platform === 'linux' ? 'C.UTF-8' : 'C';
  await run(join(bin, 'initdb'), ['--no-sync', '-A', 'scram-sha-256', '-U', 'postgres', `--pwfile=${secret}.new`,
    '-E', 'UTF8', `--locale=${locale}`, '-D', data], as);
  if (database !== undefined) await createDatabase(join(bin, 'postgres'), data, database, as);
  const password = readFileSync(`${secret}.new`, 'utf8');
  writeFileSync(secret, password, { mode: 0o600 }); // written last: it says that the cluster is whole
  rmSync(`${secret}.new`);
  return password.trim();
}

/**
 * @param {string} data
 * @param {string} version of the program that is to run on it
 */
export function insistSameMajor(data, version) {
  const file = join(data, 'PG_VERSION');
  if (!existsSync(file)) return;
  const made = readFileSync(file, 'utf8').trim();
  if (version.split('.')[0] === made) return;
  throw new Problem(
    `The data in ${data} was made by PostgreSQL ${made}; what is found here now is ${version}.`,
    `Make PostgreSQL ${made} available again, or forget the data with \`npm run reset\`.`,
  );
}

/**
 * In single-user mode, because it needs neither a running server nor a client.
 * @param {string} program
 * @param {string} data
 * @param {string} database
 * @param {import('node:child_process').ExecFileOptions} as
 */
async function createDatabase(program, data, database, as) {
  const running = run(program, ['--single', '-D', data, '-c', 'fsync=off', 'postgres'], as);
  running.child.stdin?.end(`CREATE DATABASE "${database}"\n`);
  await running;
}

/**
 * A server killed with -9 leaves its lock file. PostgreSQL trusts the process id in it, which may be anybody's by now:
 * the file goes when that process does not work in this data folder.
 * @param {string} data
 */
export function dropStaleLock(data) {
  const lock = join(data, 'postmaster.pid');
  if (process.platform !== 'linux' || !existsSync(lock)) return;
  const pid = Number.parseInt(readFileSync(lock, 'utf8'), 10);
  try {
    if (readlinkSync(`/proc/${pid}/cwd`) === realpathSync(data)) return;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code !== 'ENOENT') return; // not ours to judge
  }
  rmSync(lock, { force: true });
}

/**
 * The last line but one of postmaster.pid turns to "ready" when connections are accepted, of a standby to "standby".
 * @param {string} data
 * @param {number} pid
 * @returns {boolean}
 */
export function isReady(data, pid) {
  try {
    const lines = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n');
    return lines[0] === String(pid) && ['ready', 'standby'].includes(lines[7]?.trim() ?? '');
  } catch {
    return false;
  }
}
