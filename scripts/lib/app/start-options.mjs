// @ts-check
/* What `npm start` may be told. */
import { parseArguments } from '../base/arguments.mjs';
import { Problem } from '../base/problem.mjs';

/**
 * @typedef {object} StartOptions
 * @property {boolean} help
 * @property {number} port
 */

export const START_HELP = `Usage: npm start [-- OPTIONS]

Gets what is missing, starts PostgreSQL, Redis and NATS as private servers of this clone, brings the schema up to date,
seeds it, runs api, relay and projector, and prints what to try. Ctrl-C stops all of it; the data stays in .dev/data.

  --port N    the API's port (default 3000); when it is taken, the next free one
  --help

DATABASE_URL, REDIS_URL and NATS_URL, where set, are used instead of private servers. LOG_LEVEL is passed on.
INVENTORY_STATE=FOLDER keeps data, keys, logs and the file env there instead of in .dev: a second system of one clone.
A process or server that ends by itself is started again; one that keeps ending stops everything, with exit code 1.
\`npm run doctor\` shows, without changing anything, where each server would come from.`;

/**
 * @param {readonly string[]} args
 * @returns {StartOptions}
 */
export function readStartOptions(args) {
  const { values } = parseArguments({
    args: [...args],
    options: { port: { type: 'string', default: '3000' }, help: { type: 'boolean', short: 'h' } },
  }, 'npm start -- --help');
  const port = /^[1-9]\d{0,4}$/.test(values.port) ? Number(values.port) : 65_536;
  if (port > 65_535) throw new Problem(`--port ${values.port}: not a port.`, 'Give a number from 1 to 65535.');
  return { help: values.help === true, port };
}
