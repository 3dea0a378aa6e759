// @ts-check
/*
 * Node 24 and pnpm. The system's Node may be older (then Node comes from npm, as a package that carries the binary and
 * needs no install script), and pnpm may be missing: both land in .dev/tools.
 */
import { accessSync, constants, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { capture } from '../process/command.mjs';
import { withLock } from '../process/lock.mjs';
import { NODE_PACKAGES, PNPM, splitSpec } from './hashes.mjs';
import { npmFetch } from './npm.mjs';
import { makeFolder, paths } from '../base/paths.mjs';
import { withoutSettingsOfPsql } from '../base/psql-settings.mjs';
import { Problem, messageOf } from '../base/problem.mjs';

/** The oldest Node with everything that the code uses (import.meta.main came last). */
const OLDEST = [24, 2];
/**
 * @typedef {object} Tools
 * @property {string} node absolute path of a Node that is new enough
 * @property {string} pnpm absolute path of pnpm's JavaScript entry
 * @property {NodeJS.ProcessEnv} env the environment in which both are found first, with a HOME that can be written
 */

/**
 * @param {string} version such as "24.21.0"
 * @returns {boolean}
 */
export function isNewEnough(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST;
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
}

/**
 * @returns {string | undefined} the package with Node for this machine; undefined when there is none (musl, rare CPUs)
 */
function nodePackage() {
  const musl = process.platform === 'linux' && !usesGlibc();
  return musl ? undefined : NODE_PACKAGES[`${process.platform}-${process.arch}`];
}

/** @returns {boolean} */
function usesGlibc() {
  const report = process.report.getReport();
  return JSON.stringify(report).includes('"glibcVersionRuntime"');
}

/** @returns {string[]} the packages that have to be fetched on this machine, whether they are there or not */
function wantedPackages() {
  if (isNewEnough(process.versions.node)) return [PNPM];
  const node = nodePackage();
  if (node === undefined) {
    throw new Problem(
      `Node ${process.versions.node} is too old, and npm has no newer one for ${process.platform}-${process.arch}.`,
      'Install Node 24 (https://nodejs.org) and run this command again.',
    );
  }
  return [node, PNPM];
}

const STAMP = join(paths.tools, '.complete');

/**
 * Looks, without changing anything.
 * @returns {{ node: string, nodeVersion: string, ready: boolean, missing: string[] }}
 */
export function inspectTools() {
  const wanted = wantedPackages();
  const complete = existsSync(STAMP) ? readFileSync(STAMP, 'utf8').split('\n') : [];
  const missing = wanted.filter((spec) => !complete.includes(spec) || installedVersion(spec) === undefined);
  const spec = wanted.length > 1 ? wanted[0] : undefined;
  const [name, version] = spec === undefined ? ['', process.versions.node] : splitSpec(spec);
  const program = process.platform === 'win32' ? 'bin/node.exe' : 'bin/node';
  const node = spec === undefined ? process.execPath : join(paths.tools, 'node_modules', name, program);
  return { node, nodeVersion: version, ready: missing.length === 0, missing };
}

/**
 * @param {string} spec
 * @returns {string | undefined}
 */
function installedVersion(spec) {
  const [name, version] = splitSpec(spec);
  try {
    const manifest = JSON.parse(readFileSync(join(paths.tools, 'node_modules', name, 'package.json'), 'utf8'));
    return manifest.version === version ? version : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Fetches what is missing, once; the next run does not touch the network.
 * @param {import('../base/output.mjs').Output} output
 * @returns {Promise<Tools>}
 */
export async function ensureTools(output) {
  const { node, missing } = inspectTools();
  const env = toolEnvironment(node);
  if (missing.length > 0) {
    const waiting = () => output.say('Waiting for another command that is fetching tools …');
    await withLock(paths.installLock, waiting, async () => {
      const { ready, missing: still } = inspectTools();
      if (ready) return;
      const what = still.map((spec) => spec.replace(/^node-.*@/, 'Node ').replace('pnpm@', 'pnpm ')).join(' and ');
      const size = still.length > 1 ? ', 60 MB' : '';
      const fetch = (/** @type {import('../base/output.mjs').Note} */ note) => npmFetch(paths.tools, wantedPackages(), env, { note });
      await output.step(`Fetching ${what} from npm (once${size})`, fetch);
    });
    const check = await capture(node, ['--version']).catch((error) => ({ code: 1, output: messageOf(error) }));
    if (check.code !== 0) {
      throw new Problem(`${node} does not run: ${check.output.trim()}`, 'Delete .dev/tools and try again.');
    }
    writeFileSync(STAMP, `${wantedPackages().join('\n')}\n`);
  }
  return { node, pnpm: join(paths.tools, 'node_modules/pnpm/bin/pnpm.mjs'), env };
}

/**
 * The environment for npm, pnpm and everything that they start: the right Node first, none of the settings that an
 * outer `npm start` leaves behind, nothing that is meant for psql, and a HOME that exists (`nobody` has none that can be
 * written).
 * @param {string} node
 * @returns {NodeJS.ProcessEnv}
 */
function toolEnvironment(node) {
  const { NODE_OPTIONS: _options, npm_config_prefix: _prefix, npm_config_local_prefix: _local, ...rest } =
    withoutSettingsOfPsql(process.env);
  const home = rest['HOME'];
  const usable = process.platform === 'win32' || (home !== undefined && isWritable(home));
  // An outer npm has derived these from the HOME that cannot be used.
  const noCache = { npm_config_cache: undefined, npm_config_logs_dir: undefined };
  const own = usable ? {} : { HOME: makeFolder(paths.home), ...noCache };
  const path = [dirname(node), join(paths.tools, 'node_modules/.bin'), rest['PATH'] ?? ''].join(delimiter);
  // Node strips the types of each module at every start; from here it takes what it made of it last time.
  return { NODE_COMPILE_CACHE: paths.compiled, ...rest, ...own, PATH: path };
}

/** @param {string} folder */
function isWritable(folder) {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
