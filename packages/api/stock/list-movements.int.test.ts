import { addStockRows, appendStockEvents } from '@inventory/testkit/log/fixture.ts';
import type { Client } from '@inventory/testkit/http/client.ts';
import { expect } from 'chai';
import { addProduct, admin, customer, startTestApi, vendor, vendorOfBarcelona } from '../testing/api.ts';
import type { TestApi } from '../testing/api.ts';

interface Moved { readonly type: string; readonly reason: string | null; readonly delta: number; readonly position: number; readonly product_id: string; readonly time: string; readonly customer_id: string | null }

describe('the movements of a store', () => {
  let api: TestApi;
  let boss: Client;
  let seller: Client;
  let product: string;
  before(async () => {
    api = await startTestApi();
    [boss, seller] = [await api.as(admin), await api.as(vendor)];
    product = await addProduct(api.db);
    const other = await addProduct(api.db, 'Mouse');
    const change = (body: object) => boss.post('/stock', { product_id: product, store_id: 'MAD-001', reason: 'RESTOCK', quantity_change: 1, ...body });
    await change({ quantity_change: 10 });
    await change({ store_id: 'BCN-001' });
    await change({ product_id: other, quantity_change: 5 });
    await change({ quantity_change: -2, reason: 'SALE' });
    // A hold moves nothing, its sale does, its end without one does not.
    const hold = async (): Promise<string> => String((await boss.post('/reservations', {
      product_id: product, store_id: 'MAD-001', quantity: 1, customer_id: customer.userId,
    })).body['reservation_id']);
    await boss.post(`/reservations/${await hold()}/confirm`);
    await boss.post(`/reservations/${await hold()}/cancel`);
    await change({ quantity_change: -1, reason: 'DAMAGE' });
  });
  after(() => api.close());

  /** All pages of a list: a page may be short, the last one has no cursor. */
  const all = async (query = '', client = seller): Promise<readonly Moved[]> => {
    const found: Moved[] = [];
    for (let next = `/stores/MAD-001/movements?limit=2${query}`; next !== '';) {
      const { status, text, headers } = await client.get(next);
      expect(status, text).to.equal(200);
      found.push(...JSON.parse(text).items);
      [, next = ''] = /^<\/api\/v1([^>]+)>; rel="next"$/.exec(headers.get('link') ?? '') ?? [];
    }
    return found;
  };
  const shown = (moved: readonly Moved[]) => moved.map(({ reason, delta }) => [reason, delta]);

  it('are every change of a quantity, of all products, the newest first', async () => {
    const moved = await all();
    expect(shown(moved)).to.deep.equal([['DAMAGE', -1], [null, -1], ['SALE', -2], ['RESTOCK', 5], ['RESTOCK', 10]]);
    expect(new Set(moved.map(({ product_id: id }) => id)).size).to.equal(2);
    expect(moved[1]).to.include({ type: 'reservation.confirmed', customer_id: customer.userId });
  });

  it('are listed by reason, sales of holds among the sales, and by time', async () => {
    expect(shown(await all('&reason=SALE'))).to.deep.equal([[null, -1], ['SALE', -2]]);
    expect(shown(await all('&reason=LOSS'))).to.deep.equal([]);
    const [, , sale] = await all();
    // From a millisecond on: events have microseconds.
    const at = new Date(Date.parse(sale?.time ?? '') + 1).toISOString();
    const [before, after] = [await all(`&to=${at}`), await all(`&from=${at}`)];
    expect([...after, ...before].map(({ position }) => position)).to.deep.equal((await all()).map(({ position }) => position));
    expect(await all('&from=2999-01-01T00:00:00Z')).to.deep.equal([]);
    expect(await all('&to=2020-01-01T00:00:00Z')).to.deep.equal([]);
  });

  it('are for the vendors of the store; a cursor is good for one list', async () => {
    expect((await (await api.as(vendorOfBarcelona)).get('/stores/MAD-001/movements')).body).to.deep.include({ code: 'store_not_in_scope' });
    expect((await boss.get('/stores/NIX-001/movements')).body).to.deep.include({ code: 'not_found' });
    const { body } = await seller.get('/stores/MAD-001/movements?limit=1');
    for (const query of [`reason=SALE&cursor=${String(body['next_cursor'])}`, 'reason=sale', 'from=yesterday']) {
      expect((await seller.get(`/stores/MAD-001/movements?${query}`)).body, query).to.deep.include({ code: 'validation_failed' });
    }
  });

  it('end, however long the log of other stores is behind them: pages may be empty meanwhile', async function () {
    this.timeout(60_000);
    const stockIds = await addStockRows(api.pool, { rows: 50, stores: ['VAL-001'] });
    await appendStockEvents(api.pool, { stockIds, each: 500 });
    const { body } = await seller.get('/stores/MAD-001/movements?limit=2');
    expect(body['items']).to.have.length(2);
    expect(await all()).to.have.length(5);
    expect(await all('', boss)).to.have.length(5);
  });
});
