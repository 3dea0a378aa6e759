import { newestPosition, settledPosition } from '@inventory/db/events.ts';
import { expectInvariants } from '@inventory/testkit/invariants/invariants.ts';
import type { Client } from '@inventory/testkit/http/client.ts';
import { expect } from 'chai';
import { v7 } from 'uuid';
import { addProduct, startTestApi, vendor } from '../testing/api.ts';
import type { TestApi } from '../testing/api.ts';

describe('a stock row as it was', () => {
  let api: TestApi;
  let shop: Client;
  before(async () => {
    api = await startTestApi();
    shop = await api.as(vendor);
  });
  after(async () => {
    await expectInvariants(api.db);
    await api.close();
  });

  const change = (id: string, n: number) =>
    shop.post('/stock', { product_id: id, store_id: 'MAD-001', quantity_change: n, reason: 'RESTOCK' });
  const asOf = async (id: string, moment: string | number) => {
    const answer = await shop.get(`/stores/MAD-001/stock/${id}?as_of=${encodeURIComponent(moment)}`);
    return { ...answer, at: answer.body['as_of'] };
  };
  interface Logged { id: string; position: number; version: number; quantity: number; timestamp: Date }
  const eventsOf = async (id: string) => (await api.pool.query<Logged>(`
    SELECT e.id, e.position, e.stream_version AS version, (e.payload ->> 'quantity')::int AS quantity, e.timestamp
    FROM events e JOIN stock s ON s.id = e.stream_id WHERE s.product_id = $1 ORDER BY e.position`, [id])).rows;

  it('counts as a look through its events, where a row as it is counts as 1', async () => {
    const id = await addProduct(api.db);
    await change(id, 1);
    const left = async (query: string): Promise<number> => {
      const { headers } = await shop.get(`/stores/MAD-001/stock/${id}${query}`);
      return Number(/r=(\d+)/.exec(headers.get('ratelimit') ?? '')?.[1]);
    };
    const before = await left('');
    expect(before - await left('')).to.equal(1);
    expect(before - await left(`?as_of=${await newestPosition(api.db)}`)).to.equal(11);
  });

  it('at a position is the state after the last event up to it', async () => {
    const [id, other] = [await addProduct(api.db), await addProduct(api.db)];
    for (const n of [10, -3, 5]) {
      await change(id, n);
      await change(other, 1);
    }
    const events = await eventsOf(id);
    for (const { id: event_id, position, version, quantity } of events) {
      for (const at of [position, position + 1]) {
        const { status, body, headers } = await asOf(id, at);
        expect([status, body['quantity'], body['version']]).to.deep.equal([200, quantity, version]);
        expect(body['as_of']).to.deep.include({ event_id, position });
        expect(headers.get('etag')).to.equal(null);
      }
    }
    expect((await asOf(id, (events[0]?.position ?? 1) - 1)).body).to.deep.include({ status: 404, code: 'not_found' });
    expect((await asOf(id, 0)).body).to.deep.include({ code: 'not_found' });
    // Beyond the newest event: as of the settled position, and the answer says so.
    expect((await asOf(id, 999_999_999_999)).at).to.deep.include({ settled_position: await settledPosition(api.db) });
  });

  it('at a time is the state after the last event before the first later one', async () => {
    const id = await addProduct(api.db);
    await change(id, 10);
    await change(id, 5);
    const [first, second] = await eventsOf(id);
    const just = (date: Date | undefined, ms: number) => new Date((date?.getTime() ?? 0) + ms).toISOString();
    expect((await asOf(id, just(second?.timestamp, 1))).body).to.deep.include({ quantity: 15, version: 2 });
    expect((await asOf(id, just(first?.timestamp, -5))).body).to.deep.include({ code: 'not_found' });
    expect((await asOf(id, '2999-01-01T00:00:00+02:00')).body).to.deep.include({ quantity: 15 });
  });

  it('at a time does not depend on clocks in order: a clock that steps back reorders nothing', async () => {
    const [id, row] = [await addProduct(api.db), v7()];
    await api.pool.query(
      `INSERT INTO stock (id, product_id, store_id, quantity, version) VALUES ($1, $2, 'MAD-001', 4, 4)`, [row, id]);
    const clocks = ['10:00:00', '10:02:00', '10:01:00', '10:03:00'];
    for (const [n, clock] of clocks.entries()) {
      await api.pool.query(`
        INSERT INTO events (id, event_type, store_id, aggregate_id, payload, stream_id, stream_version, timestamp)
        VALUES (gen_random_uuid(), 'stock.updated', 'MAD-001', $1, $2, $3, $4, $5)`, [id, JSON.stringify({
        stock_id: row, product_id: id, store_id: 'MAD-001', quantity: n + 1, reserved: 0, available: n + 1,
        version: n + 1, delta: 1,
        reserved_delta: 0, reason: 'RESTOCK', user_id: 'x', reference: null, note: null, occurred_at: null,
      }), row, n + 1, `2026-01-01T${clock}Z`]);
    }
    const at = async (clock: string) => (await asOf(id, `2026-01-01T${clock}Z`)).body['version'];
    expect(await at('09:59:59')).to.equal(undefined);
    // 10:01:30 is after the third event's clock, but before the second's, which came first.
    expect([await at('10:00:00'), await at('10:01:30'), await at('10:02:30'), await at('10:03:00')])
      .to.deep.equal([1, 1, 3, 4]);
  });

  it('does not look beyond the settled position, so that the same question always has the same answer', async () => {
    const id = await addProduct(api.db);
    await change(id, 10);
    const before = await newestPosition(api.db);
    const writer = await api.pool.connect();
    await writer.query('BEGIN');
    // A transaction has drawn a position and has not committed yet.
    await writer.query(`INSERT INTO events (id, event_type, store_id, aggregate_id, payload, stream_id)
      VALUES (gen_random_uuid(), 'reservation.rejected', 'MAD-001', gen_random_uuid(), '{}', gen_random_uuid())`);
    await change(id, 5);
    for (const moment of ['2999-01-01T00:00:00Z', before + 50]) {
      const { body, at } = await asOf(id, moment);
      expect(body).to.deep.include({ quantity: 10, version: 1 });
      expect(at).to.deep.include({ settled_position: before });
    }
    expect((await shop.get(`/stores/MAD-001/stock/${id}`)).body).to.deep.include({ quantity: 15 });
    await writer.query('ROLLBACK');
    writer.release();
    expect((await asOf(id, '2999-01-01T00:00:00Z')).body).to.deep.include({ quantity: 15, version: 2 });
  });

  it('needs a valid moment', async () => {
    const id = await addProduct(api.db);
    await change(id, 1);
    for (const moment of ['', 'now', 'infinity', 'tomorrow', '-1', '1.5', '0x10', '1e3', '2026-02-30T00:00:00Z',
      '2026-01-01', '2026-01-01T00:00:00',
      '2026-01-01T24:00:00Z', '9999999999999999', ' 1']) {
      expect((await asOf(id, moment)).body, moment).to.deep.include({ status: 400, code: 'validation_failed' });
    }
    // A plus that is not escaped is a space.
    expect((await shop.get(`/stores/MAD-001/stock/${id}?as_of=2999-01-01T00:00:00+02:00`)).body)
      .to.deep.include({ code: 'validation_failed' });
    expect((await shop.get(`/stores/MAD-001/stock/${id}?as_of=1&as_of=2`)).body)
      .to.deep.include({ code: 'validation_failed' });
  });
});
