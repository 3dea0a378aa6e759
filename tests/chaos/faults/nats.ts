/** Faults of the NATS servers and of the network between them. */
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Service } from '@inventory/testkit/servers/service.ts';
import { readBacklog } from '../checks/marks.ts';
import { replicasBehind, streamLeader } from '../watch/stream-cluster.ts';
import { NAMES } from '../world/fleet.ts';
import type { Fault, Prepare, Scene, Struck } from './fault.ts';

/** Publishing must go on within this time while a majority of the servers is healthy. */
const MAJORITY_PATIENCE_MS = 15_000;
const STORE = 'jetstream';
/** In each direction. A publish crosses the route several times before it is acknowledged. */
const ROUTE_DELAY_MS = 500;

const waysOf = ({ world }: Scene): Fault['ways'] => NAMES.flatMap((name) => world.link(name, 'nats'));

/** The server that the leading relay is connected to, counted from 0. */
async function leadersServer({ world }: Scene): Promise<number> {
  const leader = await world.leader();
  return (leader === undefined ? undefined : world.natsServerOf(leader)) ?? 0;
}

function onLeadersServer(strike: (server: Service, nth: number, scene: Scene) => Promise<Struck>): Prepare {
  return async (scene) => {
    const nth = await leadersServer(scene);
    const server = scene.world.nats.servers[nth];
    if (server === undefined) throw new Error(`there is no NATS server ${nth}`);
    return { ways: waysOf(scene), strike: () => strike(server, nth, scene) };
  };
}

export const killNats = onLeadersServer(async (server) => {
  await server.kill();
  return { heal: () => server.restart() };
});

export const freezeNats = onLeadersServer(async (server) => {
  await server.freeze();
  return { heal: () => server.resume() };
});

export const minority = onLeadersServer((_server, nth, { world: { nats, postgres } }) => {
  nats.isolate(nth);
  return Promise.resolve({
    async meanwhile() {
      const { events, oldestMs } = await readBacklog(postgres.sql.query);
      if (oldestMs <= MAJORITY_PATIENCE_MS) return [];
      const oldest = `the oldest for ${Math.round(oldestMs / 1000)} s`;
      return [`${events} events wait to be published although a majority of NATS is well, ${oldest}`];
    },
    heal() {
      nats.healRoutes();
      return Promise.resolve();
    },
  });
});

/** What is done to both directions of a route. */
const HARMS = {
  partition: (ways) => { for (const way of ways) way.blackhole(); },
  'half-open': (ways) => { for (const way of ways) way.strand(); },
  delay: (ways) => { for (const way of ways) way.delay(ROUTE_DELAY_MS); },
  cut: (ways) => { for (const way of ways) way.cut(); },
} as const satisfies Readonly<Record<string, (ways: Fault['ways']) => void>>;
/**
 * With one of three copies unreachable nothing needs to change, so routes from the stream's leader to both others are hurt in
 * ways that show.
 */
const FELT_ALONE = ['partition', 'half-open', 'delay', 'cut'] as const;
const FELT_TOGETHER = ['delay', 'cut'] as const;

/**
 * Hurts the route between the relay's server and the stream's leader. When both are the same server, it hurts the routes from
 * there to both others.
 */
export const route: Prepare = async (scene) => {
  const { world: { nats, ownWay }, random, note } = scene;
  const one = await leadersServer(scene);
  const leading = await streamLeader(ownWay.urls);
  const others = leading === undefined || leading === one
    ? nats.servers.flatMap((_, nth) => (nth === one ? [] : [nth])) : [leading];
  const ways = others.flatMap((other) => nats.routesBetween(one, other));
  const harm = random.pick(others.length === 1 ? FELT_ALONE : FELT_TOGETHER);
  return {
    ways,
    strike: () => {
      note(`nats-${one + 1} and ${others.map((other) => `nats-${other + 1}`).join(', ')}: ${harm}`);
      HARMS[harm](ways);
      let behind = 0;
      return Promise.resolve({
        meanwhile: async () => {
          behind = await replicasBehind(ownWay.urls);
          return [];
        },
        heal: () => {
          nats.healRoutes();
          return Promise.resolve();
        },
        changed: () => Promise.resolve(behind === 0 ? new Map() : new Map([['replicas behind', behind] as const])),
      });
    },
  };
};

export const restartNats: Prepare = (scene) => Promise.resolve({
  ways: waysOf(scene),
  strike: async () => {
    for (const server of scene.world.nats.servers) {
      await server.restart();
      await scene.world.nats.ready();
    }
    return { heal: () => Promise.resolve() };
  },
});

/** All three servers lose the same last seconds, as after a restored storage or a power failure. */
export const tailLost: Prepare = (scene) => Promise.resolve({
  ways: waysOf(scene),
  strike: async () => {
    const { nats, folder } = scene.world;
    const kept = nats.servers.map((server) => ({
      server, from: join(server.local?.dir ?? '', STORE), to: join(folder, `tail-${server.port}`),
    }));
    // The servers are frozen together, so that the copies are of one instant.
    await Promise.all(kept.map(({ server }) => server.freeze()));
    await Promise.all(kept.map(({ from, to }) => cp(from, to, { recursive: true })));
    await Promise.all(kept.map(({ server }) => server.resume()));
    return {
      heal: async () => {
        await Promise.all(kept.map(({ server }) => server.kill()));
        await Promise.all(kept.map(async ({ from, to }) => {
          await rm(from, { recursive: true, force: true });
          await cp(to, from, { recursive: true });
          await rm(to, { recursive: true, force: true });
        }));
        await Promise.all(kept.map(({ server }) => server.restart()));
        await nats.ready();
      },
    };
  },
});
