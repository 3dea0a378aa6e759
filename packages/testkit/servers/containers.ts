/** The three servers in containers that a test may hurt, by the `testcontainers` package: TEST_SERVICES=containers. */
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import pg from 'pg';
import { GenericContainer, getContainerRuntimeClient } from 'testcontainers';
import type { WaitStrategy } from 'testcontainers';
import { IMAGES } from '../../../scripts/lib/containers/images.mjs';
import { freePort } from '../../../scripts/lib/process/ports.mjs';
import { asTester, testNatsConfig, testRedisConfig } from '../../../scripts/lib/servers/test-users.mjs';
import { eventually } from '../waiting/eventually.ts';
import type { Service } from './service.ts';

type Kind = {
  /** `users`: what names the file with the users, where there is one. */
  readonly command: (args: readonly string[], users: readonly string[]) => readonly string[];
  /** For a server with users: what names CONFIG_FILE on its command line, and the text of that file. */
  readonly users?: { readonly option: readonly string[]; readonly config: () => string };
  readonly url: (address: string) => string;
  /** Resolves when the server answers; rejects otherwise, within a second or so. */
  readonly ping: (url: string) => Promise<unknown>;
};

const PASSWORD = randomBytes(12).toString('hex');

const CONFIG_FILE = '/etc/inventory.conf';

const KINDS = {
  postgres: {
    command: (args) => ['postgres', ...args],
    url: (address) => `postgres://postgres:${PASSWORD}@${address}/postgres`,
    ping: pingPostgres,
  },
  redis: {
    command: (args, users) => ['redis-server', ...users, '--save', '', ...args],
    users: { option: [CONFIG_FILE], config: testRedisConfig },
    url: (address) => `redis://${address}`,
    ping: pingRedis,
  },
  nats: {
    command: (args, users) => [...users, '-js', '-sd', '/data', ...args],
    users: { option: ['-c', CONFIG_FILE], config: testNatsConfig },
    url: (address) => `nats://${address}`,
    ping: pingNats,
  },
} satisfies Record<keyof typeof IMAGES, Kind>;

/** The run that a container belongs to: by this label the run removes it, or the next run finds it. */
const OWNER_LABEL = 'inventory.test.owner';

/** Long enough for a machine that is busy, and for `docker` to pull an image. */
const START_MS = 180_000;
const ANSWER_MS = 60_000;

/** Ours is `ping`: what Testcontainers would wait for needs a shell in the image, or the server's exact words. */
const NO_WAIT: WaitStrategy = {
  waitUntilReady: () => Promise.resolve(),
  withStartupTimeout: () => NO_WAIT,
  isStartupTimeoutSet: () => true,
  getStartupTimeout: () => START_MS,
};

/** Adds what Testcontainers has no method for: a port that stays the same over a restart and listens on one address. */
class ServerContainer extends GenericContainer {
  withLocalPort(inside: number, outside: number, hostIp: string): this {
    this.withExposedPorts({ container: inside, host: outside });
    this.hostConfig.PortBindings = { [`${inside}/tcp`]: [{ HostIp: hostIp, HostPort: String(outside) }] };
    return this;
  }

  withStopSignal(signal: string): this {
    this.createOpts.StopSignal = signal;
    return this;
  }
}

interface Start {
  readonly args: readonly string[];
  /** The label by which the run finds all of its containers. */
  readonly owner: string;
  /** Whether Redis or NATS has the users of a deployment, and the URL is that of the test's user. */
  readonly users: boolean;
}

/**
 * Starts a server in a container of its own.
 * @throws {Error} when the engine does not answer or the server does not within a minute
 */
export async function startServerContainer(name: keyof typeof IMAGES, { args, owner, users }: Start): Promise<Service> {
  const kind: Kind = KINDS[name];
  const { image } = IMAGES[name];
  const { container: client, info } = await getContainerRuntimeClient();
  const { host } = info.containerRuntime;
  const local = host === 'localhost';
  const { started, port } = await startOnFreePort(name, { args, owner, users, hostIp: local ? '127.0.0.1' : '' });
  const container = client.getById(started.getId());
  const address = kind.url(`${local ? '127.0.0.1' : host}:${port}`);
  const url = users && kind.users !== undefined ? asTester(address) : address;
  const answers = (): Promise<unknown> =>
    eventually(() => kind.ping(url), { timeoutMs: ANSWER_MS, everyMs: 50, what: `${image} to answer` });
  let state: 'running' | 'frozen' | 'dead' | 'removed' = 'running';

  const service: Service = {
    url,
    port,
    local: undefined,
    async kill() {
      if (state !== 'running' && state !== 'frozen') return;
      await container.kill();
      await container.wait();
      state = 'dead';
    },
    async halt() {
      await service.resume();
      if (state !== 'running') return;
      await container.stop({ t: 10 });
      state = 'dead';
    },
    async freeze() {
      await container.pause();
      state = 'frozen';
    },
    async resume() {
      if (state !== 'frozen') return;
      await container.unpause();
      state = 'running';
    },
    async restart() {
      await service.halt();
      await container.start();
      state = 'running';
      await answers();
    },
    async signal(pids, signal) {
      const { exitCode, output } = await client.exec(
        container, ['sh', '-c', 'kill "$@"', 'kill', `-${signal.slice(3)}`, ...pids.map(String)]);
      if (exitCode !== 0) throw new Error(`${signal} to ${pids.join(', ')} in ${image}: ${output}`);
    },
    async stop() {
      if (state === 'removed') return;
      state = 'removed';
      await container.remove({ force: true, v: true });
    },
  };
  try {
    await answers();
  } catch (error) {
    await service.stop();
    throw error;
  }
  return service;
}

async function startOnFreePort(
  name: keyof typeof IMAGES, { args, owner, users, hostIp }: Start & { readonly hostIp: string },
): Promise<{ started: { getId(): string }; port: number }> {
  const { image, port: inside, stopSignal } = IMAGES[name];
  const kind: Kind = KINDS[name];
  const { option, config } = users && kind.users !== undefined ? kind.users : { option: [], config: undefined };
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    try {
      const container = new ServerContainer(image);
      if (config !== undefined) container.withCopyContentToContainer([{ content: config(), target: CONFIG_FILE, mode: 0o644 }]);
      const started = await container
        .withLocalPort(inside, port, hostIp)
        .withStopSignal(stopSignal)
        .withEnvironment({ POSTGRES_PASSWORD: PASSWORD })
        .withCommand([...kind.command(args, option)])
        .withLabels({ [OWNER_LABEL]: owner })
        .withWaitStrategy(NO_WAIT)
        .start();
      return { started, port };
    } catch (error) {
      // Somebody else may have taken the port in the meantime; the container stays behind, with the run's label.
      if (attempt === 3 || !/port is already allocated|address already in use/i.test(String(error))) throw error;
      await delay(100);
    }
  }
}

/** Removes the containers, with their volumes, whose owner is one of these. Resolves with how many there were. */
export async function removeContainers(isTheirs: (owner: string) => boolean): Promise<number> {
  const { container: { dockerode } } = await getContainerRuntimeClient();
  const all = await dockerode.listContainers({ all: true, filters: { label: [OWNER_LABEL] } });
  const theirs = all.filter(({ Labels }) => isTheirs(Labels[OWNER_LABEL] ?? ''));
  await Promise.all(theirs.map(async ({ Id }) => {
    // Another process may be removing it at this moment.
    await dockerode.getContainer(Id).remove({ force: true, v: true }).catch(() => undefined);
  }));
  return theirs.length;
}

async function pingPostgres(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000, query_timeout: 2000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('SELECT 1');
  } finally {
    await client.end();
  }
}

async function pingRedis(url: string): Promise<void> {
  const limits = { connectTimeout: 2000, commandTimeout: 2000, retryStrategy: () => null };
  const redis = new Redis(url, { lazyConnect: true, ...limits });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    await redis.ping();
  } finally {
    redis.disconnect();
  }
}

/** A NATS server speaks first; the engine's proxy alone accepts a connection and says nothing. */
function pingNats(url: string): Promise<void> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), timeout: 2000 });
    socket.once('data', () => { socket.destroy(); resolve(); });
    socket.once('timeout', () => { socket.destroy(new Error('silent')); });
    socket.once('error', reject);
    socket.once('close', () => { reject(new Error('closed without a word')); });
  });
}
