// @ts-check
/* The folders of the repository, and where the commands keep what they fetch and make. */
import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Problem, messageOf } from './problem.mjs';

/** @param {string} path relative to the repository's root, which ends with a slash */
const below = (path) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

/** Another folder for what one running system keeps, so that a second one can run from the same clone. */
const state = process.env['INVENTORY_STATE'] ? resolve(process.env['INVENTORY_STATE']) : below('.dev');

/** What to do where the folder for the state cannot be used. */
const OTHER_STATE = 'INVENTORY_STATE names another folder for data, keys and logs.';

/** The repository and what the commands keep in it; everything below .dev may be deleted while nothing runs. */
export const paths = /** @type {const} */ ({
  root: below(''),
  modules: below('node_modules'),
  dev: below('.dev'),
  tools: below('.dev/tools'),
  servers: below('.dev/servers'),
  home: below('.dev/home'),
  compiled: below('.dev/compiled'),
  installLock: below('.dev/install.lock'),
  data: join(state, 'data'),
  logs: join(state, 'logs'),
  keys: join(state, 'keys'),
  passwords: join(state, 'keys/passwords.json'),
  logins: join(state, 'keys/logins'),
  boardTokens: join(state, 'keys/board-tokens.json'),
  env: join(state, 'env'),
  startLock: join(state, 'start.lock'),
});

/**
 * @param {string} path
 * @returns {string} as a person in the repository's folder would type it
 */
export function shown(path) {
  const below = relative(paths.root, path);
  return below === '' || below.startsWith('..') || isAbsolute(below) ? path : below;
}

/**
 * Why a folder and those above it cannot be made, or nothing be written there; undefined where they can. It makes nothing.
 * @param {string} folder
 * @returns {string | undefined}
 */
export function whyNotFolder(folder) {
  if (!existsSync(folder)) return whyNotFolder(dirname(folder));
  if (!statSync(folder).isDirectory()) return `${folder} is no folder`;
  try {
    accessSync(folder, constants.W_OK);
    return undefined;
  } catch (error) {
    return `${folder} cannot be written: ${messageOf(error)}`;
  }
}

/**
 * Makes a folder and those above it.
 * @param {string} folder
 * @returns {string} the folder
 * @throws {Problem} when it cannot be made
 */
export function makeFolder(folder) {
  try {
    mkdirSync(folder, { recursive: true });
    return folder;
  } catch (error) {
    throw new Problem(`${folder} cannot be made: ${whyNotFolder(folder) ?? messageOf(error)}.`, OTHER_STATE, { cause: error });
  }
}
