/** A Redis master and its replica; clients reach "the master" through proxies that can be switched. */
import { Redis } from 'ioredis';
import { startProxy } from '@inventory/testkit/servers/proxy.ts';
import type { Proxy } from '@inventory/testkit/servers/proxy.ts';
import { startRedis } from '@inventory/testkit/servers/services.ts';
import type { Service } from '@inventory/testkit/servers/service.ts';

export interface RedisPair {
  master(): Service;
  /** A new proxy to the address of the master, for one client. */
  way(): Promise<Proxy>;
  /** Runs commands on the master, past all proxies. */
  command<T>(work: (redis: Redis) => Promise<T>): Promise<T>;
  /** Swaps replica and master. New connections lead to the new master, open ones stay with the old one. */
  swap(): Promise<void>;
  /** Resets all client connections, so that clients find the current master. */
  cutAll(): void;
  stop(): Promise<void>;
}

/** Starts both, without persistence. Their folders are made in `parent`. */
export async function startRedisPair({ parent }: { readonly parent: string }): Promise<RedisPair> {
  let master = await startRedis({ parent });
  let replica = await startRedis({ parent });
  const ways: Proxy[] = [];
  const on = async <T>(server: Service, work: (redis: Redis) => Promise<T>): Promise<T> => {
    const redis = new Redis(server.url, { connectTimeout: 2_000, commandTimeout: 2_000, maxRetriesPerRequest: 1, protocol: 2 });
    redis.on('error', () => undefined);
    try {
      return await work(redis);
    } finally {
      redis.disconnect();
    }
  };
  // An argument would make it a replica again at every restart; a command does not.
  await on(replica, (redis) => redis.replicaof('127.0.0.1', master.port));
  return {
    master: () => master,
    async way() {
      const way = await startProxy({ targetPort: master.port });
      ways.push(way);
      return way;
    },
    command: (work) => on(master, work),
    async swap() {
      await on(replica, (redis) => redis.replicaof('NO', 'ONE'));
      await on(master, (redis) => redis.replicaof('127.0.0.1', replica.port));
      [master, replica] = [replica, master];
      for (const way of ways) way.retarget(master.port);
    },
    cutAll() { for (const way of ways) way.cut(); },
    async stop() {
      await Promise.allSettled(ways.map((way) => way.close()));
      await Promise.allSettled([master.stop(), replica.stop()]);
    },
  };
}
