// @ts-check
/* The servers of `npm start`: their data lies in .dev/data and is found again by the next start. */
import { join } from 'node:path';
import { cloneWord, startContainer } from '../containers/container.mjs';
import { paths } from '../base/paths.mjs';
import { natsConfig, redisConfig } from './credentials.mjs';
import { startNats, startPostgres, startRedis } from './servers.mjs';

/** @typedef {import('./servers.mjs').Where} Where */

/** Where the search for a free port begins: not the default ports, which are for the machine's own servers. */
const FROM = { postgres: 15_432, redis: 16_379, nats: 14_222 };

/**
 * @param {import('./credentials.mjs').Passwords} passwords of the users of Redis and NATS
 * @param {import('../base/three-servers.mjs').ServerName} server
 * @param {import('./provision.mjs').Source} source
 * @param {number} [port] exactly this one, for a server that is started again
 * @returns {Promise<import('../base/three-servers.mjs').Server>} the URL of Postgres is the superuser's, the others name no user
 */
export function startKept(passwords, server, source, port) {
  const dir = join(paths.data, server);
  if (source.kind !== 'binary') {
    const config = { postgres: undefined, redis: redisConfig(passwords.redis), nats: natsConfig(passwords.nats) }[server];
    return startContainer(server, { keep: cloneWord(paths.data), port, ...(config === undefined ? {} : { config, folder: dir }) });
  }
  const { binary } = source;
  const where = port === undefined ? { from: FROM[server] } : { port };
  switch (server) {
    case 'postgres':
      return startPostgres({ dir, binary, database: 'inventory', ...where });
    case 'redis':
      return startRedis({ dir, binary, config: redisConfig(passwords.redis), args: ['--save', '60', '1'], ...where });
    case 'nats':
      return startNats({ dir, binary, config: natsConfig(passwords.nats), ...where });
  }
}
