/** Which stores an answer about availability lists: by id, group and place, from the view and from Postgres. */
import { TEST_EPOCH } from '@inventory/db/testing/database.ts';
import { closeRedis, createRedis } from '@inventory/runtime/redis/link.ts';
import type { Redis } from '@inventory/runtime/redis/link.ts';
import { captureLog } from '@inventory/runtime/testing/log.ts';
import type { Client } from '@inventory/testkit/http/client.ts';
import { addStockRows, appendStockEvents } from '@inventory/testkit/log/fixture.ts';
import { startRedis } from '@inventory/testkit/servers/services.ts';
import type { Service } from '@inventory/testkit/servers/service.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { encodeSeal } from '@inventory/view/codec.ts';
import { WATERMARK_KEY } from '@inventory/view/keys.ts';
import { expect } from 'chai';
import { v7 } from 'uuid';
import { addProduct, admin, customer, startTestApi } from '../testing/api.ts';
import type { TestApi } from '../testing/api.ts';

/** Of answers, what these tests look at. */
interface Told {
  readonly total_available: number;
  readonly stores: readonly { readonly store_id: string; readonly available: number; readonly distance_km?: number }[];
  readonly stores_matched?: number;
  readonly nearest?: unknown;
  readonly nearest_in_stock?: unknown;
  readonly source: string;
}

describe('choosing the stores of an answer', () => {
  let service: Service;
  let api: TestApi;
  let redis: Redis;
  let boss: Client;
  let shopper: Client;
  let product: string;

  const told = (text: string): Told => JSON.parse(text);
  const ask = async (query: string, of = product): Promise<Told> => {
    const { status, text } = await shopper.get(`/products/${of}/availability?${query}`);
    expect(status, text).to.equal(200);
    return told(text);
  };
  const idsOf = ({ stores }: Told): readonly string[] => stores.map(({ store_id: id }) => id);
  const patch = async (store: string, body: object): Promise<void> => {
    const { status, text } = await boss.request('PATCH', `/stores/${store}`, body);
    expect(status, text).to.equal(200);
  };
  /** A view that is sealed, as a projector keeps it, and stays so for the test. */
  const seal = () => redis.set(WATERMARK_KEY, encodeSeal({ epoch: TEST_EPOCH, atMs: Date.now() }), 'PX', 600_000);
  const fromCache = async (of = product): Promise<void> => {
    await seal();
    await eventually(async () => { expect((await ask('', of)).source).to.equal('cache'); });
  };

  before(async () => {
    service = await startRedis();
    api = await startTestApi({ redisUrl: service.url });
    redis = createRedis({ url: service.url, name: 'choose-test', log: captureLog().log, commandTimeoutMs: 10_000 });
    await eventually(() => redis.ping());
    [boss, shopper] = [await api.as(admin), await api.as(customer)];
    product = await addProduct(api.db);
    // Madrid has none left, Barcelona 5, Valencia 3; Sevilla never had any.
    for (const [store_id, quantity_change] of [['MAD-001', 1], ['BCN-001', 5], ['VAL-001', 3]] as const) {
      await boss.post('/stock', { product_id: product, store_id, quantity_change, reason: 'RESTOCK' });
    }
    await boss.post('/stock', { product_id: product, store_id: 'MAD-001', quantity_change: -1, reason: 'SALE' });
    await boss.post('/stores', { store_id: 'SEV-001', name: 'Sevilla', groups: ['south'], latitude: 37.3891, longitude: -5.9845 });
    await patch('MAD-001', { groups: ['centre', 'capital'], latitude: 40.4168, longitude: -3.7038, country: 'ES', time_zone: 'Europe/Madrid' });
    await patch('BCN-001', { groups: ['coast'], latitude: 41.3874, longitude: 2.1686 });
    await patch('VAL-001', { groups: ['coast'], latitude: 39.4699, longitude: -0.3763 });
    await eventually(async () => { expect((await ask('group=coast')).stores_matched).to.equal(2); });
  });
  after(async () => {
    await closeRedis(redis);
    await api.close();
    await service.stop();
  });

  for (const source of ['database', 'cache'] as const) {
    describe(`from the ${source}`, () => {
      before(async () => {
        if (source === 'cache') await fromCache();
        else await redis.flushall();
      });

      it('lists the stores that were named, in that order, and those of a group by their ids', async () => {
        expect(await ask('store_ids=VAL-001,BCN-001')).to.deep.include({ total_available: 8, stores_matched: 2, source });
        expect(idsOf(await ask('store_ids=VAL-001,SEV-001,BCN-001'))).to.deep.equal(['VAL-001', 'BCN-001']);
        expect(idsOf(await ask('group=coast'))).to.deep.equal(['BCN-001', 'VAL-001']);
        expect(await ask('group=south')).to.deep.include({ total_available: 0, stores: [], stores_matched: 0 });
        expect(idsOf(await ask('in_stock=true'))).to.deep.equal(['BCN-001', 'VAL-001']);
        expect(await ask('group=coast&limit=1')).to.deep.include({ total_available: 8, stores_matched: 2 });
      });

      it('lists the nearest first, and names the nearest apart from the nearest that has some', async () => {
        const near = await ask('near=40.4,-3.7&radius_km=600');
        expect(near.stores.map(({ store_id: id, distance_km: km = 0 }) => [id, Math.round(km)]))
          .to.deep.equal([['MAD-001', 2], ['VAL-001', 302], ['BCN-001', 505]]);
        expect(near.nearest).to.deep.include({ store_id: 'MAD-001', available: 0 });
        expect(near.nearest_in_stock).to.deep.include({ store_id: 'VAL-001', store_name: 'Valencia Norte', available: 3 });
        const inStock = await ask('near=37,-6&radius_km=600&in_stock=true&limit=1');
        expect(idsOf(inStock)).to.deep.equal(['VAL-001']);
        expect(inStock.nearest, 'a store that never had any').to.deep.include({ store_id: 'SEV-001', store_name: 'Sevilla', available: 0 });
        expect(await ask('near=0,0&radius_km=1')).to.deep.include({ stores: [], stores_matched: 0, nearest: null, nearest_in_stock: null });
      });

      it('leaves the answer without a choice as it is', async () => {
        const { text } = await shopper.get(`/products/${product}/availability`);
        expect(Object.keys(JSON.parse(text))).to.deep.equal(['product_id', 'product_name', 'total_available', 'stores', 'as_of', 'source']);
        expect(idsOf(told(text))).to.deep.equal(['BCN-001', 'MAD-001', 'VAL-001']);
      });

      it('chooses for each of several products, and knows which of them do not exist', async () => {
        const unknown = v7();
        const { status, text, body } = await shopper.get(`/availability?product_ids=${product},${unknown}&group=coast&in_stock=true`);
        expect([status, body['not_found']], text).to.deep.equal([200, [unknown]]);
        const items: Told[] = JSON.parse(text).items;
        expect(items.map((item) => [idsOf(item), item.total_available])).to.deep.equal([[['BCN-001', 'VAL-001'], 8]]);
        expect((await shopper.get(`/products/${v7()}/availability?group=coast`)).body).to.deep.include({ code: 'not_found' });
      });

      it('has a tag of its own for each choice, and knows it again', async () => {
        const paths = ['', '?group=coast', '?group=coast&limit=1'].map((query) => `/products/${product}/availability${query}`);
        const tags = await Promise.all(paths.map(async (path) => (await shopper.get(path)).headers.get('etag') ?? ''));
        expect(new Set(tags).size).to.equal(3);
        const again = await Promise.all(paths.map((path, nth) => shopper.get(path, { headers: { 'if-none-match': tags[nth] ?? '' } })));
        expect(again.map(({ status }) => status)).to.deep.equal([304, 304, 304]);
      });
    });
  }

  it('shows the reader\'s own write where its store is not among those chosen', async () => {
    await redis.flushall();
    await fromCache();
    const { headers } = await boss.post('/stock', { product_id: product, store_id: 'VAL-001', quantity_change: 1, reason: 'RESTOCK' });
    const shown = await ask(`store_ids=BCN-001&min_version=VAL-001:${headers.get('x-stock-version')}`);
    expect([shown.source, idsOf(shown)], 'the view does not show it: no projector runs').to.deep.equal(['database', ['BCN-001']]);
    await boss.post('/stock', { product_id: product, store_id: 'VAL-001', quantity_change: -1, reason: 'CORRECTION' });
    await redis.flushall();
  });

  it('refuses a group or store that does not exist, and what is no choice: never "not available"', async () => {
    for (const [query, status, code, pointer] of [
      ['group=cost', 404, 'not_found', undefined],
      ['store_ids=MAD-001,MAD-002', 400, 'validation_failed', '/store_ids'],
      ['store_ids=mad-001', 400, 'validation_failed', '/store_ids'],
      ['store_ids=', 400, 'validation_failed', '/store_ids/0'],
      ['group=coast&store_ids=MAD-001', 400, 'validation_failed', '/group'],
      ['near=40,-3', 400, 'validation_failed', '/radius_km'],
      ['radius_km=5', 400, 'validation_failed', '/near'],
      ['near=91,0&radius_km=5', 400, 'validation_failed', '/near'],
      ['near=40.4&radius_km=5', 400, 'validation_failed', '/near'],
      ['near=NaN,0&radius_km=5', 400, 'validation_failed', '/near'],
      ['near=40,-3&radius_km=0', 400, 'validation_failed', '/radius_km'],
      ['near=40,-3&radius_km=1e3', 400, 'validation_failed', '/radius_km'],
      ['group=coast&limit=0', 400, 'validation_failed', '/limit'],
      ['group=coast&in_stock=yes', 400, 'validation_failed', '/in_stock'],
      [`store_ids=${Array.from({ length: 101 }, (_, nth) => `MAD-${nth + 100}`).join()}`, 400, 'validation_failed', '/store_ids'],
    ] as const) {
      for (const path of [`/products/${product}/availability?`, `/availability?product_ids=${product}&`]) {
        const { status: got, body, text } = await shopper.get(`${path}${query}`);
        expect([got, body['code']], `${query}: ${text}`).to.deep.equal([status, code]);
        if (pointer !== undefined) expect(text, query).to.contain(`"pointer":"${pointer}"`);
      }
    }
    // One that was made a moment ago exists.
    await boss.post('/stores', { store_id: 'NEW-001', name: 'New', groups: ['fresh'] });
    expect((await ask('group=fresh')).stores_matched).to.equal(0);
    await boss.post('/stores', { store_id: 'NEW-002', name: 'New' });
    expect((await ask('store_ids=NEW-002')).stores_matched).to.equal(0);
  });

  it('leaves a store out of every answer within 2 s after it was closed, and lists it again once it is open', async () => {
    // As another instance changes it, of which this one hears by the number of changes.
    const closes = async (status: 'OPEN' | 'CLOSED', shown: boolean): Promise<void> => {
      await api.pool.query('UPDATE stores SET status = $1 WHERE id = $2', [status, 'BCN-001']);
      const from = performance.now();
      await eventually(async () => {
        for (const query of ['', 'group=coast', 'near=41,2&radius_km=100', 'store_ids=BCN-001']) {
          expect(idsOf(await ask(query)).includes('BCN-001'), query).to.equal(shown);
        }
        expect((await shopper.get('/stores?group=coast')).text.includes('BCN-001')).to.equal(shown);
      });
      console.info(`      ${status} is seen after ${(performance.now() - from).toFixed(0)} ms`);
    };
    await closes('CLOSED', false);
    expect((await ask('')).total_available).to.equal(3);
    expect((await boss.get('/stores/BCN-001')).body).to.deep.include({ status: 'CLOSED' });
    await closes('OPEN', true);
  });

  it('lists stores of a group, and near a place, page by page', async () => {
    const pages: { store_id: string; distance_km?: number }[] = [];
    for (let next = '/stores?near=40.4,-3.7&radius_km=1000&limit=2'; next !== '';) {
      const { text, headers } = await shopper.get(next);
      pages.push(...JSON.parse(text).items);
      [, next = ''] = /^<\/api\/v1([^>]+)>; rel="next"$/.exec(headers.get('link') ?? '') ?? [];
    }
    expect(pages.map(({ store_id: id }) => id)).to.deep.equal(['MAD-001', 'VAL-001', 'SEV-001', 'BCN-001']);
    expect(pages[1]?.distance_km).to.be.closeTo(300, 5);
    expect((await shopper.get('/stores?group=coast')).text).to.contain('BCN-001').and.not.contain('MAD-001');
    expect((await shopper.get('/stores?group=cost')).status).to.equal(404);
  });

  it('costs Redis a fraction of the full list, and the client 2 KB, for ten stores of a thousand', async function () {
    this.timeout(60_000);
    const stores = Array.from({ length: 1_000 }, (_, nth) => `WIDE-${String(nth).padStart(4, '0')}`);
    const stockIds = await addStockRows(api.pool, { rows: stores.length, stores });
    const { rows: [row] } = await api.pool.query<{ id: string }>(`
      UPDATE stock SET product_id = (SELECT product_id FROM stock WHERE id = ($1::uuid[])[1]) WHERE id = ANY ($1) RETURNING product_id AS id`, [stockIds]);
    const wide = row?.id ?? expect.fail();
    await appendStockEvents(api.pool, { stockIds, units: 1_000 });
    await api.pool.query('UPDATE stores SET groups = \'{ten}\' WHERE id = ANY ($1)', [stores.filter((_, nth) => nth % 100 === 7)]);
    await fromCache(wide);
    await eventually(async () => { expect((await ask('group=ten', wide)).stores).to.have.length(10); });
    const { text } = await shopper.get(`/products/${wide}/availability?group=ten`);
    expect(Buffer.byteLength(text)).to.be.at.most(2_048);

    /** What Redis sends for a read, in bytes. Its time is for the bench (G3): on a busy machine short commands lose more of it. */
    const sends = async (query: string): Promise<number> => {
      const sent = async (): Promise<{ readonly bytes: number; readonly text: string }> => {
        const text = await redis.info('stats');
        return { bytes: Number(/^total_net_output_bytes:(\d+)/m.exec(text)?.[1]), text };
      };
      const before = await sent();
      for (let n = 0; n < 10; n += 1) expect((await ask(query, wide)).source).to.equal('cache');
      return ((await sent()).bytes - before.bytes - Buffer.byteLength(before.text)) / 10;
    };
    const [full, ten] = [await sends(''), await sends('group=ten')];
    console.info(`      Redis sends ${full.toFixed(0)} bytes for all stores, ${ten.toFixed(0)} for ten`);
    expect(ten).to.be.within(10, full / 20);
  });
});
