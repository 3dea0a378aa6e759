/** The log, the stream and the view hold the same, once nothing writes any more. */
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { connect } from 'nats';
import { TEST_EPOCH } from '@inventory/db/testing/database.ts';
import { productKey } from '@inventory/view/keys.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import type { System } from './system.ts';

/** I11 when all is quiet: every product's hash in Redis, full, with the fields that its rows are. */
export async function expectEveryKey({ sql }: System, redis: { hgetall(key: string): Promise<Record<string, string>> }): Promise<void> {
  const { rows } = await sql.query<{ id: string; store_id: string; value: string }>(`
    SELECT product_id AS id, store_id, version || ':' || quantity || ':' || reserved || ':0:0' AS value FROM stock`);
  for (const [id, stores] of Map.groupBy(rows, (row) => row.id)) {
    const { '#product': _name, '#full': full, '#fill': _lease, ...fields } = await redis.hgetall(productKey(TEST_EPOCH, id));
    expect(full, id).to.equal('1');
    expect(fields, id).to.deep.equal(Object.fromEntries(stores.map(({ store_id, value }) => [store_id, value])));
  }
}

/** Waits up to 30 s until everything is published, once, and the view equals the rows; nothing may write meanwhile. */
export async function expectEqualCopies(system: System): Promise<void> {
  const redis = new Redis(system.redis.url);
  const nats = await connect({ servers: system.nats.url });
  try {
    await eventually(async () => {
      const { rows: [row] } = await system.sql.query<{ events: number; left: number }>(
        'SELECT count(*)::int AS events, (SELECT count(*) FROM events_unpublished)::int AS left FROM events');
      const { state } = await (await nats.jetstreamManager()).streams.info('INVENTORY');
      expect([row?.left, state.messages]).to.deep.equal([0, row?.events]);
      await expectEveryKey(system, redis);
    }, { timeoutMs: 30_000, what: 'stream and view to hold what the log does' });
  } finally {
    redis.disconnect();
    await nats.close();
  }
}
