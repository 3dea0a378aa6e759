/** The three servers for tests that may hurt them: private processes, or containers with TEST_SERVICES=containers. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { childrenOf } from '../../../scripts/lib/process/proc.mjs';
import type { Binary } from '../../../scripts/lib/servers/binaries.mjs';
import * as servers from '../../../scripts/lib/servers/servers.mjs';
import { asTester, testNatsConfig, testRedisConfig } from '../../../scripts/lib/servers/test-users.mjs';
import { untilStopped } from '../processes/until-stopped.ts';
import type { Service } from './service.ts';

/** Whether services are containers here, for tests that need the files of a server. */
export const inContainers = process.env['TEST_SERVICES'] === 'containers';

type Server = Awaited<ReturnType<typeof servers.startRedis>>;

/**
 * Starts a PostgreSQL of its own. Without `fsync` (the default) it survives a kill, but not a loss of power. Its folder is
 * made in `parent`, the temp folder where that is left out; a container has its own.
 */
export function startPostgres(
  options: { readonly fsync?: boolean; readonly settings?: readonly string[]; readonly parent?: string } = {},
): Promise<Service> {
  const { fsync = false, settings = [], parent } = options;
  if (inContainers) {
    const usual = ['max_connections=200', 'jit=off', ...(fsync ? [] : ['fsync=off', 'full_page_writes=off'])];
    return startContainer('postgres', [...usual, ...settings].flatMap((setting) => ['-c', setting]));
  }
  return startService('postgres', (dir, port) => servers.startPostgres({ dir, fsync, settings, ...port }), parent);
}

/**
 * Starts a Redis of its own; it saves nothing unless `args` say so. The URL is of the test's user, who may do everything. Its
 * folder is made in `parent`, too.
 */
export function startRedis({ args = [], parent }: { readonly args?: readonly string[]; readonly parent?: string } = {}): Promise<Service> {
  if (inContainers) return startContainer('redis', args);
  const config = testRedisConfig();
  return startService('redis', (dir, port) => servers.startRedis({ dir, config, args, ...port }), parent, asTester);
}

/**
 * Starts a NATS server of its own with JetStream, which survives a kill and a restart. The URL is as that of Redis; with
 * `users: false` it is nobody's, for a test whose `args` say who may come in. Its folder is made in `parent`, too. `binary` is
 * another program than that of the run, which no container has.
 */
export function startNats({ args = [], parent, users = true, binary }: {
  readonly args?: readonly string[]; readonly parent?: string; readonly users?: boolean; readonly binary?: Binary;
} = {}): Promise<Service> {
  if (inContainers) return startContainer('nats', args, users);
  const program = binary === undefined ? {} : { binary };
  if (!users) return startService('nats', (dir, port) => servers.startNats({ dir, args, ...program, ...port }), parent);
  const config = testNatsConfig();
  return startService('nats', (dir, port) => servers.startNats({ dir, config, args, ...program, ...port }), parent, asTester);
}

async function startContainer(name: 'postgres' | 'redis' | 'nats', args: readonly string[], users = true): Promise<Service> {
  const owner = process.env['INVENTORY_TEST_OWNER'];
  if (owner === undefined) throw new Error('INVENTORY_TEST_OWNER is not set: run the tests with `npm test`');
  // Loading it takes half a second, which only a run on containers needs.
  const { startServerContainer } = await import('./containers.ts');
  return startServerContainer(name, { args, owner, users });
}

/**
 * Starts a server in a new folder of `parent`, and again in the same one for `restart`. When the first start fails, the
 * folder is removed. `urlOf` makes the URL of the service from that of the server.
 */
export async function startService(
  name: string, start: (dir: string, port: { port?: number }) => Promise<Server>, parent = tmpdir(),
  urlOf = (url: string): string => url,
): Promise<Service> {
  const dir = await mkdtemp(join(parent, `testkit-${name}-`));
  const remove = (): Promise<void> => rm(dir, { recursive: true, force: true });
  let server: Server;
  try {
    server = await start(dir, {});
  } catch (error) {
    await remove();
    throw error;
  }
  const { port } = server;
  const halt = async (): Promise<void> => {
    // A stopped process does not receive SIGTERM.
    signalAll(server, 'SIGCONT');
    await server.stop();
  };
  return {
    url: urlOf(server.url),
    port,
    get local() { return { pid: server.pid, dir: server.dir }; },
    async kill() {
      signalAll(server, 'SIGKILL');
      await server.kill();
    },
    halt,
    freeze: () => untilStopped(signalAll(server, 'SIGSTOP')),
    resume() {
      signalAll(server, 'SIGCONT');
      return Promise.resolve();
    },
    async restart() {
      await halt();
      server = await start(dir, { port });
    },
    async signal(pids, signal) {
      for (const pid of pids) process.kill(pid, signal);
      if (signal === 'SIGSTOP') await untilStopped(pids);
    },
    async stop() {
      await halt();
      await remove();
    },
  };
}

/** Signals the server and its children, parents first: a PostgreSQL whose backends go on would not be frozen at all. Returns their pids. */
function signalAll(server: Server, signal: NodeJS.Signals): readonly number[] {
  if (!server.alive()) return [];
  const pids = [server.pid, ...childrenOf(server.pid)];
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // It has just ended by itself.
    }
  }
  return pids;
}
