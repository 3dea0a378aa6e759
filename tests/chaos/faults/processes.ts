/** Faults of our own processes: killed, frozen, with a clock that jumps. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Fault, Prepare } from './fault.ts';
import { processesOf } from './fault.ts';

/** Two hours: longer than the lifetime of the load's token and than any time-out. */
const JUMP_SECONDS = 7_200;

export const killProcess: Prepare = async (scene, { target }) => {
  const names = await processesOf(scene, target);
  const { fleet } = scene.world;
  return plain(async () => {
    await Promise.all(names.map((name) => fleet.kill(name)));
    return { heal: async () => { await Promise.all(names.map((name) => fleet.revive(name))); } };
  });
};

export const freezeProcess: Prepare = async (scene, { target }) => {
  const names = await processesOf(scene, target);
  const { fleet } = scene.world;
  return plain(async () => {
    await Promise.all(names.map((name) => fleet.freeze(name)));
    return {
      heal: () => {
        for (const name of names) fleet.resume(name);
        return Promise.resolve();
      },
    };
  });
};

export const clockJump: Prepare = async (scene, { target }) => {
  const { world, random } = scene;
  const [name] = await processesOf(scene, target);
  const clock = name === undefined ? undefined : world.clock(name);
  if (name === undefined || clock === undefined) throw new Error(`${target} was started without libfaketime`);
  return plain(async () => {
    clock.move(random.chance(0.5) ? JUMP_SECONDS : -JUMP_SECONDS);
    const apartMs = await greatestDistance(world.fleet.of(name).opsPort);
    return {
      heal: () => {
        clock.move(0);
        return Promise.resolve();
      },
      changed: () => Promise.resolve(apartMs > (JUMP_SECONDS * 1_000) / 2 ? new Map([['clock moved', 1] as const]) : new Map()),
    };
  });
};

/**
 * The greatest distance in ms between a process's clock and the machine's within two seconds. Node's HTTP server puts its
 * time into each answer and reads the clock once a second.
 */
async function greatestDistance(opsPort: number): Promise<number> {
  const distances: number[] = [];
  for (const until = performance.now() + 2_000; performance.now() < until; await delay(250)) {
    const { headers } = await fetch(`http://127.0.0.1:${opsPort}/livez`, { signal: AbortSignal.timeout(5_000) });
    distances.push(Math.abs(Date.parse(headers.get('date') ?? '') - Date.now()));
  }
  return Math.max(...distances);
}

/** A fault that is not about connections. */
function plain(strike: Fault['strike']): Fault {
  return { ways: [], strike };
}
