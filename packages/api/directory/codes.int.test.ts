import type { Answer, Client } from '@inventory/testkit/http/client.ts';
import { expectInvariants } from '@inventory/testkit/invariants/invariants.ts';
import { plansOf } from '@inventory/testkit/servers/plans.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { expect } from 'chai';
import { v7 } from 'uuid';
import { eventsOf, stockOf } from '../testing/committing.ts';
import { admin, customer, startTestApi, vendor, vendorOfBarcelona } from '../testing/api.ts';
import type { TestApi } from '../testing/api.ts';
import { createCodes } from './codes.ts';

const PIECE = '4006381333931';
const BOX = '14006381333938';
const MISREAD = '4006381333932';

describe('a write that names a product by its SKU or a barcode', () => {
  let api: TestApi;
  let boss: Client;
  let shop: Client;
  let productId: string;
  let sku: string;
  before(async () => {
    api = await startTestApi();
    [boss, shop] = [await api.as(admin), await api.as(vendor)];
    sku = `SKU-${v7()}`;
    const { body } = await boss.post('/products', {
      sku, name: 'Crisps', price: '1.20', identifiers: [{ value: PIECE, kind: 'GTIN' }, { value: BOX, kind: 'GTIN', units: 12 }],
    });
    productId = String(body['product_id']);
  });
  after(() => expectInvariants(api.db).finally(() => api.close()));

  const change = (more: object, options = {}) =>
    shop.post('/stock', { store_id: 'MAD-001', quantity_change: 1, reason: 'RESTOCK', ...more }, options);
  const madrid = async () => (await stockOf(api.pool, { productId, storeId: 'MAD-001' }))?.quantity ?? 0;
  const logged = async () => (await api.pool.query<{ n: number }>('SELECT count(*)::int AS n FROM events')).rows[0]?.n;
  function expectFault({ status, body, text }: Answer, pointer: string): void {
    expect([status, body['code']], text).to.deep.equal([400, 'validation_failed']);
    expect(text).to.contain(`"pointer":"${pointer}"`);
  }

  it('counts a box of twelve that is scanned twice as 24, and says which product it was', async () => {
    const before = await madrid();
    for (const scan of [1, 2]) {
      const { status, body } = await change({ barcode: BOX });
      expect([status, body['quantity']]).to.deep.equal([200, before + 12 * scan]);
      expect(body).to.deep.include({ product_id: productId, sku, product_name: 'Crisps' });
    }
    expect((await change({ barcode: PIECE, quantity_change: 3 })).body).to.deep.include({ quantity: before + 27 });
    expect((await change({ sku, quantity_change: -2, reason: 'SALE' })).body).to.deep.include({ quantity: before + 25 });
    expect((await change({ barcode: BOX, quantity_change: -1, reason: 'SALE' })).body).to.deep.include({ quantity: before + 13 });
    const { rows } = await api.pool.query(
      `SELECT payload ->> 'delta' AS delta FROM events WHERE event_type = 'stock.updated' AND aggregate_id = $1 ORDER BY position DESC LIMIT 5`, [productId]);
    expect(rows.map(({ delta }) => Number(delta))).to.deep.equal([-12, -2, 3, 12, 12]);
  });

  it('does the same in a batch, in a hold and in a cart, line by line', async () => {
    const before = await madrid();
    const item = { store_id: 'MAD-001', reason: 'RESTOCK' };
    const batch = await shop.post('/stock/batch', { mode: 'partial', items: [
      { ...item, barcode: BOX, quantity_change: 10 }, { ...item, product_id: productId, quantity_change: 1 }, { ...item, sku, quantity_change: 1 },
      { ...item, barcode: '99', quantity_change: 1 }, { ...item, sku: 'nobody', quantity_change: 1 },
    ] });
    expect(batch.status, batch.text).to.equal(207);
    expect(batch.body).to.deep.include({ succeeded: 3, failed: 2 });
    expect(await madrid()).to.equal(before + 122);
    expect(batch.body['items']).to.have.nested.property('[3].barcode', '99');
    expect(batch.text).to.contain('No product has the barcode 99.').and.contain('No product has the SKU nobody.');

    const shopper = await api.as(customer);
    const own = { store_id: 'MAD-001', customer_id: customer.userId };
    const held = await shopper.post('/reservations', { ...own, barcode: BOX, quantity: 2 });
    expect(held.status, held.text).to.equal(201);
    expect(held.body).to.deep.include({ product_id: productId, quantity: 24, sku, product_name: 'Crisps' });
    const cart = await shopper.post('/reservations/batch', { customer_id: customer.userId, lines: [
      { store_id: 'MAD-001', barcode: PIECE, quantity: 2 }, { store_id: 'MAD-001', barcode: BOX, quantity: 1 }, { store_id: 'MAD-001', sku, quantity: 3 },
    ] });
    const quantities = JSON.parse(cart.text).reservations.map(({ quantity }: { quantity: number }) => quantity);
    expect([cart.status, quantities]).to.deep.equal([201, [2, 12, 3]]);
    for (const path of ['cancel', 'confirm']) {
      const { body } = await boss.post('/reservations', { ...own, sku, quantity: 1 });
      expect((await boss.post(`/reservations/${String(body['reservation_id'])}/${path}`)).body, path).to.deep.include({ sku, product_name: 'Crisps' });
      expect((await boss.get(`/reservations/${String(body['reservation_id'])}`)).body).to.deep.include({ sku, product_name: 'Crisps' });
    }
    expect((await boss.get(`/reservations?batch_id=${String(cart.body['batch_id'])}`)).text.split(`"sku":"${sku}"`)).to.have.length(4);
  });

  it('is refused where a digit was misread, where no product has the code, and where it names none or two', async () => {
    const before = await logged();
    expectFault(await change({ barcode: MISREAD }), '/barcode');
    expectFault(await boss.post('/reservations', { barcode: MISREAD, store_id: 'MAD-001', quantity: 1, customer_id: 'c' }), '/barcode');
    const line = { store_id: 'MAD-001', quantity: 1 };
    expectFault(await boss.post('/reservations/batch', { lines: [{ ...line, sku }, { ...line, barcode: MISREAD }], customer_id: 'c' }), '/lines/1/barcode');
    expectFault(await shop.post('/stock/batch', { mode: 'partial', items: [{ store_id: 'MAD-001', reason: 'SALE', quantity_change: 1, barcode: MISREAD }] }), '/items/0/barcode');
    for (const code of [{ barcode: '4006381000000' }, { barcode: 'nobody' }, { sku: 'nobody' }]) {
      const answer = await change(code);
      expect([answer.status, answer.body['code']], answer.text).to.deep.equal([404, 'not_found']);
      expect(answer.body['detail']).to.match(/^No product has the (barcode|SKU) /);
    }
    expectFault(await change({}), '/product_id');
    expectFault(await change({ sku, barcode: PIECE }), '/barcode');
    expectFault(await change({ product_id: productId, sku }), '/sku');
    expectFault(await change({ barcode: '' }), '/barcode');
    expectFault(await change({ barcode: BOX, quantity_change: 100_000 }), '/quantity_change');
    expect(await logged()).to.equal(before);
  });

  it('names its product in the log; one with a code that no product has names none', async () => {
    const [found, unknown] = [v7(), v7()];
    await change({ sku }, { headers: { 'x-request-id': found } });
    expect((await change({ sku: 'nobody' }, { headers: { 'x-request-id': unknown } })).status).to.equal(404);
    await eventually(() => {
      const lines = [found, unknown].map((id) => api.logLines().find((line) => line['request_id'] === id && line['operation'] === 'stock_update'));
      expect(lines.map((line) => (line === undefined ? 'no line' : line['product_id']))).to.deep.equal([productId, undefined]);
    });
  });

  it('may no more than one that names the id: a foreign store is refused as such, whatever the code', async () => {
    const foreign = await api.as(vendorOfBarcelona);
    for (const code of [{ sku }, { barcode: BOX }, { sku: 'nobody' }]) {
      const { body } = await foreign.post('/stock', { ...code, store_id: 'MAD-001', quantity_change: 1, reason: 'RESTOCK' });
      expect(body, JSON.stringify(code)).to.deep.include({ status: 403, code: 'store_not_in_scope' });
    }
  });

  it('gets its stored answer again also when the code is another product\'s by then', async () => {
    const code = `OWN-${v7()}`;
    const [one, two] = await Promise.all(['one', 'two'].map(async (name) => {
      const { body } = await boss.post('/products', { sku: `${name}-${v7()}`, name, price: '1.00', ...(name === 'one' ? { identifiers: [{ value: code, kind: 'OWN' }] } : {}) });
      return String(body['product_id']);
    }));
    const headers = { 'idempotency-key': v7() };
    const first = await change({ barcode: code }, { headers });
    expect(first.body).to.deep.include({ product_id: one, quantity: 1 });
    await boss.request('PATCH', `/products/${one}`, { identifiers: [] });
    expect((await change({ barcode: code })).status, 'unknown at once').to.equal(404);
    expect((await change({ barcode: code }, { headers })).text).to.equal(first.text);
    await boss.request('PATCH', `/products/${two}`, { identifiers: [{ value: code, kind: 'OWN', units: 6 }] });
    expect((await change({ barcode: code })).body, 'the other one at once').to.deep.include({ product_id: two, quantity: 6 });
    expect((await change({ barcode: code }, { headers })).text).to.equal(first.text);
    expect(await eventsOf(api.pool, one ?? '')).to.have.length(1);
  });

  it('gets its stored answer again also when the code would be refused today: as misread, as too many packs, or as named twice', async () => {
    const [code, other] = ['5901234123450', `OWN-${v7()}`];
    const made = async (value: string) => String((await boss.post('/products', {
      sku: `of-${value}`, name: 'x', price: '1.00', identifiers: [{ value, kind: 'OWN' }],
    })).body['product_id']);
    const [one, two] = [await made(code), await made(other)];
    const patch = async (id: string, identifiers: readonly object[]) =>
      expect((await boss.request('PATCH', `/products/${id}`, { identifiers })).status).to.equal(200);
    const item = { store_id: 'MAD-001', barcode: code, quantity_change: 5000, reason: 'RESTOCK' };
    const line = { store_id: 'MAD-001', barcode: code, quantity: 1 };
    const requests: readonly (readonly [string, object])[] = [
      ['/stock', item], ['/stock/batch', { items: [item] }], ['/reservations', { ...line, customer_id: 'c' }],
      ['/reservations/batch', { lines: [line], customer_id: 'c' }],
      ['/stores/MAD-001/counts', { items: [
        { barcode: code, quantity: 9000, expected_quantity: 10_000 }, { barcode: other, quantity: 1, expected_quantity: 0 },
      ] }],
    ];
    const options = { headers: { 'idempotency-key': v7() } };
    const all = async () => {
      const told: string[] = [];
      for (const [path, body] of requests) {
        const { status, text } = await boss.post(path, body, options);
        told.push(`${status} ${text}`);
      }
      return told;
    };
    const first = await all();
    for (const told of first) expect(told).to.match(/^20[01] /);
    await patch(one, []);
    expect(await all(), 'misread').to.deep.equal(first);
    await patch(two, []);
    await patch(one, [{ value: code, kind: 'OWN', units: 10_000 }, { value: other, kind: 'OWN' }]);
    expect(await all(), 'too many packs, or named twice').to.deep.equal(first);
    const fresh = () => ({ headers: { 'idempotency-key': v7() } });
    expectFault(await change(item, fresh()), '/quantity_change');
    await patch(one, []);
    expectFault(await change(item, fresh()), '/barcode');
  });

  it('is asked for by it in the stock of a store, too', async () => {
    const rowsOf = async (query: string) => {
      const { status, text } = await shop.get(`/stores/MAD-001/stock?${query}`);
      expect(status, text).to.equal(200);
      return JSON.parse(text).items.map(({ product_id: id }: { product_id: string }) => id);
    };
    for (const query of [`barcode=${BOX}`, `barcode=0${PIECE}`, `sku=${sku}`]) expect(await rowsOf(query), query).to.deep.equal([productId]);
    for (const query of ['barcode=nobody', 'sku=nobody', `sku=${sku}&below=1`]) expect(await rowsOf(query), query).to.deep.equal([]);
    expectFault(await shop.get(`/stores/MAD-001/stock?barcode=${MISREAD}`), '/barcode');
    expectFault(await shop.get(`/stores/MAD-001/stock?barcode=${PIECE}&sku=x`), '/barcode');
  });

  it('is found by an index, and remembered for a second', async () => {
    const mine = async (units: number) => api.pool.query('UPDATE products SET identifiers = $2 WHERE id = $1',
      [productId, JSON.stringify([{ value: PIECE, kind: 'GTIN', units }, { value: BOX, kind: 'GTIN', units: 12 }])]);
    let clock = 10_000;
    const codes = createCodes({ db: api.db, now: () => clock });
    const units = async () => (await codes.find([{ by: 'barcode', value: PIECE }, { by: 'SKU', value: sku }], 'x')).map((each) => each?.units);
    try {
      expect(await units()).to.deep.equal([1, 1]);
      await mine(2);
      clock += 999;
      expect(await units(), 'remembered').to.deep.equal([1, 1]);
      clock += 2;
      expect(await units(), 'looked up again').to.deep.equal([2, 1]);
      await mine(3);
      codes.forget();
      expect(await units(), 'forgotten').to.deep.equal([3, 1]);
    } finally {
      await mine(1);
    }
    await api.pool.query(`INSERT INTO products (id, sku, name, price, identifiers)
      SELECT gen_random_uuid(), 'many-' || n, 'x', 1, jsonb_build_array(jsonb_build_object('value', 'own-' || n, 'kind', 'OWN', 'units', 1)) FROM generate_series(1, 5000) n`);
    await api.pool.query('ANALYZE products, product_codes');
    const plans = await plansOf(api.url, async (db) => {
      const asked = Array.from({ length: 50 }, (_, n) => ({ by: n % 2 === 0 ? 'SKU' : 'barcode', value: n % 2 === 0 ? `many-${n + 1}` : `own-${n}` } as const));
      expect((await createCodes({ db }).find(asked, 'x')).every((each) => each !== undefined)).to.equal(true);
    });
    for (const { scanned, text } of plans) expect(scanned, text).to.deep.equal([]);
    expect(plans).to.have.length(1);
  });

  it('that is being looked up while its product is changed is not remembered as it was', async () => {
    const [read, gate] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
    const slow = api.db.withPlugin({
      transformQuery: ({ node }) => node,
      transformResult: async ({ result }) => {
        read.resolve(undefined);
        await gate.promise;
        return result;
      },
    });
    const codes = createCodes({ db: slow, now: () => 10_000 });
    const units = async () => (await codes.find([{ by: 'barcode', value: own }], 'x'))[0]?.units;
    const own = `OWN-${v7()}`;
    const { body } = await boss.post('/products', { sku: own, name: 'x', price: '1.00', identifiers: [{ value: own, kind: 'OWN' }] });
    const before = units();
    await read.promise;
    await boss.request('PATCH', `/products/${String(body['product_id'])}`, { identifiers: [{ value: own, kind: 'OWN', units: 2 }] });
    codes.forget();
    gate.resolve(undefined);
    expect(await before).to.equal(1);
    expect(await units()).to.equal(2);
  });

  it('costs those that name an id nothing: they do not ask for codes', async () => {
    await api.pool.query('ALTER TABLE product_codes RENAME TO product_codes_away');
    try {
      expect((await change({ barcode: `nobody-${v7()}` })).status).to.equal(500);
      expect((await change({ product_id: productId })).status).to.equal(200);
    } finally {
      await api.pool.query('ALTER TABLE product_codes_away RENAME TO product_codes');
    }
  });
});

describe('how many units one hold may be of', () => {
  let api: TestApi;
  let boss: Client;
  before(async () => {
    api = await startTestApi();
    boss = await api.as(admin);
  });
  after(() => expectInvariants(api.db).finally(() => api.close()));

  it('depends on what its product is counted in, packs included, and a line of a cart is named', async () => {
    const made = async (unit: string) => String((await boss.post('/products', {
      sku: `${unit}-${v7()}`, name: unit, price: '1.00', unit, identifiers: [{ value: `${unit}-12`, kind: 'OWN', units: 12 }],
    })).body['product_id']);
    const [pieces, grams] = [await made('PIECE'), await made('G')];
    for (const product_id of [pieces, grams]) {
      expect((await boss.post('/stock', { product_id, store_id: 'MAD-001', quantity_change: 500_000, reason: 'RESTOCK' })).status).to.equal(200);
    }
    const hold = async (product: object, quantity: number) => (await boss.post('/reservations', { ...product, store_id: 'MAD-001', quantity, customer_id: 'c' }));
    for (const [product, quantity, status] of [
      [{ product_id: pieces }, 100, 201], [{ product_id: pieces }, 101, 400], [{ barcode: 'PIECE-12' }, 8, 201], [{ barcode: 'PIECE-12' }, 9, 400],
      [{ product_id: grams }, 100_000, 201], [{ product_id: grams }, 100_001, 400], [{ barcode: 'G-12' }, 8334, 400], [{ barcode: 'G-12' }, 100, 201],
    ] as const) {
      const answer = await hold(product, quantity);
      expect(answer.status, `${JSON.stringify(product)} ${quantity}: ${answer.text}`).to.equal(status);
      if (status === 400) expect(answer.text).to.contain('"pointer":"/quantity"');
    }
    const line = { store_id: 'MAD-001' };
    const cart = await boss.post('/reservations/batch', { customer_id: 'c', lines: [
      { ...line, product_id: v7(), quantity: 1 }, { ...line, product_id: grams, quantity: 101 }, { ...line, product_id: pieces, quantity: 101 },
    ] });
    expect([cart.status, cart.body['code']], cart.text).to.deep.equal([400, 'validation_failed']);
    expect(cart.text).to.contain('"pointer":"/lines/2/quantity"').and.not.contain('/lines/1');
  });
});
