import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { createDatabase } from '@inventory/db/pool.ts';
import type { Database } from '@inventory/db/pool.ts';
import { inSnapshot } from '@inventory/db/testing/snapshot.ts';
import { adminUrlFromEnvironment, createTestDatabase, createTestPool, patientConfig } from '@inventory/db/testing/database.ts';
import type { TestDatabase } from '@inventory/db/testing/database.ts';
import type { Actor } from '@inventory/domain/access.ts';
import type { StockRowEvent } from '@inventory/domain/events.ts';
import { aggregateIdOf, streamOf } from '@inventory/domain/events.ts';
import { newestVersion } from '@inventory/domain/events-stored.ts';
import { fold } from '@inventory/domain/testing/fold.ts';
import type { ChangeReservation, Reservation } from '@inventory/domain/reservation.ts';
import { decideReservation, decideReserve } from '@inventory/domain/reservation.ts';
import type { Decision, Stock } from '@inventory/domain/stock.ts';
import { decideStock, emptyStock } from '@inventory/domain/stock.ts';
import type { Violation } from './violation.ts';
import { checkInvariants, checkSnapshot, expectInvariants } from './invariants.ts';
import { logDigest } from '../log/digest.ts';

const actor: Actor = { id: 'admin-1', role: 'admin', storeIds: new Set() };
const PRODUCT = randomUUID();
const STORE = 'MAD-001';
const STOCK = randomUUID();
const CUSTOMER = randomUUID();
const [CONFIRMED, CANCELLED, EXPIRED, OPEN] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
// An odd millisecond: one that a float of seconds would not carry exactly.
const START = Date.UTC(2026, 0, 1, 7, 13, 29, 123);

/** A row's life with a hold in each state, as the domain itself decides it. */
function life(): readonly StockRowEvent[] {
  const events: StockRowEvent[] = [];
  let second = 0;
  const decide = (decision: (stock: Stock, now: Date) => Decision<StockRowEvent>): void => {
    const stock = fold(events).stock ?? emptyStock(STOCK, PRODUCT, STORE);
    const outcome = decision(stock, new Date(START + 1000 * second));
    if (!outcome.ok) throw new Error(outcome.refusal.message);
    events.push(...outcome.events);
    second += 1;
  };
  const adjust = (delta: number): void => {
    decide((stock) => decideStock({
      type: 'adjust_stock', delta, reason: 'RESTOCK', expectedVersion: undefined, reference: null, note: null,
      occurredAt: null,
    }, stock, actor));
  };
  const reserve = (reservationId: string, quantity: number, ttlSeconds: number): void => {
    decide((stock, now) => decideReserve({
      type: 'reserve', reservationId, customerRef: CUSTOMER, quantity, ttlSeconds, batchId: null, reference: null,
    }, stock, actor, now));
  };
  const change = (id: string, command: ChangeReservation): void => {
    decide((stock, now) => decideReservation(command, fold(events).reservations.get(id), stock, actor, now));
  };
  adjust(100);
  reserve(CONFIRMED, 5, 600);
  reserve(CANCELLED, 3, 600);
  reserve(EXPIRED, 2, 1);
  change(CONFIRMED, { type: 'confirm', quantity: 4 });
  change(CANCELLED, { type: 'cancel' });
  change(EXPIRED, { type: 'expire' });
  reserve(OPEN, 7, 600);
  adjust(-10);
  return events;
}

async function write(pool: pg.Pool, events: readonly StockRowEvent[]): Promise<void> {
  const { stock, reservations } = fold(events);
  if (stock === undefined) throw new Error('no stock');
  await pool.query('INSERT INTO products (id, sku, name, price) VALUES ($1, $2, $3, 1)', [PRODUCT, 'sku-1', 'Laptop']);
  await pool.query('INSERT INTO stores (id, uid, name) VALUES ($1, $2, $3)', [STORE, randomUUID(), 'Madrid Centro']);
  await pool.query(
    'INSERT INTO stock (id, product_id, store_id, quantity, reserved, version) VALUES ($1, $2, $3, $4, $5, $6)',
    [STOCK, PRODUCT, STORE, stock.quantity, stock.reserved, stock.version]);
  for (const r of reservations.values()) await insertReservation(pool, r);
  for (const event of events) await insertEvent(pool, event);
}

async function insertReservation(pool: pg.Pool, r: Reservation): Promise<void> {
  await pool.query(`
    INSERT INTO reservations (id, stock_id, product_id, store_id, customer_ref, quantity, status, expires_at, created_at,
      created_by, batch_id, reference, confirmed_quantity, closed_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`, [
    r.id, r.stockId, r.productId, r.storeId, r.customerRef, r.quantity, r.status, r.expiresAt, r.createdAt, r.createdBy,
    r.batchId, r.reference, r.status === 'CONFIRMED' ? r.confirmedQuantity : null,
    r.status === 'PENDING' ? null : r.closedAt]);
}

async function insertEvent(pool: pg.Pool, event: StockRowEvent): Promise<void> {
  const { id, version } = streamOf(event);
  await pool.query(`
    INSERT INTO events (id, event_type, store_id, aggregate_id, payload, stream_id, stream_version, metadata, schema_version)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
  [randomUUID(), event.type, event.payload.store_id, aggregateIdOf(event), event.payload, id, version,
    { actor: { id: 'admin-1', role: 'admin' }, idempotency_key: `key-${event.type}` }, newestVersion(event.type)]);
}

async function answer(pool: pg.Pool, key: string, status: number, body: string): Promise<void> {
  await pool.query(`INSERT INTO idempotency_keys (principal, operation, key, fingerprint, status, headers, response)
    VALUES ('admin-1', 'op', $1, '', $2, '{}', $3)`, [key, status, Buffer.from(body)]);
}

/** What each corruption breaks: the SQL, run with triggers off, and the invariants that must speak up, no others. */
const corruptions: readonly (readonly [what: string, broken: readonly string[], sql: string])[] = [
  ['more reserved than there is', ['I1', 'I5', 'I6', 'I14'], `
    ALTER TABLE stock DROP CONSTRAINT stock_check; UPDATE stock SET quantity = 6`],
  ['reserved without a hold', ['I2', 'I5', 'I6'], 'UPDATE stock SET reserved = 8'],
  ['a hold of another size', ['I2', 'I6'], `UPDATE reservations SET quantity = 8 WHERE id = '${OPEN}'`],
  ['a hold of no row', ['I2', 'I6'], `UPDATE reservations SET stock_id = gen_random_uuid() WHERE id = '${OPEN}'`],
  ['units that came back beside the log', ['I6'], `UPDATE reservations SET returned_quantity = 1 WHERE id = '${CONFIRMED}'`],
  ['a reservation without events', ['I3'], `
    INSERT INTO reservations SELECT (jsonb_populate_record(r, jsonb_build_object('id', gen_random_uuid()))).*
    FROM reservations r WHERE id = '${CANCELLED}'`],
  ['a reservation without its row', ['I3', 'I6'], `DELETE FROM reservations WHERE id = '${CANCELLED}'`],
  ['a terminal row without its event', ['I3', 'I4', 'I6'], `
    DELETE FROM events WHERE event_type = 'reservation.expired'`],
  ['a terminal event on a PENDING row', ['I2', 'I3', 'I6'], `
    UPDATE reservations SET status = 'PENDING', closed_at = NULL WHERE id = '${CANCELLED}'`],
  ['another terminal state than the event\'s', ['I3', 'I6', 'I15'], `
    UPDATE reservations SET status = 'CANCELLED' WHERE id = '${EXPIRED}'`],
  ['a gap in the versions', ['I4', 'I6'], `
    UPDATE events SET stream_version = 99 WHERE stream_version = 9; UPDATE events SET payload =
      jsonb_set(payload, '{version}', '99') WHERE stream_version = 99; UPDATE stock SET version = 99`],
  ['versions out of the log\'s order', ['I4'], `
    UPDATE events SET position = 1000 WHERE stream_version = 1`],
  ['a stock event without a version', ['I4', 'I14'], `
    UPDATE events SET stream_version = NULL WHERE stream_version = 9; UPDATE stock SET quantity = 96, version = 8`],
  ['a row changed beside the log', ['I5', 'I6'], 'UPDATE stock SET version = 10'],
  ['a row without a stream', ['I5'], `
    INSERT INTO stores (id, uid, name) VALUES ('BCN-001', gen_random_uuid(), 'x');
    INSERT INTO stock (id, product_id, store_id) VALUES (gen_random_uuid(), '${PRODUCT}', 'BCN-001')`],
  ['an after-state that its deltas do not give', ['I5'], `
    UPDATE events SET payload = jsonb_set(payload, '{quantity}', '87') WHERE stream_version = 9`],
  ['deltas that the after-state hides', ['I6'], `
    UPDATE events SET payload = jsonb_set(payload, '{reserved_delta}', '6') WHERE stream_version = 8`],
  ['a field of a reservation, less than a millisecond off', ['I6'], `
    UPDATE reservations SET expires_at = expires_at + interval '1 microsecond' WHERE id = '${OPEN}'`],
  ['an event that no schema reads', ['I6'], `
    UPDATE events SET payload = payload - 'reserved_delta' WHERE stream_version = 8`],
  ['units out of nowhere', ['I5', 'I6', 'I14'], 'UPDATE stock SET quantity = 87'],
  ['a sale after the deadline', ['I6', 'I15'], `
    UPDATE reservations SET closed_at = expires_at WHERE id = '${CONFIRMED}'`],
  ['an expiry before the deadline', ['I6', 'I15'], `
    UPDATE reservations SET closed_at = expires_at - interval '1 ms' WHERE id = '${EXPIRED}'`],
  ['two ends of one reservation', ['I3', 'I4', 'I16'], `
    INSERT INTO events SELECT (jsonb_populate_record(e, jsonb_build_object('id', gen_random_uuid(), 'position', 1001,
      'stream_version', NULL, 'event_type', 'reservation.expired'))).*
    FROM events e WHERE event_type = 'reservation.cancelled'`],
  ['a log that is no longer append-only', ['I16'], 'ALTER TABLE events DISABLE TRIGGER events_append_only_delete'],
  ['a log whose trigger is gone', ['I16'], 'DROP TRIGGER events_append_only_update ON events'],
  ['a stored 5xx', ['I13'], `UPDATE idempotency_keys SET status = 503 WHERE key = 'stock'`],
  ['an acknowledged reservation without a row', ['I13'], `
    UPDATE idempotency_keys SET response = '{"reservation_id":"${randomUUID()}"}' WHERE key = 'reserve'`],
  ['an acknowledged state that is not the row\'s', ['I13'], `
    UPDATE idempotency_keys SET response = '{"reservation_id":"${CANCELLED}","status":"CONFIRMED"}'
    WHERE key = 'reserve'`],
  ['an acknowledged line of a cart without a row', ['I13'], `
    UPDATE idempotency_keys SET response = '{"reservations":[{"reservation_id":"${randomUUID()}"}]}'
    WHERE key = 'reserve'`],
  ['an acknowledged version without an event', ['I13'], `
    UPDATE idempotency_keys SET response = '{"product_id":"${PRODUCT}","store_id":"${STORE}","version":10}'
    WHERE key = 'stock'`],
  ['a refusal with an effect', ['I13'], `UPDATE idempotency_keys SET key = 'key-stock.updated' WHERE key = 'refused'`],
  ['a refusal with an effect, of a principal that is a pseudonym', ['I13'], `
    UPDATE idempotency_keys SET key = 'key-stock.updated', principal = '~9aF' WHERE key = 'refused'`],
  ['a stored answer that is no JSON', ['I13'], `UPDATE idempotency_keys SET response = '{' WHERE key = 'stock'`],
];

describe('the invariants', function () {
  this.timeout(60_000);
  let database: TestDatabase;
  let pool: pg.Pool;
  let db: Database;

  before(async () => {
    database = await createTestDatabase(adminUrlFromEnvironment());
    pool = createTestPool(database.url);
    db = createDatabase(pool);
    await write(pool, life());
    await answer(pool, 'reserve', 201, JSON.stringify({ reservation_id: CONFIRMED, status: 'PENDING' }));
    await answer(pool, 'confirm', 200, JSON.stringify({ reservation_id: CONFIRMED, status: 'CONFIRMED' }));
    await answer(pool, 'stock', 200, JSON.stringify({ product_id: PRODUCT, store_id: STORE, version: 1 }));
    await answer(pool, 'refused', 409, '{"code":"insufficient_stock"}');
  });
  after(async () => {
    await pool.end();
    await database.drop();
  });

  /** Runs SQL with triggers off, looks with what is given, and takes all of it back. */
  async function corrupted<T>(sql: string, look: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = new pg.Client(patientConfig(database.url));
    await client.connect();
    try {
      await client.query(`BEGIN; SET LOCAL session_replication_role = replica; ${sql}`);
      return await look(client);
    } finally {
      await client.query('ROLLBACK');
      await client.end();
    }
  }

  async function violationsAfter(sql: string): Promise<readonly Violation[]> {
    return corrupted(sql, (client) => checkSnapshot({
      query: async <R extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []) =>
        (await client.query<R>(text, [...values])).rows,
    }));
  }

  it('hold for what the domain has decided, from a pool as from Kysely', async () => {
    expect(await checkInvariants(db)).to.deep.equal([]);
    expect(await checkInvariants(pool)).to.deep.equal([]);
    await expectInvariants(db);
  });

  for (const [what, broken, sql] of corruptions) {
    it(`${broken.join(' ')}: ${what}`, async () => {
      const violations = await violationsAfter(sql);
      expect([...new Set(violations.map(({ invariant }) => invariant))], JSON.stringify(violations, null, 2))
        .to.have.members(broken);
    });
  }

  it('are judged as of one instant, so that they may be asked while writes go on', async () => {
    const sell = (): Promise<unknown> => pool.query(`
      WITH sold AS (UPDATE stock SET quantity = quantity - 1, version = version + 1 RETURNING *)
      INSERT INTO events (id, event_type, store_id, aggregate_id, stream_id, stream_version, payload)
      SELECT gen_random_uuid(), 'stock.updated', store_id, product_id, id, version, jsonb_build_object(
        'stock_id', id, 'product_id', product_id, 'store_id', store_id, 'quantity', quantity, 'reserved', reserved,
        'available', quantity - reserved, 'version', version, 'delta', -1, 'reserved_delta', 0, 'reason', 'SALE',
        'user_id', 'admin-1', 'reference', null, 'note', null, 'occurred_at', null) FROM sold`);
    const seen = await inSnapshot(db, (snapshot) => checkSnapshot({
      query: async <R extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []) => {
        await sell();
        return snapshot.query<R>(text, values);
      },
    }));
    expect(seen).to.deep.equal([]);
    expect(await checkInvariants(db)).to.deep.equal([]);
  });

  it('say what is broken where, as an error and as a command that exits 1', async () => {
    const command = fileURLToPath(new URL('./invariants.ts', import.meta.url));
    const run = (...args: readonly string[]) => spawnSync(process.execPath, [command, ...args], { encoding: 'utf8' });
    const whole = run(database.url);
    expect(whole.status, whole.stderr).to.equal(0);
    expect(whole.stdout.match(/^I\d+ +holds /gm)).to.have.length(13);
    await pool.query('UPDATE stock SET reserved = 8');
    const error = await expectInvariants(db).then(() => undefined, (thrown: unknown) => thrown);
    expect(String(error)).to.include(`I2   stock ${STOCK}: reserved 8, PENDING 7`)
      .and.to.include(`I6   stock ${STOCK}: reserved is 8, the events say 7`);
    const broken = run(database.url);
    expect(broken.status).to.equal(1);
    expect(broken.stdout).to.match(/^I2 +BROKEN/m).and.to.include('reserved 8, PENDING 7');
    await pool.query('UPDATE stock SET reserved = 7');
    expect(run().status).to.equal(2);
    expect(run('postgres://127.0.0.1:1/none').status).to.equal(2);
  });
});

describe('the digest of the log', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  let db: Database;

  before(async () => {
    database = await createTestDatabase(adminUrlFromEnvironment());
    pool = createTestPool(database.url);
    db = createDatabase(pool);
    await write(pool, life());
  });
  after(async () => {
    await pool.end();
    await database.drop();
  });

  it('stays when events are added and marked, and moves when one is changed', async () => {
    const before = await logDigest(db);
    expect(before.events).to.equal(9);
    const [first] = life();
    if (first?.type !== 'stock.updated') throw new Error('a life begins with a receipt');
    await insertEvent(pool, { ...first, payload: { ...first.payload, stock_id: randomUUID() } });
    await pool.query(`INSERT INTO published_runs (stream, first_position, last_position, first_sequence, count, term)
      SELECT '', min(position), max(position), 1, count(*), 0 FROM events`);
    expect(await logDigest(db, before.upTo)).to.deep.equal(before);
    await pool.query(`ALTER TABLE events DISABLE TRIGGER USER;
      UPDATE events SET payload = jsonb_set(payload, '{reason}', '"LOSS"') WHERE position = 1`);
    expect((await logDigest(db, before.upTo)).digest).not.to.equal(before.digest);
  });
});
