// @ts-check
/* Who logs in where under `npm start`: each process as itself at our own servers, and by the URL that was given elsewhere. */
import { SERVER_NAMES, URL_VARIABLES } from '../base/three-servers.mjs';
import { paths } from '../base/paths.mjs';
import { variablesOf, writeFiles } from '../servers/credentials.mjs';
import { runOnce } from './app.mjs';

/** Nothing listens there: the URL for a process whose server is missing. */
const NOWHERE = { redis: 'redis://127.0.0.1:1', nats: 'nats://127.0.0.1:1' };

/**
 * @typedef {object} Logins
 * @property {(user: string) => { DATABASE_URL: string, REDIS_URL: string, NATS_URL: string }} of the URLs of a process
 * @property {Record<string, string>} variables `<USER>_<VARIABLE>` for .dev/env, such as RELAY_NATS_URL
 */

/**
 * Makes the logins in Postgres where the server is ours. Who has given a URL decides himself as whom the processes log in.
 * @param {import('../install/tools.mjs').Tools} tools
 * @param {object} given
 * @param {Record<import('../base/three-servers.mjs').ServerName, import('../servers/provision.mjs').Source>} given.sources
 * @param {import('../servers/credentials.mjs').Passwords} given.passwords
 * @param {{ postgres: string, redis: string | undefined, nats: string | undefined }} given.urls that of our Postgres is the superuser's
 * @returns {Promise<Logins>}
 */
export async function makeLogins(tools, { sources, passwords, urls }) {
  const ours = Object.fromEntries(SERVER_NAMES.map((name) => [name, sources[name].kind === 'url' ? undefined : urls[name]]));
  const all = variablesOf(passwords, ours);
  if (sources.postgres.kind !== 'url') {
    writeFiles(paths.logins, passwords, ours);
    await runOnce(tools, ['db/logins.ts', paths.logins], { DATABASE_URL: urls.postgres }, 'Making the logins');
  }
  const { postgres, redis = NOWHERE.redis, nats = NOWHERE.nats } = urls;
  /** @type {Logins['of']} */
  const of = (user) => ({ DATABASE_URL: postgres, REDIS_URL: redis, NATS_URL: nats, ...all[user] });
  const running = SERVER_NAMES.filter((name) => urls[name] !== undefined);
  const named = running.flatMap((server) => Object.keys(passwords[server]).filter((user) => user !== 'superuser')
    .map((user) => [`${user.toUpperCase()}_${URL_VARIABLES[server]}`, of(user)[URL_VARIABLES[server]]]));
  return {
    of,
    // Runbooks look into the sessions of others, which only a superuser sees.
    variables: { ...Object.fromEntries(named), ...(sources.postgres.kind === 'url' ? {} : { SUPERUSER_DATABASE_URL: postgres }) },
  };
}
