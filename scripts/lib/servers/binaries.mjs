// @ts-check
/* Where the programs of the three servers are on this machine, and their versions. */
import { execFileSync } from 'node:child_process';
import { accessSync, constants, readdirSync, realpathSync, statSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { paths } from '../base/paths.mjs';
import { SERVER_NAMES } from '../base/three-servers.mjs';

/** @typedef {import('../base/three-servers.mjs').ServerName} ServerName */

/**
 * @typedef {object} Binary
 * @property {string} path the server program
 * @property {string} version such as "15.18", "7.0.15", "2.9.10"
 * @property {string} [libraries] a value for LD_LIBRARY_PATH when the program was only unpacked, not installed
 */

/** @type {Readonly<Record<ServerName, string>>} */
const PROGRAM = { postgres: 'postgres', redis: 'redis-server', nats: 'nats-server' };

/**
 * Folders where servers lie although they are often not on PATH: Debian's sbin folders and Homebrew's.
 * @type {readonly string[]}
 */
const BESIDE_PATH = [
  '/usr/local/bin',
  '/usr/local/sbin',
  '/usr/bin',
  '/usr/sbin',
  '/opt/homebrew/bin',
  '/opt/homebrew/sbin',
  '/home/linuxbrew/.linuxbrew/bin',
];

/** Folders with one PostgreSQL version each, newest tried first. */
const POSTGRES_HOMES = ['/usr/lib/postgresql', '/opt/homebrew/opt', '/usr/local/opt', '/usr'];

/**
 * @param {string} root a folder that is looked at as if it were `/`
 * @returns {string[]} the bin folders of all PostgreSQL versions below it, newest first
 */
function postgresFolders(root) {
  const found = POSTGRES_HOMES.flatMap((home) => {
    const folder = join(root, home);
    return entries(folder).flatMap((entry) => {
      const version = /^(?:postgresql@|pgsql-)?(\d+)$/.exec(entry)?.[1];
      return version === undefined ? [] : [{ version: Number(version), bin: join(folder, entry, 'bin') }];
    });
  });
  return found.sort((a, b) => b.version - a.version).map(({ bin }) => bin);
}

/**
 * @param {string} folder
 * @returns {string[]}
 */
function entries(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/**
 * @param {string} path
 * @returns {boolean} whether it is a file that we may run
 */
export function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/**
 * Runs `program --version`; a program that cannot run (a missing library) counts as not there.
 * @param {string} path
 * @param {string} [libraries]
 * @returns {string | undefined}
 */
function versionOf(path, libraries) {
  try {
    const env = libraries === undefined ? process.env : { ...process.env, LD_LIBRARY_PATH: libraries };
    const text = execFileSync(path, ['--version'], { encoding: 'utf8', env, timeout: 10_000, stdio: 'pipe' });
    return /(?:v=|v|\s)(\d+\.\d+(?:\.\d+)?)/.exec(text)?.[1];
  } catch {
    return undefined;
  }
}

/**
 * PostgreSQL counts only with initdb beside it.
 * @param {ServerName} name
 * @param {readonly string[]} folders
 * @param {string} [libraries]
 * @returns {Binary | undefined}
 */
export function findIn(name, folders, libraries) {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  for (const folder of folders) {
    const candidate = join(folder, PROGRAM[name] + suffix);
    if (!isProgram(candidate)) continue;
    // PostgreSQL finds its own files beside its real place; redis-server looks at the name it was called by.
    const path = name === 'postgres' ? realpathSync(candidate) : candidate;
    if (name === 'postgres' && !isProgram(join(dirname(path), 'initdb' + suffix))) continue;
    const version = versionOf(path, libraries);
    if (version !== undefined) return { path, version, ...(libraries === undefined ? {} : { libraries }) };
  }
  return undefined;
}

/**
 * Where a server's program may lie on this machine.
 * @param {ServerName} name
 * @returns {string[]}
 */
export function machineFolders(name) {
  const path = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return [...path, ...(name === 'postgres' ? postgresFolders('/') : []), ...BESIDE_PATH];
}

/**
 * @param {string} lib
 * @returns {string[]} the folder, after its subfolder for this machine's kind, such as x86_64-linux-gnu
 */
function withMultiarch(lib) {
  return [...entries(lib).filter((entry) => entry.includes('-linux-')).map((entry) => join(lib, entry)), lib];
}

/**
 * @param {string} root a folder into which packages were unpacked
 * @returns {string} the value for LD_LIBRARY_PATH that their programs need
 */
export function librariesBelow(root) {
  return [join(root, 'usr/lib'), join(root, 'lib')].flatMap(withMultiarch).join(':');
}

/**
 * The same places below a folder into which packages were unpacked.
 * @param {ServerName} name
 * @param {string} root
 * @returns {Binary | undefined}
 */
export function findUnpacked(name, root) {
  const libraries = librariesBelow(root);
  const folders = [...postgresFolders(root), ...BESIDE_PATH.map((folder) => join(root, folder))];
  return findIn(name, folders, libraries);
}

/**
 * The server programs that this process may start. A test run hands its own down in INVENTORY_BINARIES (JSON), so that
 * tests start the same programs; otherwise the machine is searched.
 * @returns {Partial<Record<ServerName, Binary>>}
 */
export function findBinaries() {
  const given = parseGiven(process.env['INVENTORY_BINARIES']);
  /** @type {Partial<Record<ServerName, Binary>>} */
  const found = {};
  for (const name of SERVER_NAMES) {
    const binary = given?.[name] ?? findIn(name, machineFolders(name)) ?? findUnpacked(name, paths.servers);
    if (binary !== undefined) found[name] = binary;
  }
  return found;
}

/**
 * @param {string | undefined} text
 * @returns {Partial<Record<ServerName, Binary>> | undefined}
 */
function parseGiven(text) {
  if (text === undefined || text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error('INVENTORY_BINARIES is not JSON', { cause });
  }
}
