import type { Answer, Client } from '@inventory/testkit/http/client.ts';
import { expectInvariants } from '@inventory/testkit/invariants/invariants.ts';
import { expect } from 'chai';
import { z } from 'zod';
import { addProduct, admin, startTestApi } from '../../testing/api.ts';
import type { TestApi } from '../../testing/api.ts';

const faults = z.array(z.object({ pointer: z.string(), message: z.string().min(1) })).min(1).max(20);

/** Section C of docs/bad-input.md: each row for every route that has the field. */
describe('bad fields', () => {
  let api: TestApi;
  let client: Client;
  let productId: string;
  before(async () => {
    api = await startTestApi();
    client = await api.as(admin);
    productId = await addProduct(api.db);
    await client.post('/stock', receipt());
  });
  after(() => expectInvariants(api.db).finally(() => api.close()));

  const receipt = (more: object = {}) => ({
    product_id: productId, store_id: 'MAD-001', quantity_change: 1000, reason: 'RESTOCK', ...more,
  });
  const order = (more: object = {}) => ({
    product_id: productId, store_id: 'MAD-001', quantity: 1, customer_id: 'cust-456', ...more,
  });
  const routes = { '/stock': receipt, '/reservations': order } as const;
  type Route = keyof typeof routes;
  const both: readonly Route[] = ['/stock', '/reservations'];

  const logged = async (): Promise<number> => {
    const { rows: [row] } = await api.pool.query<{ n: number }>('SELECT count(*)::int AS n FROM events');
    return row?.n ?? 0;
  };
  function expectFault(answer: Answer, pointer: string): void {
    expect([answer.status, answer.body['code']], answer.text).to.deep.equal([400, 'validation_failed']);
    expect(answer.headers.get('content-type')).to.equal('application/problem+json');
    expect(faults.parse(answer.body['errors']).map((fault) => fault.pointer)).to.include(pointer);
  }
  /** Each value is refused with a pointer to the field, and nothing is written. */
  const shown = (value: unknown): string => (JSON.stringify(value)?.slice(0, 30) ?? 'missing')
    .replaceAll(/[\u007f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
  function refuses(row: string, field: string, values: readonly unknown[], paths: readonly Route[]): void {
    for (const path of paths) {
      it(`${row}: ${path} refuses ${field} ${values.map(shown).join(', ')}`, async () => {
        const before = await logged();
        for (const value of values) {
          expectFault(await client.post(path, routes[path]({ [field]: value })), `/${field}`);
        }
        expect(await logged()).to.equal(before);
      });
    }
  }

  const noNumbers = ['5', true, null, [5], {}, 1.5, ''];
  refuses('row 47', 'quantity', [0, -1, 101], ['/reservations']);
  refuses('row 47', 'quantity_change', [0, 1_000_001, -1_000_001], ['/stock']);
  refuses('row 48', 'quantity', noNumbers, ['/reservations']);
  refuses('row 48', 'quantity_change', noNumbers, ['/stock']);
  refuses('row 48', 'ttl', noNumbers, ['/reservations']);
  refuses('row 48', 'expected_version', noNumbers, ['/stock']);
  refuses('row 50', 'quantity', [2_147_483_648, 2 ** 60, 1e308], ['/reservations']);
  refuses('row 50', 'quantity_change', [2_147_483_648, -2_147_483_649, 1e308], ['/stock']);
  refuses('row 50', 'expected_version', [2_147_483_648, -1], ['/stock']);
  refuses('row 53', 'store_id', [
    'MAD.001', 'MAD 001', '*', '>', 'MAD-001\n', 'MAD-００１', '', 'A'.repeat(300), '../x', 'a:b', '{x}', '-AD', 'MA',
    'GLOBAL', 'MAD-001\r\nX: y', 7, null,
  ], both);
  refuses('row 55', 'product_id', [
    'prod-123', '', '{807acc38-bad3-5a9b-af8c-889c493a3230}', '807acc38bad35a9baf8c889c493a3230',
    '00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff', '807acc38-bad3-0a9b-af8c-889c493a3230', 7, null,
  ], both);
  refuses('row 58', 'product_id', [undefined], both);
  refuses('row 58', 'store_id', [undefined], both);
  refuses('row 58', 'quantity', [undefined], ['/reservations']);
  refuses('row 58', 'customer_id', [undefined], ['/reservations']);
  refuses('row 58', 'quantity_change', [undefined], ['/stock']);
  refuses('row 58', 'reason', [undefined], ['/stock']);
  refuses('row 59', 'ttl', [0, -1, 1e9, 86_401, '10m'], ['/reservations']);
  refuses('row 60', 'occurred_at', [
    'infinity', 'tomorrow', '2026-02-30T00:00:00Z', '2026-01-01T00:00:00', '2026-01-01T24:00:00Z', '2026-01-01', 'now()', 0,
  ], ['/stock']);
  refuses('row 63', 'reason', ['restock', 'GIFT', '', null, 7], ['/stock']);
  refuses('row 60', 'occurred_at', [
    '0001-01-01T00:00:00Z', '1999-12-31T23:59:59Z', '2099-01-01T00:00:00Z', new Date(Date.now() + 2 * 86_400_000).toISOString(),
  ], ['/stock']);
  const obeyed = ['a\u0000b', '\u0000', 'a\u001b[31mb', 'a\u009b31mb', 'a\u202eb', 'a\u2066b', 'a\u200fb', 'a\u2028b', 'a\rb'];
  refuses('row 44', 'customer_id', [...obeyed, 'a\nb', 'a\u200bb'], ['/reservations']);
  refuses('row 44', 'reference', [...obeyed, 'a\nb', 'a\u200bb'], both);
  refuses('row 44', 'note', obeyed, ['/stock']);
  refuses('row 45', 'customer_id', ['\ud800', 'a\udfffb'], ['/reservations']);
  refuses('row 45', 'reference', ['\ud800'], both);
  refuses('row 46', 'customer_id', ['x'.repeat(101), '', '   '], ['/reservations']);
  refuses('row 46', 'note', ['x'.repeat(501)], ['/stock']);
  refuses('row 46', 'reference', ['x'.repeat(101)], both);
  for (const field of ['reserved', 'version', 'status', 'tenant_id', 'id', 'expires_at', 'created_by', 'quantity_']) {
    refuses('row 57', field, [1], both);
  }

  it('row 47: -0, which JSON allows and JSON.stringify never writes, is 0', async () => {
    const before = await logged();
    for (const [path, body, field] of [['/reservations', order({ quantity: 7 }), 'quantity'],
      ['/stock', receipt({ quantity_change: 7 }), 'quantity_change']] as const) {
      for (const zero of ['-0', '-0.0', '-0e5']) {
        expectFault(await client.post(path, JSON.stringify(body).replace(`"${field}":7`, `"${field}":${zero}`)), `/${field}`);
      }
    }
    expect(await logged()).to.equal(before);
  });

  it('row 53: the same rule holds for a store in a path or a query', async () => {
    for (const id of ['MAD.001', 'MAD 001', '*', '>', 'MAD-001\n', 'MAD-００１', 'A'.repeat(300), '../x', 'a:b', '{x}', 'GLOBAL']) {
      for (const path of ['stock', `stock/${productId}`, `stock/${productId}/history`]) {
        const { status, body } = await client.get(`/stores/${encodeURIComponent(id)}/${path}`);
        expect([status, body['code'], faults.parse(body['errors']).length], id).to.deep.equal([400, 'validation_failed', 1]);
      }
      expectFault(await client.get(`/reservations?store_id=${encodeURIComponent(id)}`), '/store_id');
    }
    expectFault(await client.get('/events?store_id='), '/store_id');
  });

  it('row 57: every unknown property is named, together with all other faults', async () => {
    const answer = await client.post('/reservations', order({ quantity: 0, status: 'CONFIRMED', version: 9 }));
    expect(faults.parse(answer.body['errors']).map(({ pointer }) => pointer).sort()).to.deep.equal(
      ['/quantity', '/status', '/version']);
  });

  it('row 57: at most 20 faults are named, whatever was sent', async () => {
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`p${n}`, n]));
    expect(faults.parse((await client.post('/reservations', order(many))).body['errors'])).to.have.length(20);
  });

  it('an object with a length that cannot be compared is a fault of the client', async () => {
    const like = { length: { toString: 1 } };
    for (const [method, path, body] of [
      ['PATCH', '/stores/MAD-001', { name: like }], ['POST', '/stock/batch', { items: like }],
      ['POST', '/stock', receipt({ note: like })], ['POST', '/reservations', order({ customer_id: like })],
    ] as const) expectFault(await client.request(method, path, body), '');
  });

  it('row 49: 1e3, 1.0 and 1.0000000000000001 are whole numbers, as JSON reads them', async () => {
    for (const text of ['1e1', '10.0', '10.0000000000000001']) {
      const body = JSON.stringify(order()).replace('"quantity":1', `"quantity":${text}`);
      const answer = await client.post('/reservations', body);
      expect([answer.status, answer.body['quantity']], text).to.deep.equal([201, 10]);
    }
    const body = JSON.stringify(receipt()).replace('"quantity_change":1000', '"quantity_change":1e3');
    expect((await client.post('/stock', body)).status).to.equal(200);
  });

  it('row 56: an upper-case UUID is the same product', async () => {
    const answer = await client.post('/reservations', order({ product_id: productId.toUpperCase() }));
    expect([answer.status, answer.body['product_id']]).to.deep.equal([201, productId]);
    const seen = await client.get(`/reservations/${String(answer.body['reservation_id']).toUpperCase()}`);
    expect(seen.status).to.equal(200);
    expect((await client.get(`/products/${productId.toUpperCase()}/availability`)).body['product_id']).to.equal(productId);
  });

  it('row 55: the same rule holds for an id in the path', async () => {
    for (const id of ['1', 'null', '00000000-0000-0000-0000-000000000000', `${productId}x`, '..', '*']) {
      const { status } = await client.post(`/reservations/${encodeURIComponent(id)}/confirm`);
      expect(status, id).to.be.oneOf([400, 404]);
      expectFault(await client.get(`/products/${encodeURIComponent(`x${id}`)}/availability`), '/id');
    }
    expectFault(await client.get('/reservations/1'), '/id');
    expectFault(await client.post('/reservations/1/cancel'), '/id');
  });

  it('row 64: text is stored character by character, in any language', async () => {
    for (const note of ['\'); DROP TABLE stock; --', '<script>alert(1)</script>', '${jndi:ldap://x}', 'ñ 漢字 👩‍👩‍👧 \n\t', '\\u0000', '{"a":1}']) {
      expect((await client.post('/stock', receipt({ quantity_change: 1, note, reference: 'delivery-4711' }))).status).to.equal(200);
      const { rows: [event] } = await api.pool.query<{ note: string }>(
        `SELECT payload ->> 'note' AS note FROM events WHERE event_type = 'stock.updated' ORDER BY position DESC LIMIT 1`);
      expect(event?.note).to.equal(note);
    }
  });

  it('row 45: a letter and its accent in one character or in two are one customer, one reference and one SKU', async () => {
    const [composed, decomposed] = ['Jos\u00e9', 'Jose\u0301'];
    const made = await client.post('/reservations', order({ customer_id: decomposed, reference: decomposed }));
    expect(made.body).to.deep.include({ customer_id: composed, reference: composed });
    for (const name of ['customer_id', 'reference']) {
      for (const spelling of [composed, decomposed]) {
        const { body } = await client.get(`/reservations?${new URLSearchParams({ [name]: spelling }).toString()}`);
        expect(JSON.stringify(body['items'])).to.include(String(made.body['reservation_id']));
      }
    }
    const product = (sku: string) => client.post('/products', { sku, name: 'Café', price: '1.00' });
    expect((await product(decomposed)).body['sku']).to.equal(composed);
    expect((await product(composed)).body['code']).to.equal('sku_taken');
  });

  it('rows 47, 48: the same rules hold for the quantity of a confirmation', async () => {
    const { body } = await client.post('/reservations', order({ quantity: 5 }));
    const path = `/reservations/${String(body['reservation_id'])}`;
    for (const quantity of [0, -1, 101, '5', true, null, [5], 1.5, 2 ** 31]) {
      expectFault(await client.post(`${path}/confirm`, { quantity }), '/quantity');
    }
    expectFault(await client.post(`${path}/confirm`, { qty: 5 }), '/qty');
    expectFault(await client.post(`${path}/cancel`, { quantity: 5 }), '/quantity');
    expectFault(await client.post(`${path}/confirm`, { quantity: 6 }), '/quantity');
    expect((await client.get(path)).body['status']).to.equal('PENDING');
  });
});
