// @ts-check
/* The three servers together, from wherever the ladder says. */
import { join } from 'node:path';
import { SERVER_NAMES } from '../base/three-servers.mjs';
import { startContainer } from '../containers/container.mjs';
import { startNats, startPostgres, startRedis } from './servers.mjs';
import { asTester, testNatsConfig, testRedisConfig } from './test-users.mjs';

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
 * For tests: nothing needs to outlive them, so nothing waits for the disk. The URLs are of the test's user.
 * @param {string} folder
 * @returns {(server: ServerName, source: Source) => Promise<Server>}
 */
export function throwAway(folder) {
  return async (server, source) => {
    const dir = join(folder, server);
    const config = { postgres: undefined, redis: testRedisConfig(), nats: testNatsConfig() }[server];
    if (source.kind !== 'binary') {
      const started = await startContainer(server, config === undefined ? {} : { config, folder: dir });
      return server === 'postgres' ? started : { ...started, url: asTester(started.url) };
    }
    const { binary } = source;
    if (server === 'postgres') return startPostgres({ dir, binary, fsync: false });
    const started = await (server === 'redis' ? startRedis : startNats)({ dir, binary, ...(config === undefined ? {} : { config }) });
    return { ...started, url: asTester(started.url) };
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
