/**
 * The directory of stores in this process: as Postgres had it at most a second and a read ago. While Postgres is away it stays as
 * it was. Nothing that asks for it waits for Postgres, but one that names a store or a group that is not in it: that may have
 * been made a moment ago.
 */
import type { Database } from '@inventory/db/pool.ts';
import { InventoryError } from '@inventory/domain/errors.ts';
import type { Logger } from '@inventory/runtime/log.ts';
import { startLoop } from '@inventory/runtime/loop.ts';
import { directoryOf } from './directory.ts';
import type { Directory } from './directory.ts';

/** What is promised is two seconds: one look may be slow. */
const EVERY_MS = 1000;

export interface StoreDirectory {
  /** The directory as it is known now; undefined until it was read for the first time. */
  readonly known: () => Directory | undefined;
  /**
   * What `find` finds in it. Where that is nothing, Postgres is asked whether stores have changed, and `find` looks again.
   * @throws {InventoryError} dependency_unavailable until the directory was read once
   */
  readonly find: <T>(find: (directory: Directory) => T | undefined) => Promise<T | undefined>;
  /** Resolves once the directory is as new as this call: for whoever has changed a store here. Never rejects. */
  readonly refresh: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Reads the stores now and every second. Resolves after the first attempt, whether or not it succeeded. */
export async function watchStores({ db, log }: { readonly db: Database; readonly log: Logger }): Promise<StoreDirectory> {
  let seen: { readonly changes: number; readonly directory: Directory } | undefined;
  const read = async (): Promise<void> => {
    // The number first: a list that is read after it is as new as the number, or newer, and then it is read once more.
    const { changes } = await db.selectFrom('stores_changes').select('changes').executeTakeFirstOrThrow();
    if (changes === seen?.changes) return;
    seen = { changes, directory: directoryOf(await db.selectFrom('stores').selectAll().execute()) };
  };
  /** The read in hand, and the one that begins when it ends: all that ask meanwhile share that one. */
  let [now, next]: [Promise<void>, Promise<void> | undefined] = [Promise.resolve(), undefined];
  const look = (): Promise<void> => next ??= now.catch(() => undefined).then(() => {
    next = undefined;
    now = read();
    return now;
  });
  const refresh = (): Promise<void> => look().catch(() => undefined);
  await look().catch((error: unknown) => { log.warn('the stores are not known yet', { error }); });
  const loop = startLoop({
    name: 'directory of stores', step: () => look().then(() => 'idle'), idleMs: EVERY_MS,
    backoff: { minMs: 250, maxMs: EVERY_MS }, log,
  });
  return {
    known: () => seen?.directory,
    find: async (find) => {
      const found = seen === undefined ? undefined : find(seen.directory);
      if (found !== undefined) return found;
      // Without Postgres the directory that is known decides.
      await refresh();
      if (seen === undefined) {
        throw new InventoryError('dependency_unavailable', 'The stores are not known yet.', { retry_after_seconds: 1 });
      }
      return find(seen.directory);
    },
    refresh,
    stop: () => loop.stop(),
  };
}
