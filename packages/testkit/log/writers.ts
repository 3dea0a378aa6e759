/** Writers that append to the log at random, with roll-backs and late commits, for tests of its readers. */
import type pg from 'pg';
import { setTimeout as delay } from 'node:timers/promises';

/** Writers that append events to stock rows until stopped, each in transactions of its own; some roll back. */
export type Writers = {
  /** Events committed so far. */
  committed(): number;
  /** Ends them and resolves with the number of events committed. Rejects with the first failure of a writer. */
  stop(): Promise<number>;
};

/**
 * Starts `writers` of them on the rows of `stockIds`. Between two transactions each waits up to `pauseMs`. A tenth of
 * the transactions rolls back, and a tenth lingers between drawing its positions and its commit, so that positions
 * become visible out of their order.
 */
export function startWriters(
  pool: pg.Pool,
  options: { readonly stockIds: readonly string[]; readonly writers?: number; readonly pauseMs?: number },
): Writers {
  const { stockIds, writers = 4, pauseMs = 10 } = options;
  let committed = 0;
  let stopped = false;
  const write = async (): Promise<void> => {
    while (!stopped) {
      // Not `committed += await …`, which would read the old value before the wait.
      const appended = await appendOnce(pool, stockIds);
      committed += appended;
      await delay(Math.random() * pauseMs);
    }
  };
  const done = Promise.all(Array.from({ length: writers }, write));
  done.catch(() => { stopped = true; });
  return {
    committed: () => committed,
    async stop() {
      stopped = true;
      await done;
      return committed;
    },
  };
}

/** One transaction: one to three events of one row. @returns how many were committed */
async function appendOnce(pool: pg.Pool, stockIds: readonly string[]): Promise<number> {
  const events = 1 + Math.floor(Math.random() * 3);
  const stockId = stockIds[Math.floor(Math.random() * stockIds.length)];
  const fate = Math.random();
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    for (let i = 0; i < events; i += 1) await client.query(APPEND_STOCK_EVENT, [stockId]);
    if (fate > 0.9) await delay(Math.random() * 20);
    await client.query(fate < 0.1 ? 'ROLLBACK' : 'COMMIT');
    return fate < 0.1 ? 0 : events;
  } finally {
    client.release();
  }
}

/** One unit more of the stock row $1, and its event. */
const APPEND_STOCK_EVENT = `
  WITH raised AS (
    UPDATE stock SET quantity = quantity + 1, version = version + 1 WHERE id = $1
    RETURNING id, product_id, store_id, quantity, reserved, version
  )
  INSERT INTO events (id, event_type, store_id, aggregate_id, payload, stream_id, stream_version)
  SELECT gen_random_uuid(), 'stock.updated', store_id, product_id, jsonb_build_object(
      'stock_id', id, 'product_id', product_id, 'store_id', store_id, 'quantity', quantity, 'reserved', reserved,
      'available', quantity - reserved, 'version', version, 'delta', 1, 'reserved_delta', 0,
      'reason', 'RESTOCK', 'user_id', 'fixture', 'reference', null, 'note', null, 'occurred_at', null), id, version
  FROM raised`;
