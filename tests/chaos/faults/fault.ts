/** The steps of a fault: prepare, strike, heal, and rescue when the product does not recover by itself. */
import type { Proxy } from '@inventory/testkit/servers/proxy.ts';
import type { Past } from '../checks/truth.ts';
import type { Load } from '../load/load.ts';
import type { Change } from '../plan/kinds.ts';
import type { PlannedFault } from '../plan/plan.ts';
import type { Random } from '../plan/random.ts';
import type { Name } from '../world/fleet.ts';
import { NAMES } from '../world/fleet.ts';
import type { World } from '../world/world.ts';

export interface Scene {
  readonly world: World;
  readonly load: Load;
  readonly random: Random;
  /** Logs that a promotion has cut off, in the order of time: a fault that promotes adds one. */
  readonly past: Past[];
  /** For the run's own output. */
  note(text: string): void;
}

export interface Fault {
  /** The connections whose reconnects count as a change. */
  readonly ways: readonly Proxy[];
  /** Does the harm. */
  strike(): Promise<Struck>;
}

export interface Struck {
  heal(): Promise<void>;
  /** Asked just before the healing: what has stopped although it should go on during the fault. */
  meanwhile?(): Promise<readonly string[]>;
  /** Does what an operator would do when the product has not recovered by itself. @returns what it did, in words */
  rescue?(): Promise<string>;
  /** Changes that only the fault itself can see. Asked after the recovery. */
  changed?(): Promise<ReadonlyMap<Change, number>>;
}

export type Prepare = (scene: Scene, planned: PlannedFault) => Promise<Fault>;

/** The processes that a target names, of a connection its beginning. @throws {Error} when nobody leads */
export async function processesOf({ world }: Scene, target: string): Promise<readonly Name[]> {
  const [word = ''] = target.split('→');
  const leader = word === 'the leading relay' ? await world.leader() : undefined;
  const named = (each: Name): boolean => each === word || each === leader
    || (word === 'both projectors' && each.startsWith('projector'));
  const names = NAMES.filter(named);
  if (names.length === 0) throw new Error(`${word}: no such process`);
  return names;
}
