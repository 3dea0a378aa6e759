// @ts-check
/*
 * Programs that tests start or call beside the three servers: the machine's, or Debian's packages unpacked into .dev/servers.
 * Nothing is installed for them but a browser, and that only by root: it needs fonts and their configuration.
 */
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import { messageOf } from '../base/problem.mjs';
import { paths } from '../base/paths.mjs';
import { withLock } from '../process/lock.mjs';
import { findBinaries, isProgram, librariesBelow } from './binaries.mjs';
import { installProgram, unpackPackage } from './debian.mjs';
import { gatherFacts } from './facts.mjs';

/** @typedef {import('../base/output.mjs').Output} Output */

/**
 * @typedef {object} Program
 * @property {string} path
 * @property {NodeJS.ProcessEnv} env what to run it with: the environment of this process, and where its libraries are
 */

/** Where an administrator's PATH would lead, too. */
const FOLDERS = ['/usr/sbin', '/usr/local/sbin', '/usr/local/bin', '/usr/bin'];

/**
 * Programs that need more than a package of their own and its libraries, and so are installed where we are root.
 * @type {Readonly<Record<string, readonly string[]>>}
 */
const INSTALLED = { chromium: ['chromium', 'fonts-dejavu-core'] };

const isRoot = () => process.getuid?.() === 0;

/**
 * @param {string} name such as "nginx"; psql, pg_dump and their like are found beside the PostgreSQL that this process may start
 * @returns {Program | undefined}
 */
export function findProgram(name) {
  const own = (process.env['PATH'] ?? '').split(delimiter).filter(isAbsolute);
  const path = [...own, ...FOLDERS].map((folder) => join(folder, name)).find(isProgram);
  if (path !== undefined) return { path, env: process.env };
  const postgres = /^(psql$|pg_)/.test(name) ? findBinaries().postgres : undefined;
  const beside = postgres === undefined ? undefined : join(dirname(postgres.path), name);
  if (beside !== undefined && isProgram(beside)) {
    return withLibraries(beside, postgres?.libraries);
  }
  // Before usr/bin, where chromium is a script that looks for the rest of it below the root of the machine.
  const unpacked = ['usr/lib/chromium', 'usr/sbin', 'usr/bin'].map((folder) => join(paths.servers, folder, name)).find(isProgram);
  return unpacked === undefined ? undefined : withLibraries(unpacked, librariesBelow(paths.servers));
}

/**
 * @param {string} path
 * @param {string | undefined} libraries
 * @returns {Program}
 */
function withLibraries(path, libraries) {
  return { path, env: libraries === undefined ? process.env : { ...process.env, LD_LIBRARY_PATH: libraries } };
}

/**
 * Fetches those of the programs that are missing, where this is a Debian; INVENTORY_LADDER_SKIP=apt leaves that out. What cannot
 * be had is said and stays missing: a test that needs it is skipped, with the reason.
 * @param {readonly string[]} names of programs that are called as their package is
 * @param {Output} output
 */
export async function fetchPrograms(names, output) {
  const missing = () => names.filter((name) => findProgram(name) === undefined);
  if (missing().length === 0) return;
  const { apt, skip } = await gatherFacts();
  if (!apt || skip.has('apt')) return;
  const waiting = () => output.say('Waiting for another command that is fetching servers …');
  await withLock(paths.installLock, waiting, async () => {
    for (const name of missing()) {
      try {
        await output.step(`Fetching ${name} from Debian's packages (once)`, () => (isRoot() && INSTALLED[name] !== undefined ? installProgram(INSTALLED[name]) : unpackPackage(name)));
        if (findProgram(name) === undefined) throw new Error('fetched, but the program was not found afterwards');
      } catch (error) {
        output.warn(`${name}: ${messageOf(error)}`);
      }
    }
  });
}
