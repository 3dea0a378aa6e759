/** Faults of a failover of Postgres: a standby that is behind is promoted, or the address moves before the promotion. */
import { setTimeout as delay } from 'node:timers/promises';
import { takeCopy } from '../checks/copy.ts';
import { readLog } from '../checks/log.ts';
import type { Log } from '../checks/log.ts';
import { NAMES } from '../world/fleet.ts';
import type { Name } from '../world/fleet.ts';
import type { Fault, Prepare, Scene, Struck } from './fault.ts';

/** How far the standby is behind when it takes over. */
const BEHIND_MS = 2_500;
/** Time for transactions whose COMMIT was under way when the address was closed. */
const LAST_COMMITS_MS = 500;

const waysOf = ({ world }: Scene): Fault['ways'] => NAMES.flatMap((name) => world.link(name, 'postgres'));

export const promote: Prepare = (scene) => Promise.resolve({ ways: waysOf(scene), strike: () => strikePromotion(scene, []) });

export const promoteUnpublished: Prepare = (scene) =>
  Promise.resolve({ ways: waysOf(scene), strike: () => strikePromotion(scene, ['relay-1', 'relay-2']) });

/** `frozen` processes are stopped while the standby falls behind, and resumed after the promotion. */
async function strikePromotion(scene: Scene, frozen: readonly Name[]): Promise<Struck> {
  const { postgres, fleet } = scene.world;
  await Promise.all(frozen.map((name) => fleet.freeze(name)));
  postgres.replication.blackhole();
  await delay(BEHIND_MS);
  postgres.closeAddress();
  const untilMs = Date.now();
  await delay(LAST_COMMITS_MS);
  const log = readLog(await postgres.sql.snapshot(takeCopy));
  await postgres.promote();
  for (const name of frozen) fleet.resume(name);
  scene.past.push({ untilMs, log });
  const lost = await countLost(scene, log);
  scene.note(`the standby never had ${lost} events`);
  return {
    // The hook of a failover tool does this, or an operator.
    heal: async () => {
      scene.note(await accept(scene));
      await postgres.renewStandby();
    },
    rescue: async () => {
      const { code } = await scene.world.fleet.command('projector-1', ['rebuild']);
      await restartAll(scene);
      return `projector rebuild (exit code ${String(code)}), and every process started anew`;
    },
    changed: () => Promise.resolve(lost === 0 ? new Map() : new Map([['lost writes', lost] as const])),
  };
}

async function countLost({ world: { postgres } }: Scene, { events }: Log): Promise<number> {
  const ids = events.map(({ id }) => id);
  const [row] = await postgres.sql.query<{ n: number }>(
    'SELECT count(*)::int AS n FROM unnest($1::uuid[]) AS old (id) WHERE NOT EXISTS (SELECT FROM events WHERE events.id = old.id)', [ids]);
  return row?.n ?? 0;
}

/** Accepts the new server: with `--promoted` where the product has that option and agrees, else with `--restored`. */
async function accept({ world: { fleet, folder } }: Scene): Promise<string> {
  const promoted = await fleet.command('relay-1', ['reconcile', '--promoted', '--yes']);
  if (promoted.code === 0) return 'operator: relay reconcile --promoted --yes';
  const restored = await fleet.command('relay-1', ['reconcile', '--restored', '--no-erasures', '--save', `${folder}/unknown-${Date.now()}.jsonl`]);
  return `operator: relay reconcile --restored (exit code ${String(restored.code)}), as --promoted ended with ${String(promoted.code)}`;
}

async function restartAll({ world: { fleet } }: Scene): Promise<void> {
  await Promise.all(NAMES.map(async (name) => {
    await fleet.kill(name);
    await fleet.revive(name);
  }));
}

export const hotStandby: Prepare = (scene) => {
  const { postgres, fleet } = scene.world;
  return Promise.resolve({
    ways: waysOf(scene),
    strike: async (): Promise<Struck> => {
      postgres.replication.blackhole();
      await delay(BEHIND_MS);
      postgres.switchTo('standby');
      return {
        heal: () => {
          postgres.switchTo('primary');
          postgres.replication.heal();
          return Promise.resolve();
        },
        rescue: async () => {
          const { code } = await fleet.command('projector-1', ['verify', '--repair']);
          await restartAll(scene);
          return `projector verify --repair (exit code ${String(code)}), and every process started anew`;
        },
      };
    },
  });
};
