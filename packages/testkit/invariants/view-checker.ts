/**
 * Holds every answer about availability against the log: whatever had been acknowledged before its `as_of` must be in
 * it, and each number must be that of the version which it names. Later changes may be in it, too.
 */
import type pg from 'pg';

interface ShownStore {
  readonly store_id: string;
  readonly available: number;
  readonly reserved: number;
  readonly version: number;
}

interface Shown {
  readonly product_id: string;
  /** Milliseconds since 1970, by the clock of the machine that Postgres and the test share. */
  readonly asOfMs: number;
  readonly source: string;
  readonly stores: readonly ShownStore[];
}

export interface Verdict {
  readonly answers: number;
  readonly bySource: Readonly<Record<string, number>>;
  readonly wrong: readonly string[];
}

export interface ViewChecker {
  /** A write that was answered just now. */
  acknowledged(write: { readonly product_id: string; readonly store_id: string; readonly version: number }): void;
  shown(answer: Shown): void;
  /** Judges all answers so far by the log. */
  judge(pool: pg.Pool): Promise<Verdict>;
}

export function createViewChecker(): ViewChecker {
  const acknowledged = new Map<string, { readonly atMs: number; readonly version: number }[]>();
  const answers: Shown[] = [];
  const nameOf = (productId: string, storeId: string): string => `${productId} ${storeId}`;

  const judge = (answer: Shown, log: ReadonlyMap<string, string>): readonly string[] => {
    const wrong: string[] = [];
    const shown = new Map(answer.stores.map((store) => [nameOf(answer.product_id, store.store_id), store]));
    for (const [name, { version, available, reserved }] of shown) {
      const logged = log.get(`${name} ${version}`);
      if (logged !== `${available} ${reserved}`) {
        wrong.push(`${name}: version ${version} is shown with ${available} ${reserved}, logged with ${String(logged)}`);
      }
    }
    for (const [name, writes] of acknowledged) {
      if (!name.startsWith(`${answer.product_id} `)) continue;
      const needed = writes.findLast(({ atMs }) => atMs < answer.asOfMs);
      const version = shown.get(name)?.version ?? 0;
      if (needed !== undefined && version < needed.version) {
        wrong.push(`${name}: ${answer.source} as of ${answer.asOfMs} shows version ${version}, but ${needed.version} was `
          + `acknowledged at ${needed.atMs}`);
      }
    }
    return wrong;
  };

  return {
    acknowledged({ product_id, store_id, version }) {
      const name = nameOf(product_id, store_id);
      const writes = acknowledged.get(name) ?? [];
      // Answers may overtake each other; what counts is the highest version known by then.
      writes.push({ atMs: Date.now(), version: Math.max(version, writes.at(-1)?.version ?? 0) });
      acknowledged.set(name, writes);
    },
    shown: (answer) => { answers.push(answer); },
    async judge(pool) {
      const { rows } = await pool.query<{ name: string; numbers: string }>(`
        SELECT concat_ws(' ', payload->>'product_id', payload->>'store_id', stream_version) AS name,
          concat_ws(' ', payload->>'available', payload->>'reserved') AS numbers
        FROM events WHERE stream_version IS NOT NULL AND payload ? 'stock_id'`);
      const log = new Map(rows.map(({ name, numbers }) => [name, numbers]));
      const bySource: Record<string, number> = {};
      for (const { source } of answers) bySource[source] = (bySource[source] ?? 0) + 1;
      return { answers: answers.length, bySource, wrong: answers.flatMap((answer) => judge(answer, log)) };
    },
  };
}
