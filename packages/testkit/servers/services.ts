import { readFileSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as servers from '../../../scripts/lib/servers/servers.mjs';

/**
 * A server that a test may hurt: a private process in a temp folder, or a container with TEST_SERVICES=containers. It
 * ends with the test's process or with the run, however that ends.
 */
export type Service = {
  readonly url: string;
  readonly port: number;
  /** What a container does not have: the process in charge now (another one after a restart), and where its data is. */
  readonly local: { readonly pid: number; readonly dir: string } | undefined;
  /** SIGKILL to all of its processes. The data stays for `restart`. */
  kill(): Promise<void>;
  /** SIGSTOP to all of its processes, or the like: it keeps its connections and answers nothing. */
  freeze(): Promise<void>;
  /** Ends a freeze. */
  resume(): Promise<void>;
  /** Starts it on the same port and data; what still runs is stopped in good order first. */
  restart(): Promise<void>;
  /** A signal to processes of it by the numbers that it knows them by, such as those of PostgreSQL's backends. */
  signal(pids: readonly number[], signal: NodeJS.Signals): Promise<void>;
  /** Ends it, in good order where it is a process, and removes its data. Idempotent. */
  stop(): Promise<void>;
};

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

/** Starts a Redis of its own; it saves nothing unless `args` say so. */
export function startRedis({ args = [] }: { readonly args?: readonly string[] } = {}): Promise<Service> {
  if (inContainers) return startContainer('redis', args);
  return startService('redis', (dir, port) => servers.startRedis({ dir, args, ...port }));
}

/** Starts a NATS server of its own with JetStream, which survives a kill and a restart. */
export function startNats({ args = [] }: { readonly args?: readonly string[] } = {}): Promise<Service> {
  if (inContainers) return startContainer('nats', args);
  return startService('nats', (dir, port) => servers.startNats({ dir, args, ...port }));
}

async function startContainer(name: 'postgres' | 'redis' | 'nats', args: readonly string[]): Promise<Service> {
  const owner = process.env['INVENTORY_TEST_OWNER'];
  if (owner === undefined) throw new Error('INVENTORY_TEST_OWNER is not set: run the tests with `npm test`');
  // Half a second that only those need who ask for containers.
  const { startServerContainer } = await import('./containers.ts');
  return startServerContainer(name, { args, owner });
}

async function startService(
  name: string, start: (dir: string, port: { port?: number }) => Promise<Server>, parent = tmpdir(),
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
  const { url, port } = server;
  const halt = async (): Promise<void> => {
    // A stopped process does not hear SIGTERM.
    signalAll(server, 'SIGCONT');
    await server.stop();
  };
  return {
    url,
    port,
    get local() { return { pid: server.pid, dir: server.dir }; },
    async kill() {
      signalAll(server, 'SIGKILL');
      await server.kill();
    },
    freeze() {
      signalAll(server, 'SIGSTOP');
      return Promise.resolve();
    },
    resume() {
      signalAll(server, 'SIGCONT');
      return Promise.resolve();
    },
    async restart() {
      await halt();
      server = await start(dir, { port });
    },
    signal(pids, signal) {
      for (const pid of pids) process.kill(pid, signal);
      return Promise.resolve();
    },
    async stop() {
      await halt();
      await remove();
    },
  };
}

/** Signals the server and its children, parents first: a PostgreSQL whose backends go on would not be frozen at all. */
function signalAll(server: Server, signal: NodeJS.Signals): void {
  if (!server.alive()) return;
  for (const pid of [server.pid, ...childrenOf(server.pid)]) {
    try {
      process.kill(pid, signal);
    } catch {
      // It has just ended by itself.
    }
  }
}

/** The processes that this one has started and that still run, where /proc tells; their own children are left out. */
export function childrenOf(parent: number): number[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc').filter((entry) => /^\d+$/.test(entry) && parentOf(entry) === parent).map(Number);
}

function parentOf(pid: string): number | undefined {
  try {
    // The name in brackets may hold spaces; the parent is the second field after it.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ');
    return Number(fields[1]);
  } catch {
    return undefined;
  }
}
