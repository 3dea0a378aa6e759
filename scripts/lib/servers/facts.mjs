// @ts-check
/* What this machine offers, gathered without changing anything: the input of the ladder. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { findIn, findUnpacked, machineFolders } from './binaries.mjs';
import { capture } from '../process/command.mjs';
import { embeddedPackage, findEmbedded } from './embedded.mjs';
import { RUNG_NAMES } from './ladder.mjs';
import { paths } from '../base/paths.mjs';
import { Problem } from '../base/problem.mjs';
import { SERVER_NAMES, URL_VARIABLES } from '../base/three-servers.mjs';

/** @typedef {import('./ladder.mjs').Facts} Facts */
/** @typedef {import('../base/three-servers.mjs').ServerName} ServerName */

/**
 * @template T
 * @param {(server: ServerName) => T | undefined} find
 * @returns {Partial<Record<ServerName, T>>}
 */
function forEachServer(find) {
  /** @type {Partial<Record<ServerName, T>>} */
  const found = {};
  for (const server of SERVER_NAMES) {
    const value = find(server);
    if (value !== undefined) found[server] = value;
  }
  return found;
}

/**
 * @param {string} program
 * @returns {boolean}
 */
function onPath(program) {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)));
}

/** @returns {ReadonlySet<string>} */
function skippedRungs() {
  const names = (process.env['INVENTORY_LADDER_SKIP'] ?? '').split(/[\s,]+/).filter((name) => name !== '');
  const unknown = names.filter((name) => !RUNG_NAMES.some((rung) => rung === name));
  if (unknown.length > 0) {
    const rungs = RUNG_NAMES.join(', ');
    throw new Problem(`INVENTORY_LADDER_SKIP: no rung ${unknown.join(', ')}`, `The rungs are: ${rungs}.`);
  }
  return new Set(names);
}

/**
 * @returns {Promise<string | undefined>} the engine's version; an engine that does not answer in 5 s is none
 */
async function dockerVersion() {
  const args = ['version', '--format', '{{.Server.Version}}'];
  const outcome = await capture('docker', args, { timeoutMs: 5000 }).catch(() => undefined);
  return outcome?.code === 0 ? outcome.stdout.trim() : undefined;
}

/**
 * Looks at the machine, without changing anything.
 * @returns {Promise<Facts>}
 */
export async function gatherFacts() {
  const skip = skippedRungs();
  const machine = forEachServer((server) => findIn(server, machineFolders(server)));
  const unpacked = forEachServer(
    (server) => findUnpacked(server, paths.servers) ?? (server === 'postgres' ? findEmbedded() : undefined),
  );
  const urls = forEachServer((server) => process.env[URL_VARIABLES[server]] || undefined);
  const enough = skip.size === 0 && SERVER_NAMES.every((server) => urls[server] ?? machine[server] ?? unpacked[server]);
  return {
    urls,
    skip,
    machine,
    unpacked,
    apt: process.platform === 'linux' && onPath('apt-get') && onPath('dpkg'),
    root: process.getuid?.() === 0,
    embedded: embeddedPackage(),
    docker: enough ? undefined : await dockerVersion(), // asking takes a moment
  };
}
