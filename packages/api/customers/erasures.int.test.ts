import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { asLogin } from '@inventory/db/testing/database.ts';
import { parseErasures } from '@inventory/domain/kept-erasures.ts';
import { processEnv } from '@inventory/runtime/config/config.ts';
import type { Client } from '@inventory/testkit/http/client.ts';
import { expectInvariants } from '@inventory/testkit/invariants/invariants.ts';
import { expect } from 'chai';
import { addProduct, admin, service, startTestApi, vendor } from '../testing/api.ts';
import type { TestApi } from '../testing/api.ts';
import { refOf } from '../testing/committing.ts';
import { tablesWith } from '@inventory/testkit/log/tables-with.ts';

const run = promisify(execFile);
const CANARY = 'canary-93be';
const NAMED = 'order for Anna Canary';

describe('a customer who is erased', () => {
  let api: TestApi;
  let product: string;
  let boss: Client;
  let shop: Client;
  before(async () => {
    api = await startTestApi({ hides: true });
    product = await addProduct(api.db);
    [boss, shop] = await Promise.all([api.as(admin), api.as(service)]);
    await boss.post('/stock', { product_id: product, store_id: 'MAD-001', quantity_change: 1000, reason: 'RESTOCK' });
  });
  after(() => expectInvariants(api.db).finally(() => api.close()));

  const order = (customerId: string, quantity = 1) => ({ product_id: product, store_id: 'MAD-001', quantity, customer_id: customerId });
  const erase = (body: object, key?: string) => boss.post('/customers/erasures', body, key === undefined ? {} : { headers: { 'idempotency-key': key } });
  const events = async (ref: string) => (await api.pool.query<{ type: string; payload: Record<string, unknown>; metadata: Record<string, unknown> }>(`
    SELECT event_type AS type, payload, metadata FROM events WHERE payload ->> 'customer_ref' = $1 ORDER BY position`, [ref])).rows;
  /** As if so much time had passed since everybody was erased. */
  const later = async () => {
    await api.pool.query("UPDATE revoked_tokens SET issued_until = issued_until - interval '1 hour'");
    await api.revoked.refresh();
  };

  it('is nowhere any more: in no table, log line, metric or answer, and his token is refused', async () => {
    const canary = await api.as({ role: 'customer', userId: CANARY });
    const seller = await api.as(vendor);
    const ask = (client: Client, path: string, body: unknown, nth: number) =>
      client.post(path, body, { headers: { 'idempotency-key': `key-of-${CANARY}-${nth}`, 'x-request-id': `request-of-${CANARY}` } });
    const asks = [
      [canary, '/reservations', { ...order(CANARY), reference: NAMED }], [seller, '/reservations', order(CANARY)], [shop, '/reservations', order(CANARY)],
      [canary, '/reservations/batch', { customer_id: CANARY, lines: [{ product_id: product, store_id: 'MAD-001', quantity: 2 }] }],
    ] as const;
    const made = [];
    for (const [nth, [client, path, body]] of asks.entries()) {
      made.push(await ask(client, path, body, nth));
      expect((await ask(client, path, body, nth)).headers.get('idempotency-replayed')).to.equal('true');
    }
    expect(made.map(({ status }) => status)).to.deep.equal([201, 201, 201, 201]);
    expect((await canary.post('/reservations', order(CANARY, 100))).status).to.equal(201);
    expect((await canary.post('/reservations', { ...order(CANARY, 100), store_id: 'BCN-001' })).status).to.equal(409);
    await seller.post(`/reservations/${String(made[1]?.body['reservation_id'])}/confirm`);
    const ref = await refOf(api.pool, CANARY) ?? '';
    expect(await tablesWith(api.pool, CANARY)).to.deep.equal(['customers']);

    const refused = await erase({ customer_id: CANARY });
    expect([refused.status, refused.body['code']]).to.deep.equal([409, 'customer_has_holds']);
    const { status, body } = await erase({ customer_id: CANARY, release_holds: true, references: [NAMED] });
    expect(status).to.equal(200);
    expect(body).to.include({ customer_ref: ref, holds_released: 4, references_removed: 1, erased_by: admin.userId });

    expect(await tablesWith(api.pool, CANARY)).to.deep.equal([]);
    expect(api.logLines().filter((line) => JSON.stringify(line).includes(CANARY))).to.deep.equal([]);
    expect(JSON.stringify(await api.metrics.registry.getMetricsAsJSON())).not.to.contain(CANARY);
    await api.revoked.refresh();
    expect((await canary.get('/me')).status).to.equal(401);
    const told = await events(ref);
    expect(told.at(-1)).to.deep.include({
      type: 'customer.erased',
      payload: { customer_ref: ref, erasure_id: body['erasure_id'], holds_released: 4, erased_at: body['erased_at'] },
    });
    expect(told.map(({ type }) => type).filter((type) => type === 'reservation.cancelled')).to.have.length(4);

    const path = `/reservations/${String(made[0]?.body['reservation_id'])}`;
    expect((await shop.get(path)).body).to.include({ customer_id: null, customer_ref: ref, status: 'CANCELLED', reference: null });
    expect((await shop.get(`/reservations?customer_id=${CANARY}`)).body).to.deep.include({ items: [] });
    expect((await shop.get(`/customers/${ref}`)).body).to.include({ customer_id: null, erased_at: body['erased_at'] });
    expect((await boss.get(`/customers/erasures/${String(body['erasure_id'])}`)).body).to.deep.equal(body);
    const created = told.find(({ type, payload }) => type === 'reservation.created' && payload['reference'] === NAMED);
    expect(created, 'the log is never changed').not.to.equal(undefined);
    for (const shown of ['/events?type=reservation.created,reservation.cancelled', `/stores/MAD-001/stock/${product}/history`, `/stores/MAD-001/stock/${product}/explain`]) {
      const { text } = await boss.get(shown);
      expect(text, shown).to.contain('"reference":"erased"').and.not.contain(NAMED);
    }
    const again = await ask(shop, '/reservations', order(CANARY), 2);
    expect(again.headers.get('idempotency-replayed'), 'of the shop, which keeps its keys').to.equal('true');
    expect(again.body).to.include({ customer_id: null, customer_ref: ref });
  });

  it('leaves no reference of his where what he bought came back, and the slip of the return stays', async () => {
    const named = 'fetched by Anna Returner';
    const { body } = await shop.post('/reservations', { ...order('returner', 2), reference: named });
    const id = String(body['reservation_id']);
    const seller = await api.as(vendor);
    for (const [path, more] of [['confirm', {}], ['return', { quantity: 1 }], ['return', { quantity: 1, reference: 'slip-7' }]] as const) {
      const { status, text } = await (path === 'return' ? seller : shop).post(`/reservations/${id}/${path}`, more);
      expect(status, text).to.equal(200);
    }
    expect((await erase({ customer_id: 'returner', references: [named] })).body).to.include({ references_removed: 1 });
    for (const shown of [
      '/events?type=stock.updated,reservation.created,reservation.confirmed', '/stores/MAD-001/movements',
      `/stores/MAD-001/stock/${product}/history`, `/stores/MAD-001/stock/${product}/explain`,
    ]) {
      const { text } = await boss.get(shown);
      expect(text, shown).to.contain('"reference":"erased"').and.contain('"reference":"slip-7"').and.not.contain(named);
    }
  });

  it('comes again by the same id as somebody else, to whom nothing of before belongs', async () => {
    const person = { role: 'customer', userId: 'comes-again' } as const;
    const before = await api.as(person);
    const key = { headers: { 'idempotency-key': 'checkout-1' } };
    const first = await before.post('/reservations', order(person.userId), key);
    const ref = await refOf(api.pool, person.userId);
    const [still, beside] = [await api.as(person), await api.as({ role: 'customer', userId: 'beside' })];
    expect((await erase({ customer_id: person.userId, release_holds: true })).body).to.include({ customer_ref: ref, holds_released: 1 });
    // By a token of before, which the list in memory may not know yet; whoever is in the same commit is not refused with him.
    const asked = await Promise.all([still.post('/reservations', order(person.userId)), beside.post('/reservations', order('beside'))]);
    expect(asked.map(({ status }) => status)).to.deep.equal([401, 201]);
    expect(await tablesWith(api.pool, person.userId), 'nobody has his id again').to.deep.equal([]);
    await later();
    const after = await api.as(person);
    const second = await after.post('/reservations', order(person.userId), key);
    expect([second.status, second.headers.get('idempotency-replayed')], 'no stored answer of before').to.deep.equal([201, null]);
    expect(second.body['reservation_id']).not.to.equal(first.body['reservation_id']);
    expect(await refOf(api.pool, person.userId)).to.be.a('string').and.not.equal(ref);
    expect((await after.get(`/reservations/${String(first.body['reservation_id'])}`)).status).to.equal(404);
    expect((await after.get('/reservations')).body['items']).to.have.length(1);
  });

  it('gets the same answer again under a key, and whoever is unknown gets one that looks the same', async () => {
    await shop.post('/reservations', order('known'));
    const first = await erase({ customer_id: 'known', release_holds: true }, 'erase-1');
    const again = await erase({ customer_id: 'known', release_holds: true }, 'erase-1');
    expect([again.status, again.text, again.headers.get('idempotency-replayed')]).to.deep.equal([200, first.text, 'true']);
    expect((await erase({ customer_id: 'other' }, 'erase-1')).status).to.equal(422);
    for (const customer_id of ['known', 'was-never-here']) {
      const { status, body } = await erase({ customer_id });
      expect([status, Object.keys(body)]).to.deep.equal([200, Object.keys(first.body)]);
      expect((await boss.get(`/customers/erasures/${String(body['erasure_id'])}`)).body).to.deep.equal(body);
      expect((await shop.get(`/customers/${String(body['customer_ref'])}`)).body).to.include({ customer_id: null, erased_at: body['erased_at'] });
      expect((await events(String(body['customer_ref']))).map(({ type }) => type)).to.deep.equal(['customer.erased']);
    }
  });

  it('whose holds have lapsed has none, and a user who is refused for good stays so', async () => {
    await shop.post('/reservations', order('lapsed'));
    const ref = await refOf(api.pool, 'lapsed');
    await api.pool.query("UPDATE reservations SET expires_at = created_at + interval '1 millisecond' WHERE customer_ref = $1", [ref]);
    await api.pool.query("INSERT INTO revoked_tokens (kind, value) VALUES ('sub', 'lapsed')");
    expect((await erase({ customer_id: 'lapsed' })).body).to.include({ customer_ref: ref, holds_released: 0 });
    expect(await tablesWith(api.pool, 'lapsed')).to.deep.equal([]);
    await later();
    expect((await (await api.as({ role: 'customer', userId: 'lapsed' })).get('/me')).status).to.equal(401);
    // Its deadline in the log is another one: the invariants look at rows and events together.
    await api.pool.query("UPDATE reservations SET expires_at = created_at + interval '10 minutes' WHERE customer_ref = $1", [ref]);
  });

  it('is in the file for the time after a restore, by his ref', async () => {
    const { stdout } = await run(process.execPath, [join(import.meta.dirname, '..', 'cli', 'erasures.ts'), 'export'], {
      env: { ...processEnv(), DATABASE_URL: asLogin(api.url, 'api') },
    });
    const { rows: [log] } = await api.pool.query<{ log_id: string }>('SELECT log_id FROM log_epoch');
    const { rows: refs } = await api.pool.query<{ ref: string }>('SELECT customer_ref AS ref FROM erasures ORDER BY erased_at, id');
    expect(refs).to.have.length.above(2);
    expect(parseErasures(stdout, log?.log_id ?? '').map(({ customer_ref: ref }) => ref)).to.deep.equal(refs.map(({ ref }) => ref));
  });

  it('has holds on many pages, and they end in commits of a page each, before anything else', async () => {
    const lines = Array.from({ length: 50 }, () => ({ product_id: product, store_id: 'MAD-001', quantity: 1 }));
    for (let cart = 0; cart < 9; cart += 1) expect((await boss.post('/reservations/batch', { customer_id: 'many', lines })).status).to.equal(201);
    const ref = await refOf(api.pool, 'many') ?? '';
    expect((await erase({ customer_id: 'many', release_holds: true })).body).to.include({ holds_released: 450 });
    const { rows: commits } = await api.pool.query<{ ended: number }>(`
      SELECT count(*)::int AS ended FROM events WHERE event_type = 'reservation.cancelled' AND payload ->> 'customer_ref' = $1 GROUP BY xmin`, [ref]);
    expect(commits.map(({ ended }) => ended).toSorted((a, b) => b - a)).to.deep.equal([200, 200, 50]);
  });
});

describe('nobody is erased', () => {
  let api: TestApi;
  before(async () => { api = await startTestApi({ hides: true }); });
  after(() => api.close());

  const pending = async () => {
    const { status, body } = await (await api.as(admin)).post('/customers/erasures', { customer_id: 'anybody' });
    return [status, body['code'], body['detail']];
  };

  it('while something that an older release wrote still names customers, or somebody would write it', async () => {
    const formats = async (change: string) => {
      await api.pool.query('ALTER TABLE log_formats DISABLE TRIGGER log_formats_one_way');
      await api.pool.query(change);
    };
    await formats("UPDATE log_formats SET type = 'customer.later' WHERE type = 'customer.erased'");
    expect(await pending()).to.deep.equal([409, 'conversion_pending', 'Nobody can be forgotten yet: a process runs that does not read customer.erased, or events with refs: npm run formats -- list says which.']);
    await formats("UPDATE log_formats SET type = 'customer.erased' WHERE type = 'customer.later'");
    await formats("UPDATE log_formats SET allowed_by = 'api test', allowed_at = clock_timestamp() - interval '1 hour' WHERE version = 2");
    expect((await pending())[0]).to.equal(200);
    await api.pool.query(`INSERT INTO idempotency_keys (principal, operation, key, fingerprint, status, headers, response, created_at)
      VALUES ('cust-1', 'createReservation', 'k', '', 201, '{}', '{"customer_id":"cust-1"}', clock_timestamp() - interval '2 hours')`);
    expect((await pending())[2]).to.contain('they are kept for 24 hours');
    await api.pool.query("DELETE FROM idempotency_keys WHERE key = 'k'");
    await formats('UPDATE log_formats SET allowed_at = clock_timestamp() WHERE version = 2');
    expect((await pending())[2]).to.contain('try again in ten');
    await formats("UPDATE log_formats SET allowed_at = clock_timestamp() - interval '1 hour' WHERE version = 2");
    expect((await pending())[0]).to.equal(200);
    await api.pool.query(`INSERT INTO events (id, event_type, store_id, aggregate_id, payload, stream_id)
      VALUES (gen_random_uuid(), 'reservation.rejected', 'MAD-001', gen_random_uuid(), '{"customer_id":"cust-1"}', gen_random_uuid())`);
    expect((await pending())[2]).to.contain('npm run customers -- convert');
  });
});
