/**
 * Three NATS servers as a JetStream cluster whose network can fail in any of its parts: a proxy for each directed route,
 * and for each client that asks for a way a proxy of its own to each server.
 *
 *      client ──way[0]──► nats-1 ──route 1→2──► nats-2        Servers tell routes and clients of each other. What they
 *             ──way[1]──► nats-2 ◄──route 2→1── nats-1        tell would lead round the proxies, so each advertises a
 *             ──way[2]──► nats-3  …                           door that refuses everybody; towards a client, its way
 *                                                             rewrites the door's address to that of its own proxy.
 */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { connect } from 'nats';
import { freePort } from '../../../scripts/lib/process/ports.mjs';
import { eventually } from '../waiting/eventually.ts';
import { startProxy } from './proxy.ts';
import type { Proxy } from './proxy.ts';
import { startNats } from './services.ts';
import type { Service } from './service.ts';

const SERVERS = 3;
const NAME = 'chaos';

/** How one client reaches the cluster. */
export interface NatsWay {
  /** Of its proxies, in the order of the servers. */
  readonly urls: readonly string[];
  readonly proxies: readonly Proxy[];
}

export interface NatsCluster {
  readonly servers: readonly Service[];
  /** The proxies of both routes between two servers, counted from 0: whichever of them carries the connection now. */
  routesBetween(one: number, other: number): readonly Proxy[];
  /** A way for one more client. */
  way(): Promise<NatsWay>;
  /** Nothing passes any more between this server and the other two, in either direction. */
  isolate(nth: number): void;
  /** Ends whatever was done to routes. */
  healRoutes(): void;
  /** Waits until JetStream answers with a leader: at most `timeoutMs`, 30 s. */
  ready(timeoutMs?: number): Promise<void>;
  stop(): Promise<void>;
}

interface Door { readonly address: string; close(): void }

/** Starts the cluster and waits until JetStream has a leader. The servers' folders are made in `parent`, or the temp folder. */
export async function startNatsCluster({ parent }: { readonly parent?: string } = {}): Promise<NatsCluster> {
  const nodes = Array.from({ length: SERVERS }, (_, nth) => nth);
  const doors = await Promise.all(nodes.map(startDoor));
  const routePorts = await Promise.all(nodes.map(freePort));
  const routes = new Map<string, Proxy>();
  for (const from of nodes) {
    for (const to of nodes) {
      if (from !== to) routes.set(`${from} ${to}`, await startProxy({ targetPort: routePorts[to] ?? 0 }));
    }
  }
  const routesOf = (from: number): readonly Proxy[] =>
    nodes.flatMap((to) => routes.get(`${from} ${to}`) ?? []);
  const servers = await Promise.all(nodes.map((nth) => startNats({ args: [
    '--name', `nats-${nth + 1}`, '--cluster_name', NAME,
    '--cluster', `nats://127.0.0.1:${routePorts[nth]}`,
    '--routes', routesOf(nth).map(({ port }) => `nats://127.0.0.1:${port}`).join(','),
    '--cluster_advertise', doors[nth]?.address ?? '', '--client_advertise', doors[nth]?.address ?? '',
  ], ...(parent === undefined ? {} : { parent }) })));
  const ways: NatsWay[] = [];
  const touching = (nth: number): readonly Proxy[] =>
    [...routes].flatMap(([name, proxy]) => (name.split(' ').includes(String(nth)) ? [proxy] : []));

  const ready = (timeoutMs = 30_000): Promise<void> => eventually(async () => {
    const client = await connect({ servers: servers.map(({ port }) => `127.0.0.1:${port}`), timeout: 1_000, reconnect: false });
    try {
      await (await client.jetstreamManager({ timeout: 1_000 })).getAccountInfo();
    } finally {
      await client.close();
    }
  }, { timeoutMs, everyMs: 100, what: 'JetStream to have a leader' });

  const cluster: NatsCluster = {
    servers,
    routesBetween: (one, other) => [routes.get(`${one} ${other}`), routes.get(`${other} ${one}`)].filter((proxy) => proxy !== undefined),
    ready,
    async way() {
      const own: Proxy[] = [];
      const rewrite = (chunk: Buffer): Buffer => rewritten(chunk, doors.map(({ address }, nth) => [address, `127.0.0.1:${own[nth]?.port}`]));
      for (const { port } of servers) {
        own.push(await startProxy({
          targetPort: port, rewrite: (chunk, direction) => (direction === 'to_client' ? rewrite(chunk) : chunk),
        }));
      }
      const way = { proxies: own, urls: own.map(({ port }) => `nats://127.0.0.1:${port}`) };
      ways.push(way);
      return way;
    },
    isolate(nth) { for (const proxy of touching(nth)) proxy.blackhole(); },
    healRoutes() { for (const proxy of routes.values()) proxy.heal(); },
    async stop() {
      cluster.healRoutes();
      await Promise.allSettled(servers.map((server) => server.stop()));
      await Promise.allSettled([...routes.values(), ...ways.flatMap(({ proxies }) => proxies)].map((proxy) => proxy.close()));
      for (const door of doors) door.close();
    },
  };
  try {
    await ready();
    return cluster;
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

/** Listens, so that nobody else does, and refuses. */
async function startDoor(): Promise<Door> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.resetAndDestroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the door has no port');
  return { address: `127.0.0.1:${address.port}`, close: () => { server.close(); } };
}

/** What a server says of its cluster, with other addresses. Only INFO lines name them. */
function rewritten(chunk: Buffer, addresses: readonly (readonly [string, string])[]): Buffer {
  if (!chunk.includes('INFO {')) return chunk;
  let text = chunk.toString('latin1');
  for (const [from, to] of addresses) text = text.replaceAll(`"${from}"`, `"${to}"`);
  return Buffer.from(text, 'latin1');
}
