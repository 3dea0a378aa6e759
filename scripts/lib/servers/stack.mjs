// @ts-check
/* The three servers together, from wherever the ladder says. */
import { join } from 'node:path';
import { SERVER_NAMES } from '../base/three-servers.mjs';
import { startContainer } from '../containers/container.mjs';
import { startNats, startPostgres, startRedis } from './servers.mjs';

/** @typedef {import('../base/three-servers.mjs').ServerName} ServerName */
/** @typedef {import('../base/three-servers.mjs').Server} Server */
/** @typedef {import('./provision.mjs').Source} Source */

/**
 * @typedef {object} Stack
 * @property {Partial<Record<ServerName, string>>} urls
 * @property {Partial<Record<ServerName, Server>>} servers those that are ours to stop
 * @property {() => Promise<void>} stop
 */

/**
 * For tests: nothing needs to outlive them, so nothing waits for the disk.
 * @param {string} folder
 * @returns {(server: ServerName, source: Source) => Promise<Server>}
 */
export function throwAway(folder) {
  return (server, source) => {
    if (source.kind !== 'binary') return startContainer(server);
    const options = { dir: join(folder, server), binary: source.binary };
    if (server === 'postgres') return startPostgres({ ...options, fsync: false });
    return server === 'redis' ? startRedis(options) : startNats(options);
  };
}

/**
 * Starts what has to be started, all at once. When one fails, the others are stopped again.
 * @param {Record<ServerName, Source>} sources
 * @param {(server: ServerName, source: Source) => Promise<Server>} start
 * @returns {Promise<Stack>}
 */
export async function startStack(sources, start) {
  /** @type {Partial<Record<ServerName, Server>>} */
  const servers = {};
  /** @type {Partial<Record<ServerName, string>>} */
  const urls = {};
  const stop = async () => void (await Promise.all(Object.values(servers).map((server) => server.stop())));
  const starting = SERVER_NAMES.map(async (name) => {
    const source = sources[name];
    if (source.kind === 'none') return;
    if (source.kind === 'url') {
      urls[name] = source.url;
      return;
    }
    const server = await start(name, source);
    servers[name] = server;
    urls[name] = server.url;
  });
  const failure = (await Promise.allSettled(starting)).find((result) => result.status === 'rejected');
  if (failure !== undefined) {
    await stop();
    throw failure.reason;
  }
  return { urls, servers, stop };
}
