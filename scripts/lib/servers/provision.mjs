// @ts-check
/* Climbs the ladder: decides, fetches what the chosen rung needs, and decides again with what is there then. */
import { installPackages, unpackPackages } from './debian.mjs';
import { fetchEmbedded } from './embedded.mjs';
import { gatherFacts } from './facts.mjs';
import { advice, decide } from './ladder.mjs';
import { withLock } from '../process/lock.mjs';
import { paths } from '../base/paths.mjs';
import { Problem, messageOf } from '../base/problem.mjs';
import { SERVER_NAMES, TITLES } from '../base/three-servers.mjs';
import { insistReachable } from './reach.mjs';

/** @typedef {import('../base/three-servers.mjs').ServerName} ServerName */
/** @typedef {import('./ladder.mjs').RungName} RungName */
/** @typedef {import('../base/output.mjs').Output} Output */

/**
 * @typedef {{ kind: 'url', url: string }
 *   | { kind: 'binary', binary: import('./binaries.mjs').Binary }
 *   | { kind: 'docker' }
 *   | { kind: 'none', why: string }} Source where a server comes from
 */

/**
 * Fetches what a rung needs. After that the programs are found on a rung further up.
 * @type {Partial<Record<RungName, (servers: readonly ServerName[], env: NodeJS.ProcessEnv, note: import('../base/output.mjs').Note) => Promise<void>>>}
 */
const FETCH = {
  apt: (servers) => (process.getuid?.() === 0 ? installPackages(servers) : unpackPackages(servers)),
  npm: (_servers, env, note) => fetchEmbedded(env, note),
};

/**
 * @param {object} options
 * @param {Output} options.output
 * @param {NodeJS.ProcessEnv} options.env for npm
 * @param {ReadonlySet<ServerName>} [options.optional] servers that may stay missing
 * @returns {Promise<Record<ServerName, Source>>}
 */
export function provision(options) {
  const waiting = () => options.output.say('Waiting for another command that is fetching servers …');
  return withLock(paths.installLock, waiting, () => climb(options));
}

/**
 * @param {Parameters<typeof provision>[0]} options
 * @returns {Promise<Record<ServerName, Source>>}
 */
async function climb({ output, env, optional = new Set() }) {
  /** @type {Map<string, string>} */
  const failed = new Map();
  for (;;) {
    const facts = await gatherFacts();
    const decisions = SERVER_NAMES.map((server) => ({ server, ...decide(server, facts, failed) }));
    const fetching = decisions.find(({ rung }) => rung !== undefined && FETCH[rung] !== undefined)?.rung;
    if (fetching === undefined) {
      const sources = decisions.map(async ({ server, rung }) => {
        const source = await sourceOf(server, rung, facts, optional);
        return [server, source];
      });
      return Object.fromEntries(await Promise.all(sources));
    }
    const servers = decisions.filter(({ rung }) => rung === fetching).map(({ server }) => server);
    // All in one go, which is quicker; when that fails, each by itself, because one may be missing from the packages.
    const whole = await fetchRung(fetching, servers, output, env);
    for (const server of servers) {
      const alone = whole.ok || servers.length === 1 ? whole : await fetchRung(fetching, [server], output, env);
      // Once is enough: if the program is there now, a rung further up fits; if not, the next one down is tried.
      failed.set(`${server}/${fetching}`, alone.reason);
    }
  }
}

/**
 * @param {RungName} rung
 * @param {readonly ServerName[]} servers
 * @param {Output} output
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<{ ok: boolean, reason: string }>} why it is not to be tried again
 */
async function fetchRung(rung, servers, output, env) {
  const names = servers.map((server) => TITLES[server]).join(', ');
  const from = rung === 'apt' ? "Debian's packages" : 'npm';
  try {
    await output.step(`Fetching ${names} from ${from} (once)`, async (note) => FETCH[rung]?.(servers, env, note));
    return { ok: true, reason: 'fetched, but the program was not found afterwards' };
  } catch (error) {
    output.warn(`${names}: ${messageOf(error)}`);
    return { ok: false, reason: messageOf(error).split('\n')[0] ?? 'failed' };
  }
}

/**
 * @param {ServerName} server
 * @param {RungName | undefined} rung
 * @param {import('./ladder.mjs').Facts} facts
 * @param {ReadonlySet<ServerName>} optional
 * @returns {Promise<Source>}
 */
async function sourceOf(server, rung, facts, optional) {
  const url = facts.urls[server];
  if (rung === 'url' && url !== undefined) {
    await insistReachable(server, url);
    return { kind: 'url', url };
  }
  const binary = rung === 'machine' ? facts.machine[server] : rung === 'unpacked' ? facts.unpacked[server] : undefined;
  if (binary !== undefined) return { kind: 'binary', binary };
  if (rung === 'docker') return { kind: 'docker' };
  const why = `No way to get ${TITLES[server]} on this machine.`;
  const what = `${advice(server, process.platform)} \`npm run doctor\` shows what was looked for.`;
  if (optional.has(server)) return { kind: 'none', why: `${why} ${what}` };
  throw new Problem(why, what);
}
