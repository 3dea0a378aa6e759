// @ts-check
/* A program that fetches from the network: while nothing arrives that is said, and after a minute of it the program is ended. */
import { capture } from '../process/command.mjs';

const QUIET_MS = 60_000;

/**
 * @typedef {object} Fetching
 * @property {import('../base/output.mjs').Note} [note] told that nothing arrives, for as long as that lasts
 * @property {number} [quietMs] how long that may last; a minute where it is left out
 */

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd: string, env: NodeJS.ProcessEnv }} place
 * @param {Fetching} options
 * @returns {ReturnType<typeof capture>} `stalled` where it was ended
 */
export async function fetching(command, args, place, { note = () => undefined, quietMs = QUIET_MS }) {
  const seconds = (/** @type {number} */ ms) => Math.round(ms / 1000);
  const stall = {
    limitMs: quietMs,
    onQuiet: (/** @type {number} */ ms) => note(ms === 0 ? '' : `nothing arrives, ${seconds(ms)} of ${seconds(quietMs)} s`),
  };
  return capture(command, args, { ...place, stall });
}

/**
 * @param {boolean} stalled
 * @returns {string} what a person can do about a registry that was not reached
 */
export function registryAdvice(stalled) {
  return stalled
    ? 'The npm registry, or the way to it, does not answer: `npm ping` tries it. Behind a proxy, set HTTPS_PROXY. Then run this again.'
    : 'Is the npm registry reachable? Once fetched, later runs work offline.';
}
