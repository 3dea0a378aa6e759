/** A fault as the run carries it out: prepared, struck, healed; and rescued where the product did not come back by itself. */
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
  /** The connections on which it shows when they are made anew. */
  readonly ways: readonly Proxy[];
  /** Does the harm. */
  strike(): Promise<Struck>;
}

export interface Struck {
  heal(): Promise<void>;
  /** Asked just before the healing: what has not gone on although it should have. */
  meanwhile?(): Promise<readonly string[]>;
  /** What a person would do when nothing has come back by itself. @returns it in words */
  rescue?(): Promise<string>;
  /** What it has changed beside all that is looked at anyhow. Asked when all is over. */
  changed?(): Promise<ReadonlyMap<Change, number>>;
}

export type Prepare = (scene: Scene, planned: PlannedFault) => Promise<Fault>;

/** The processes that a target names, of a connection its beginning. @throws {Error} when nobody leads */
export async function processesOf({ world }: Scene, target: string): Promise<readonly Name[]> {
  const [word = ''] = target.split('→');
  const leader = word === 'the leading relay' ? await world.leader() : undefined;
  const names = leader === undefined ? NAMES.filter((each) => each === word || (word === 'both projectors' && each.startsWith('projector'))) : [leader];
  if (names.length === 0) throw new Error(`${word}: no such process`);
  return names;
}
