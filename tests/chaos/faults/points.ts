/**
 * Faults at named points of the code, which a kill at a random time would hardly ever hit: a process dies between two steps
 * of its work, or it stops there, is replaced, and wakes up with its work in hand.
 */
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import type { Name } from '../world/fleet.ts';
import { commandOf } from '../world/fleet.ts';
import type { Fault, Prepare, Scene, Struck } from './fault.ts';
import { processesOf } from './fault.ts';

/** The process passes its point a few times before, so that it is in the middle of its work. */
const PASSES = [3, 20] as const;
const REACHED_MS = 30_000;
/** A standby relay takes over after five seconds of silence. */
const REPLACED_MS = 15_000;

/** A target is a process and a point: `api-1 at after-commit`. */
export const dieAtPoint: Prepare = async (scene, { target }) => {
  const [who = '', point = ''] = target.split(' at ');
  const names = await processesOf(scene, who);
  return plain(async () => {
    for (const name of names) {
      await startArmed(scene, name, point);
      await reaches(scene, name, 'ended');
    }
    return reached(async () => { for (const name of names) await scene.world.fleet.revive(name); });
  });
};

/** The leader stops between fetching and publishing a batch; another relay takes over and publishes; the first wakes up. */
export const zombieRelay: Prepare = (scene) => Promise.resolve(plain(async () => {
  const { fleet, leader } = scene.world;
  const [zombie = 'relay-1'] = await processesOf(scene, 'the leading relay');
  await startArmed(scene, zombie, 'stop:relay.fetched');
  await reaches(scene, zombie, 'stopped');
  await eventually(async () => {
    if (await leader() === zombie) throw new Error('it still leads');
  }, { timeoutMs: REPLACED_MS, everyMs: 100, what: 'another relay to take the lead' });
  return reached(() => { fleet.resume(zombie); });
}));

/** A projector stops between reading the settled log and raising the watermark. */
export const zombieSealer: Prepare = async (scene, { target }) => {
  const names = await processesOf(scene, target);
  return plain(async () => {
    for (const name of names) {
      await startArmed(scene, name, 'stop:seal.before_watermark');
      await reaches(scene, name, 'stopped');
    }
    return reached(() => { for (const name of names) scene.world.fleet.resume(name); });
  });
};

/** A process has reached its point; `goOn` lets it continue or replaces it. */
function reached(goOn: () => Promise<void> | void): Struck {
  return {
    heal: async () => { await goOn(); },
    changed: () => Promise.resolve(new Map([['reached its point', 1] as const])),
  };
}

/** Restarts a process with its point armed. A relay also becomes the leader, because a standby never passes the points. */
async function startArmed({ world: { fleet }, random }: Scene, name: Name, point: string): Promise<void> {
  await fleet.kill(name);
  await fleet.revive(name, { TEST_FAULT_POINT: `${point}@${random.int(...PASSES)}` });
  if (commandOf(name) !== 'relay') return;
  const other: Name = name === 'relay-1' ? 'relay-2' : 'relay-1';
  await fleet.kill(other);
  await fleet.revive(other);
}

function reaches({ world: { fleet } }: Scene, name: Name, state: 'ended' | 'stopped'): Promise<void> {
  return eventually(async () => {
    const now = await fleet.state(name);
    if (now !== state) throw new Error(`it is ${now}`);
  }, { timeoutMs: REACHED_MS, everyMs: 50, what: `${name} to reach its point` });
}

function plain(strike: Fault['strike']): Fault {
  return { ways: [], strike };
}
