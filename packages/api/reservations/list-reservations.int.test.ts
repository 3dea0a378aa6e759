import { sql } from 'kysely';
import type { Actor } from '@inventory/domain/access.ts';
import { mayActOn } from '@inventory/domain/access.ts';
import type { Client } from '@inventory/testkit/http/client.ts';
import type { TokenOptions } from '@inventory/testkit/http/tokens.ts';
import { expect } from 'chai';
import { v7 } from 'uuid';
import { hold, receive } from '../testing/committing.ts';
import { listOf } from '../http/endpoint/page.ts';
import { addProduct, admin, customer, otherCustomer, startTestApi, vendor, vendorOfBarcelona } from '../testing/api.ts';
import type { TestApi } from '../testing/api.ts';
import { reservation } from './schema.ts';
import { listQuery } from './queries.ts';
import type { ReservationFilter } from './queries.ts';

const page = listOf(reservation);
type Who = TokenOptions & { readonly userId: string };
const actorOf = ({ role, userId, storeIds = [] }: Who): Actor => ({ id: userId, role, storeIds: new Set(storeIds) });

describe('holds are listed', () => {
  let api: TestApi;
  const everybody: readonly Who[] = [admin, vendor, vendorOfBarcelona, customer, otherCustomer,
    { role: 'vendor', userId: 'vendor-0', storeIds: [] }];
  const stores = ['MAD-001', 'BCN-001', 'VAL-001'];
  const customers = ['cust-456', 'cust-457', 'vendor-789'];
  before(async () => {
    api = await startTestApi();
    const productId = await addProduct(api.db);
    for (const storeId of stores) await api.committer.submit(receive({ productId, storeId }, 500));
    // Each maker, customer, store and state; some holds have lapsed and are not swept.
    for (const [n, by] of everybody.entries()) {
      for (const storeId of stores) {
        for (const customerId of customers) {
          if (by.role === 'customer' && by.userId !== customerId) continue;
          for (const state of ['PENDING', 'LAPSED', 'CONFIRMED', 'CANCELLED'] as const) {
            const reservationId = v7();
            await api.committer.submit(hold({ productId, storeId }, 1, {
              reservationId, customerId, ttlSeconds: state === 'LAPSED' ? 0.001 : 600,
              batchId: n === 1 ? '01a20d19-1755-7b1c-8d55-0c5d3a9e7f10' : null, reference: n < 2
                ? `order-${customerId}` : null,
            }, { by: actorOf(by) }));
            if (state === 'PENDING' || state === 'LAPSED') continue;
            const boss = await api.as(admin);
            await boss.post(`/reservations/${reservationId}/${state === 'CONFIRMED' ? 'confirm' : 'cancel'}`);
          }
        }
      }
    }
  });
  after(() => api.close());

  const readAll = async (client: Client, query: string) => {
    const seen = [];
    for (let path: string | undefined = `/reservations?limit=7${query}`; path !== undefined;) {
      const answer = await client.get(path);
      if (answer.status !== 200) return answer.body['code'];
      const { items, next_cursor: next } = page.parse(answer.body);
      expect(items.length).to.be.at.most(7);
      seen.push(...items);
      path = /^<\/api\/v1([^>]+)>; rel="next"$/.exec(answer.headers.get('link') ?? '')?.[1];
      expect(path === undefined).to.equal(next === null);
    }
    return seen;
  };
  /** What the list should be by the rule of the domain: the same as reading each hold by itself. */
  const expected = async (who: Who, filter: ReservationFilter): Promise<readonly string[]> => {
    const { rows } = await api.pool.query<{
      id: string; store_id: string; customer_id: string; created_by: string; reference: string | null;
      batch_id: string | null; status: string; }>(`SELECT r.id, store_id, coalesce(c.external_id, customer_id) AS customer_id, created_by, reference, batch_id,
        CASE WHEN status = 'PENDING' AND expires_at <= now() THEN 'EXPIRED' ELSE status END AS status
      FROM reservations r LEFT JOIN customers c ON c.ref = r.customer_ref ORDER BY id DESC`);
    return rows.filter((row) => mayActOn(actorOf(who),
      { storeId: row.store_id, customerRef: row.customer_id, createdBy: row.created_by })
      && (filter.store_id ?? row.store_id) === row.store_id
        && (filter.customer_id ?? row.customer_id) === row.customer_id
      && (filter.status ?? row.status) === row.status && (filter.reference ?? row.reference) === row.reference
      && (filter.batch_id ?? row.batch_id) === row.batch_id).map(({ id }) => id);
  };

  it('to each actor exactly as far as they are his, page by page, for every filter', async () => {
    let lists = 0;
    for (const who of everybody) {
      const client = await api.as(who);
      for (const store_id of [undefined, 'MAD-001', 'BCN-001']) {
        for (const customer_id of [undefined, 'cust-456', 'vendor-789']) {
          for (const more of [{}, { status: 'PENDING' }, { status: 'EXPIRED' }, { status: 'CONFIRMED' },
            { reference: 'order-cust-456' },
            { batch_id: '01a20d19-1755-7b1c-8d55-0c5d3a9e7f10' }] as const) {
            const filter: ReservationFilter = { store_id, customer_id, ...more };
            const query = Object.entries(filter).flatMap(([name, value]) =>
              (value === undefined ? [] : [`&${name}=${value}`])).join('');
            const told = await readAll(client, query);
            lists += 1;
            if (who.role === 'customer' && customer_id !== undefined && customer_id !== who.userId) {
              expect(told, `${who.userId} ${query}`).to.equal('forbidden');
              continue;
            }
            expect(Array.isArray(told) && told.map((each) => each.reservation_id), `${who.userId} ${query}`)
              .to.deep.equal(await expected(who, filter));
          }
        }
      }
    }
    process.stdout.write(`      ${lists} lists compared with the rule for single holds\n`);
  });

  it('with their status at this moment: a lapsed hold is EXPIRED, swept or not', async () => {
    const boss = await api.as(admin);
    const expired = await readAll(boss, '&status=EXPIRED');
    expect(Array.isArray(expired) && new Set(expired.map(({ status }) => status))).to.deep.equal(new Set(['EXPIRED']));
    const pending = await readAll(boss, '&status=PENDING');
    expect(Array.isArray(pending) && pending.every(({ expires_in_seconds: left = 0 }) => left > 0 && left <= 600))
      .to.equal(true);
  });

  it('each once, while others are being made', async () => {
    const boss = await api.as(admin);
    const first = page.parse((await boss.get('/reservations?limit=5')).body);
    const productId = await addProduct(api.db);
    await api.committer.submit(receive({ productId, storeId: 'MAD-001' }, 5));
    await api.committer.submit(hold({ productId, storeId: 'MAD-001' }, 1));
    const second = page.parse((await boss.get(`/reservations?limit=5&cursor=${first.next_cursor ?? ''}`)).body);
    const ids = [...first.items, ...second.items].map((each) => each.reservation_id);
    expect(new Set(ids).size).to.equal(10);
    expect(ids).to.deep.equal([...ids].sort().reverse());
  });

  it('not by an invalid filter or cursor', async () => {
    const boss = await api.as(admin);
    const { next_cursor: cursor } = page.parse((await boss.get('/reservations?limit=5&status=CONFIRMED')).body);
    for (const query of ['status=pending', 'status=LAPSED', 'store_id=MAD.001', 'store_id=', 'customer_id=',
      'reference=%00', 'batch_id=7', 'cursor=x',
      `cursor=${cursor ?? ''}`, `status=CANCELLED&cursor=${cursor ?? ''}`, `status=CONFIRMED&cursor=${cursor ?? ''}x`,
      'limit=0', 'product_id=x', 'status=CONFIRMED&status=PENDING']) {
      expect((await boss.get(`/reservations?${query}`)).body, query)
        .to.deep.include({ status: 400, code: 'validation_failed' });
    }
    expect((await boss.get(`/reservations?status=CONFIRMED&limit=50&cursor=${cursor ?? ''}`)).status).to.equal(200);
  });

  it('by index, however many there are', async () => {
    const { rows: [row] } = await api.pool.query<{ id: string; product_id: string }>(
      'SELECT id, product_id FROM stock LIMIT 1');
    for (let n = 0; n < 8; n += 1) {
      await api.pool.query(`
        INSERT INTO reservations (id, stock_id, product_id, store_id, customer_id, quantity, status, expires_at,
          created_by, batch_id, reference, confirmed_quantity, closed_at)
        SELECT gen_random_uuid(), $1, $2, (ARRAY['MAD-001', 'BCN-001', 'VAL-001'])[1 + n % 3], 'many-' || n % 500, 1,
          CASE WHEN n % 100 = 0 THEN 'PENDING' WHEN n % 2 = 0 THEN 'CONFIRMED' ELSE 'CANCELLED' END,
          now() + interval '1 h', CASE WHEN n % 7 = 0 THEN 'vendor-789' ELSE 'many-' || n % 500 END,
          CASE WHEN n % 5 = 0 THEN gen_random_uuid() END, CASE WHEN n % 3 = 0 THEN 'ref-' || n END,
          CASE WHEN n % 100 <> 0 AND n % 2 = 0 THEN 1 END, CASE WHEN n % 100 <> 0 THEN now() END
        FROM generate_series(1, 5000) n`, [row?.id, row?.product_id]);
    }
    await api.pool.query('ANALYZE reservations');
    const asked: readonly (readonly [Who, ReservationFilter, string])[] = [
      [admin, {}, 'reservations_pkey'], [admin, { store_id: 'MAD-001' }, 'idx_reservations_store'],
      [admin, { store_id: 'MAD-001', status: 'PENDING' }, 'idx_reservations_store'],
      [vendor, {}, 'idx_reservations_store'],
      [vendor, {}, 'idx_reservations_made_for'], [customer, {}, 'idx_reservations_customer'],
      [customer, { status: 'PENDING', store_id: 'MAD-001' }, 'idx_reservations_customer'],
      [admin, { customer_id: 'many-7' }, 'idx_reservations_customer'],
      [vendor, { reference: 'ref-9' }, 'idx_reservations_reference'],
      [customer, { batch_id: v7() }, 'idx_reservations_batch'],
    ];
    for (const [who, filter, index] of asked) {
      for (const before of [undefined, '80000000-0000-4000-8000-000000000000']) {
        const query = sql<{ 'QUERY PLAN': string }>`EXPLAIN ${listQuery(actorOf(who), filter, { before, size: 51 })}`;
        const plan = (await query.execute(api.db)).rows.map((each) => each['QUERY PLAN']).join('\n');
        expect(plan, `${who.userId} ${JSON.stringify(filter)}\n${plan}`).to.contain(index).and.not.contain('Seq Scan');
      }
    }
  });
});
