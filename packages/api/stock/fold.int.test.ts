import type { Client } from '@inventory/testkit/http/client.ts';
import { addStockRows, appendStockEvents } from '@inventory/testkit/log/fixture.ts';
import { rewriteInUnits, TODAY_VERSION, UNITS_VERSION, unitsHistory } from '@inventory/domain/testing/past-versions.ts';
import { expect } from 'chai';
import { startTestApi, vendor } from '../testing/api.ts';
import type { TestApi } from '../testing/api.ts';
import { explanation } from './schema.ts';

describe('an explanation of a long stream', () => {
  let api: TestApi;
  let shop: Client;
  before(async () => {
    api = await startTestApi();
    shop = await api.as(vendor);
  });
  after(() => api.close());

  /** A row with so many events of one unit each. */
  async function longRow(events: number, of = api) {
    const [stockId = ''] = await addStockRows(of.pool, { rows: 1, stores: ['MAD-001'] });
    await appendStockEvents(of.pool, { stockIds: [stockId], each: events });
    const { rows: [row] } = await of.pool.query<{ product_id: string }>('SELECT product_id FROM stock WHERE id = $1', [stockId]);
    return { stockId, productId: row?.product_id ?? '' };
  }
  const explain = async (productId: string, client = shop) =>
    explanation.parse((await client.get(`/stores/MAD-001/stock/${productId}/explain`)).body);
  /** Changes the log, which no process can. */
  const tamper = (statement: string, of = api) =>
    of.pool.query(`BEGIN; SET LOCAL session_replication_role = replica; ${statement}; COMMIT`);

  it('of 10 000 events costs the event loop no more than one of 200', async function () {
    this.timeout(60_000);
    const [long, short] = [await longRow(10_050), await longRow(200)];
    const told = await explain(long.productId);
    expect(told).to.deep.include({ quantity: 10_050, agrees: true });
    expect([told.opening.version, told.totals.map(({ events }) => events), told.chain.length]).to.deep.equal([50, [10_000], 100]);
    /** The least of some, in ms of this thread, on which the api and this test run. */
    const costOf = async ({ productId }: typeof long) => {
      const spentMs: number[] = [];
      for (let n = 0; n < 10; n += 1) {
        const before = process.threadCpuUsage();
        await shop.get(`/stores/MAD-001/stock/${productId}/explain`);
        const { user, system } = process.threadCpuUsage(before);
        spentMs.push((user + system) / 1000);
      }
      return Math.min(...spentMs);
    };
    await costOf(short);
    const [ofLong, ofShort] = [await costOf(long), await costOf(short)];
    process.stdout.write(`      ${ofLong.toFixed(0)} ms for 10 000 events, ${ofShort.toFixed(0)} ms for 200\n`);
    // [5.3 times as much when the api read each event, 2 cores]
    expect(ofLong / ofShort).to.be.below(3);
  });

  it('says where it breaks, whether Postgres or the api adds up there, and what went before', async () => {
    for (const at of [1, 2, 60, 250, 251, 400, 449, 450]) {
      for (const [damage, expected] of [
        ['payload = jsonb_set(payload, \'{version}\', \'7777\')', /7777 does not follow/],
        ['payload = jsonb_set(payload, \'{stock_id}\', \'"00000000-0000-7000-8000-00000000dead"\')', /dead@\d+ does not follow/],
        ['payload = jsonb_set(payload, \'{delta}\', \'"1"\')', /delta/],
        ['payload = jsonb_set(payload, \'{delta}\', \'0.5\')', /delta/],
        ['payload = payload - \'reserved_delta\'', /reserved_delta/],
      ] as const) {
        const { stockId, productId } = await longRow(450);
        await tamper(`UPDATE events SET ${damage} WHERE stream_id = '${stockId}' AND stream_version = ${at}`);
        const told = await explain(productId);
        expect(told.agrees, damage).to.equal(false);
        expect(told.disagreement, damage).to.match(expected).and.contain(`behind version ${at - 1}:`);
        expect(told.folded, damage).to.deep.include({ quantity: at - 1, version: at - 1 });
        expect(told.totals.reduce((sum, { events }) => sum + events, 0), damage).to.equal(at - 1);
        expect(told.chain.at(-1)?.version, damage).to.equal(at === 1 ? undefined : at - 1);
        expect(told.chain.length, damage).to.equal(Math.min(100, at - 1));
      }
    }
  }).timeout(60_000);

  it('says where an event is missing', async () => {
    for (const at of [1, 200, 400]) {
      const { stockId, productId } = await longRow(450);
      await tamper(`DELETE FROM events WHERE stream_id = '${stockId}' AND stream_version = ${at}`);
      const told = await explain(productId);
      expect(told.disagreement).to.match(/does not follow/).and.contain(`behind version ${at - 1}:`);
    }
    const { stockId, productId } = await longRow(450);
    await tamper(`DELETE FROM events WHERE stream_id = '${stockId}' AND stream_version = 450`);
    expect((await explain(productId)).disagreement).to.equal('quantity is 450, the events say 449; version is 450, the events say 449');
  });

  it('adds up events of an older schema, too, at most 500 of them', async () => {
    const old = await startTestApi({ history: unitsHistory });
    try {
      const client = await old.as(vendor);
      for (const [upTo, opening] of [[300, 0], [600, 100], [900, 400]] as const) {
        const { stockId, productId } = await longRow(900, old);
        await tamper(`${rewriteInUnits(UNITS_VERSION, `stream_id = '${stockId}' AND stream_version <= ${upTo}`)};
          UPDATE events SET schema_version = ${TODAY_VERSION} WHERE stream_id = '${stockId}' AND stream_version > ${upTo}`, old);
        const told = await explain(productId, client);
        expect(told, String(upTo)).to.deep.include({ quantity: 900, agrees: true });
        expect(told.opening.version).to.equal(opening);
        expect(told.totals.map(({ type, events }) => [type, events])).to.deep.equal([['stock.updated', 900 - opening]]);
        expect(told.chain.map(({ version }) => version)).to.deep.equal(Array.from({ length: 100 }, (_, nth) => 801 + nth));
      }
    } finally {
      await old.close();
    }
  }).timeout(60_000);
});
