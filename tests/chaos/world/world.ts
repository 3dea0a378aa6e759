/**
 * The system that a run hurts, on 127.0.0.1 only: 2 apis, 2 relays, 2 projectors, Postgres with a standby, Redis with a
 * replica and three NATS servers as a cluster. Each process reaches each server through proxies of its own.
 */
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createTestKeys } from '@inventory/testkit/http/tokens.ts';
import type { TestKeys } from '@inventory/testkit/http/tokens.ts';
import { startNatsCluster } from '@inventory/testkit/servers/nats-cluster.ts';
import type { NatsCluster, NatsWay } from '@inventory/testkit/servers/nats-cluster.ts';
import type { Proxy } from '@inventory/testkit/servers/proxy.ts';
import { createTempFolder } from '../../../scripts/lib/servers/temp-folder.mjs';
import { createClock, sweepShared } from './clock.ts';
import type { Clock } from './clock.ts';
import { commandOf, NAMES, startFleet } from './fleet.ts';
import type { Fleet, Name } from './fleet.ts';
import { watchFolder } from './janitor.ts';
import { startPostgresPair } from './postgres-pair.ts';
import type { PostgresPair } from './postgres-pair.ts';
import { startRedisPair } from './redis-pair.ts';
import type { RedisPair } from './redis-pair.ts';
import { changesOf, protectionEnv, TAKEN_OUT } from './take-out.ts';
import type { Protection } from './take-out.ts';

export type ServerName = 'postgres' | 'redis' | 'nats';

export interface World {
  readonly fleet: Fleet;
  readonly postgres: PostgresPair;
  readonly redis: RedisPair;
  readonly nats: NatsCluster;
  readonly keys: TestKeys;
  /** The proxies between a process and a server: one, or one to each NATS server. Empty when there is no such connection. */
  link(process: Name, server: ServerName): readonly Proxy[];
  /** The rig's own connections to NATS, which no link fault affects. */
  readonly ownWay: NatsWay;
  /** Undefined when the machine has no libfaketime, or the run needs no clocks. */
  clock(process: Name): Clock | undefined;
  /** A folder that is removed with the run. */
  readonly folder: string;
  /** The relay that leads according to Postgres; undefined before the first one does. */
  leader(): Promise<Name | undefined>;
  /** The NATS server that a process is connected to, counted from 0; undefined when it is not connected. */
  natsServerOf(process: Name): number | undefined;
  stop(): Promise<void>;
}

/** No rate limit and no cap of the product is reached. */
const UNLIMITED = {
  RATE_LIMIT_IP: '1000000000', RATE_LIMIT_USER: '1000000000', HOLD_MAX_UNITS: '1000000', HOLD_MAX_RESERVATIONS: '1000000',
  VENDOR_HOLD_MAX_UNITS: '1000000', VENDOR_HOLD_MAX_RESERVATIONS: '1000000', CONFIRM_MAX_UNITS_PER_DAY: '1000000',
};
const REPLICAS = '3';

/** Starts everything. When one part fails to start, the others are stopped. */
export async function startWorld(
  { takenOut, clocks }: { readonly takenOut: Protection | undefined; readonly clocks: boolean },
): Promise<World> {
  const temp = createTempFolder('inventory-chaos-');
  // The user that Postgres runs as passes through this folder.
  chmodSync(temp.path, 0o711);
  const stopWatch = await watchFolder(temp.path);
  const undo: (() => unknown)[] = [sweepShared, () => { temp.remove(); }, stopWatch];
  const stop = async (): Promise<void> => {
    for (const step of undo.toReversed()) await step();
  };
  try {
    const [postgres, redis, nats, keys] = await Promise.all([
      startPostgresPair({ parent: temp.path }).then((pair) => { undo.push(pair.stop); return pair; }),
      startRedisPair({ parent: temp.path }).then((pair) => { undo.push(pair.stop); return pair; }),
      startNatsCluster({ parent: temp.path }).then((cluster) => { undo.push(cluster.stop); return cluster; }),
      createTestKeys(),
    ]);
    const links = await connectAll({ postgres, redis, nats });
    const folder = join(temp.path, 'clocks');
    mkdirSync(folder, { mode: 0o755 });
    const clocked = new Map(clocks ? NAMES.map((name) => [name, createClock(folder, name)]) : []);
    const link = (process: Name, server: ServerName): readonly Proxy[] => links.get(`${process}→${server}`) ?? [];
    const urlThrough = (proxies: readonly Proxy[], url: string): string => {
      const changed = new URL(url);
      changed.host = `127.0.0.1:${proxies[0]?.port}`;
      return changed.href;
    };
    const envOf = (name: Name): Readonly<Record<string, string>> => ({
      DATABASE_URL: urlThrough(link(name, 'postgres'), postgres.urlAt(0)),
      ...(link(name, 'redis').length === 0 ? {} : { REDIS_URL: urlThrough(link(name, 'redis'), redis.master().url) }),
      ...(link(name, 'nats').length === 0 ? {} : { NATS_URL: natsUrl(link(name, 'nats')) }),
      INSTANCE_ID: name, PORT: '0', JWT_PUBLIC_KEY: keys.publicKeyPem, STREAM_REPLICAS: REPLICAS, ...UNLIMITED,
      ...clocked.get(name)?.env, ...protectionEnv(takenOut),
    });
    const fleet = await startFleet(envOf);
    undo.push(fleet.stop);
    if (takenOut !== undefined) expectTakenOut(fleet, takenOut);
    return {
      fleet, postgres, redis, nats, keys, link, stop,
      folder: temp.path,
      ownWay: await nats.way(),
      clock: (name) => clocked.get(name),
      leader: async () => {
        const [row] = await postgres.sql.query<{ instance: string | null }>('SELECT instance FROM relay_leader');
        return NAMES.find((name) => name === row?.instance);
      },
      natsServerOf: (name) => {
        const at = link(name, 'nats').findIndex((proxy) => proxy.connections() > 0);
        return at < 0 ? undefined : at;
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** @throws {Error} when no process has found a text to replace, because the source has changed */
function expectTakenOut(fleet: Fleet, name: Protection): void {
  const logs = [...fleet.logs().values()];
  for (const [nth] of changesOf(name).entries()) {
    if (logs.some((text) => text.includes(`${TAKEN_OUT} ${name} ${nth + 1}`))) continue;
    throw new Error(`text ${nth + 1} of the protection ${name} is not in the source as tests/chaos/world/take-out.ts knows it`);
  }
}

async function connectAll(
  { postgres, redis, nats }: Pick<World, 'postgres' | 'redis' | 'nats'>,
): Promise<ReadonlyMap<string, readonly Proxy[]>> {
  const links = new Map<string, readonly Proxy[]>();
  for (const name of NAMES) {
    const command = commandOf(name);
    links.set(`${name}→postgres`, [await postgres.way()]);
    if (command !== 'relay') links.set(`${name}→redis`, [await redis.way()]);
    if (command !== 'api') links.set(`${name}→nats`, (await nats.way()).proxies);
  }
  return links;
}

function natsUrl(proxies: readonly Proxy[]): string {
  return proxies.map(({ port }) => `nats://127.0.0.1:${port}`).join(',');
}
