// @ts-check
/* The options of `npm start` and `npm run dev`. */
import { parseArguments } from '../base/arguments.mjs';
import { UsageProblem } from '../base/problem.mjs';

/**
 * @typedef {object} StartOptions
 * @property {boolean} help
 * @property {number} port
 * @property {boolean} watch a process starts again when a file of its own changes
 * @property {boolean} inspect a debugger may attach to each process
 * @property {boolean} logs a terminal shows the whole logs, requests too; else warnings and errors alone
 */

export const START_HELP = `Usage: npm start [-- OPTIONS]

Gets what is missing, starts PostgreSQL, Redis and NATS as private servers of this clone, brings the schema up to date,
seeds it, runs api, relay and projector, and prints what to try. Ctrl-C stops all of it; the data stays in .dev/data.

  --port N    the API's port (default 3000); when it is taken, the next free one
  --logs      show a line for each request, too; a terminal shows warnings and errors alone, and .dev/logs has it all
  --help

DATABASE_URL, REDIS_URL and NATS_URL, where set, are used instead of private servers. LOG_LEVEL is passed on.
INVENTORY_STATE=FOLDER keeps data, keys, logs and the file env there instead of in .dev: a second system of one clone.
A process or server that ends by itself is started again; one that keeps ending stops everything, with exit code 1.
\`npm run doctor\` shows, without changing anything, where each server would come from.`;

const OPTIONS = /** @type {const} */ ({ port: { type: 'string', default: '3000' }, help: { type: 'boolean', short: 'h' } });
const START_OPTIONS = /** @type {const} */ ({ ...OPTIONS, logs: { type: 'boolean' } });

/** Where a debugger finds each process of `npm run dev -- --inspect`; .vscode/launch.json names the same ports. */
export const INSPECTOR_PORTS = /** @type {const} */ ({ api: 9229, relay: 9230, projector: 9231 });

export const DEV_HELP = `Usage: npm run dev [-- OPTIONS]

Runs what \`npm start\` runs, on the same data. When a file of api, relay or projector changes, that process starts again;
when one of packages/domain, packages/runtime or the like, or of db, changes, all three do; a new migration is applied first.
A process that cannot start waits for the next change.

  --port N    the API's port (default 3000); when it is taken, the next free one
  --inspect   a debugger may attach: api at port ${INSPECTOR_PORTS.api}, relay at ${INSPECTOR_PORTS.relay}, projector at ${INSPECTOR_PORTS.projector} (CONTRIBUTING.md)
  --help`;

/**
 * @param {readonly string[]} args
 * @returns {StartOptions}
 */
export function readStartOptions(args) {
  const { values } = parseArguments({ args: [...args], options: START_OPTIONS }, 'npm start -- --help');
  return { help: values.help === true, port: portOf(values.port), watch: false, inspect: false, logs: values.logs === true };
}

/**
 * @param {readonly string[]} args
 * @returns {StartOptions}
 */
export function readDevOptions(args) {
  const { values } = parseArguments({ args: [...args], options: { ...OPTIONS, inspect: { type: 'boolean' } } }, 'npm run dev -- --help');
  return { help: values.help === true, port: portOf(values.port), watch: true, inspect: values.inspect === true, logs: true };
}

/**
 * @param {string} text
 * @returns {number}
 */
function portOf(text) {
  const port = /^[1-9]\d{0,4}$/.test(text) ? Number(text) : 65_536;
  if (port > 65_535) throw new UsageProblem(`--port ${text}: not a port.`, 'Give a number from 1 to 65535.');
  return port;
}
