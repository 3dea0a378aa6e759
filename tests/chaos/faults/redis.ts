/** Faults of Redis. */
import { NAMES } from '../world/fleet.ts';
import type { Fault, Prepare, Scene, Struck } from './fault.ts';

const waysOf = ({ world }: Scene): Fault['ways'] => NAMES.flatMap((name) => world.link(name, 'redis'));

function onMaster(strike: (scene: Scene) => Promise<Struck>): Prepare {
  return (scene) => Promise.resolve({ ways: waysOf(scene), strike: () => strike(scene) });
}

const nothing = (): Promise<void> => Promise.resolve();

export const flush = onMaster(async ({ world: { redis } }) => {
  await redis.command((client) => client.flushall());
  return { heal: nothing };
});

export const restartRedis = onMaster(async ({ world: { redis } }) => {
  await redis.master().kill();
  return { heal: () => redis.master().restart() };
});

export const freezeRedis = onMaster(async ({ world: { redis } }) => {
  await redis.master().freeze();
  return { heal: () => redis.master().resume() };
});

/** A failover without a word to the clients: their connections to the old master stay open. */
export const demoted = onMaster(async ({ world: { redis } }) => {
  await redis.swap();
  return {
    heal: nothing,
    rescue: () => {
      redis.cutAll();
      return Promise.resolve('all connections to Redis were reset');
    },
  };
});

/** A SET by somebody else, such as another program with the same key prefix. */
export const wrongType = onMaster(async ({ world: { redis }, load, random, note }) => {
  const product = random.pick(load.products);
  const key = await redis.command(async (client) => {
    let cursor = '0';
    do {
      const [next, keys] = await client.scan(cursor, 'MATCH', `*availability:{${product}}*`, 'COUNT', 1_000);
      for (const each of keys) if (await client.type(each) === 'hash') return each;
      cursor = next;
    } while (cursor !== '0');
    throw new Error(`no key of ${product} in the view`);
  });
  await redis.command(async (client) => {
    await client.del(key);
    await client.set(key, 'not a hash');
  });
  note(`${key} is a string now`);
  return {
    heal: nothing,
    rescue: async () => {
      await redis.command((client) => client.del(key));
      return `DEL ${key}`;
    },
    // The product may mend it before anybody has read it.
    changed: async () => {
      const type = await redis.command((client) => client.type(key));
      return type === 'hash' ? new Map([['keys mended', 1] as const]) : new Map();
    },
  };
});
