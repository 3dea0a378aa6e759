import { createHash } from 'node:crypto';
import { vendorOf } from '@inventory/domain/testing/given-when-then.ts';
import type { PendingReservation } from '@inventory/domain/reservation.ts';
import type { Stock } from '@inventory/domain/stock.ts';
import { expect } from 'chai';
import type { Command } from './command.ts';
import { decideBatch } from './decide.ts';
import type { Loaded } from './load.ts';
import { change, commandOf, customer, hold, read, receive } from '../testing/committing.ts';

const NOW = new Date('2026-01-01T12:00:00.000Z');
const PRODUCT = '0198a000-0000-7000-8000-0000000000aa';
const MADRID = { productId: PRODUCT, storeId: 'MAD-001' };
const BARCELONA = { productId: PRODUCT, storeId: 'BCN-001' };

const stock: Stock = { id: '0198a000-0000-7000-8000-000000000001', ...MADRID, quantity: 5, reserved: 0, version: 1 };

/** A hold of `quantity` units that ends so many ms after the clock of the decisions. */
function pending(n: number, quantity: number, endsInMs: number): PendingReservation {
  return {
    id: `0198a000-0000-7000-8000-0000000001${String(n).padStart(2, '0')}`, stockId: stock.id, ...MADRID,
    customerRef: 'cust-1', quantity, status: 'PENDING', batchId: null, reference: null, createdBy: 'cust-1',
    createdAt: new Date(NOW.getTime() - 60_000), expiresAt: new Date(NOW.getTime() + endsInMs),
  };
}

function decide(commands: readonly Command[], more: Partial<Loaded> = {}, skippedLocked = false) {
  let ids = 0;
  const newId = (): string => `0198a000-0000-7000-8000-0000000002${String(ids++).padStart(2, '0')}`;
  const loaded: Loaded = {
    now: NOW, stocks: [stock], reservations: [], answers: [], products: new Set(), stores: new Set(), ...more,
  };
  const { settled, writes } = decideBatch(loaded, commands, { newId, skippedLocked });
  return {
    settled, writes,
    told: settled.map((each) => (each === 'locked' ? each : read(each))),
    types: writes.events.map(({ event }) => event.type),
    versions: writes.events.map(({ event }) => event.payload.version),
  };
}

describe('a batch is decided', () => {
  it('one command after the other, each seeing what its predecessors left', () => {
    const { told, versions, writes } = decide([hold(MADRID, 3), hold(MADRID, 3), receive(MADRID, 4), hold(MADRID, 6)]);
    expect(told.map((t) => (t === 'locked' ? t : t.code ?? t.version))).to.deep.equal([2, 'insufficient_stock', 3, 4]);
    expect(versions).to.deep.equal([2, 3, 4]);
    expect(writes.changedStocks).to.deep.equal([{ ...stock, quantity: 9, reserved: 9, version: 4 }]);
  });

  it('with the number that is left for each command, not for the batch', () => {
    const { told } = decide([hold(MADRID, 4), hold(MADRID, 2)]);
    expect(told[1]).to.deep.include({ code: 'insufficient_stock', available: 1 });
  });

  it('with one final state for each row that its commands change, and none for other rows', () => {
    const kept = pending(1, 1, 1000);
    const { writes } = decide(
      [receive(MADRID, 1), receive(MADRID, 1), change(kept.id, { type: 'extend', ttlSeconds: 60 }),
        change(kept.id, { type: 'cancel' })],
      { stocks: [{ ...stock, reserved: 1 }, { ...stock, id: PRODUCT, storeId: 'BCN-001' }], reservations: [kept] });
    expect(writes.changedStocks).to.deep.equal([{ ...stock, quantity: 7, reserved: 0, version: 5 }]);
    expect(writes.changedReservations.map(({ id, status }) => [id, status])).to.deep.equal([[kept.id, 'CANCELLED']]);
    expect(writes.newStocks).to.deep.equal([]);
  });

  it('so that a hold that is made and sold in one batch is one new row, sold', () => {
    const made = hold(MADRID, 2, { reservationId: pending(7, 2, 0).id });
    const { writes, types } = decide([made, change(pending(7, 2, 0).id, { type: 'confirm', quantity: undefined })]);
    expect(types).to.deep.equal(['reservation.created', 'reservation.confirmed']);
    expect(writes.changedReservations).to.deep.equal([]);
    expect(writes.newReservations).to.have.length(1);
    expect(writes.newReservations[0]).to.deep.include({ status: 'CONFIRMED', confirmedQuantity: 2, closedAt: NOW });
  });

  it('so that a refused command costs its neighbours nothing and writes nothing', () => {
    const { told, writes } = decide([
      hold(MADRID, 1), hold(MADRID, 99), receive(MADRID, 5, {}, { by: customer('cust-1') }),
      receive(MADRID, 1, { expectedVersion: 1 }), hold(MADRID, 4),
    ]);
    expect(told.map((t) => (t === 'locked' ? t : t.code ?? 'ok'))).to.deep.equal(
      ['ok', 'insufficient_stock', 'store_not_in_scope', 'version_mismatch', 'ok']);
    expect(writes.events).to.have.length(2);
    expect(writes.newReservations).to.have.length(2);
  });

  it('all or nothing for a command of several parts: its possible part is undone', () => {
    const cart = commandOf([...hold(MADRID, 2).parts, ...hold(MADRID, 4).parts]);
    const { told, writes } = decide([cart, hold(MADRID, 5)]);
    expect(told[0]).to.deep.include({ code: 'insufficient_stock', available: 3 });
    expect(told[1]).to.deep.include({ version: 2, reserved: 5 });
    expect(writes.newReservations).to.have.length(1);
  });

  it('by the database clock, which every event and hold of the batch carries', () => {
    const { writes } = decide([hold(MADRID, 1, { ttlSeconds: 30 })]);
    expect(writes.now).to.equal(NOW);
    expect(writes.newReservations[0]).to.deep.include({ createdAt: NOW, expiresAt: new Date(NOW.getTime() + 30_000) });
  });
});

describe('lapsed holds are expired first', () => {
  const lapsed = [pending(1, 2, -1), pending(2, 3, 0)];
  const rows = { stocks: [{ ...stock, reserved: 5 }], reservations: lapsed };

  it('as events of the same batch, so that its first command can have their units', () => {
    const { types, versions, told, writes } = decide([hold(MADRID, 5)], rows);
    expect(types).to.deep.equal(['reservation.expired', 'reservation.expired', 'reservation.created']);
    expect(versions).to.deep.equal([2, 3, 4]);
    expect(told[0]).to.deep.include({ reserved: 5, version: 4 });
    expect(writes.changedReservations.map(({ status }) => status)).to.deep.equal(['EXPIRED', 'EXPIRED']);
  });

  it('even when every command of the batch is refused', () => {
    const { types, told } = decide([change(lapsed[0]?.id ?? '', { type: 'confirm', quantity: undefined })], rows);
    expect(told[0]).to.deep.include({ code: 'reservation_expired' });
    expect(types).to.deep.equal(['reservation.expired', 'reservation.expired']);
  });

  it('by the system, caused by the request that found them', () => {
    const { writes } = decide([hold(MADRID, 1, {}, { by: customer('cust-1'), name: 'request-1' })], rows);
    expect(writes.events[0]?.cause).to.deep.equal({
      actor: { id: 'system', role: 'admin' }, metadata: { request_id: 'request-1' }, idempotency: undefined,
    });
    expect(writes.events[2]?.cause).to.deep.equal({
      actor: { id: 'cust-1', role: 'customer' }, metadata: { request_id: 'request-1' }, idempotency: undefined,
    });
  });

  it('but not a millisecond early: a hold that ends after the clock still counts', () => {
    const { types, told } = decide([hold(MADRID, 3)], { stocks: [{ ...stock, reserved: 3 }], reservations: [pending(1, 3, 1)] });
    expect(types).to.deep.equal([]);
    expect(told[0]).to.deep.include({ code: 'insufficient_stock', available: 2 });
  });
});

describe('an idempotency key', () => {
  const fingerprint = createHash('sha256').update('body').digest();
  const stored = {
    principal: 'admin-1', operation: 'test', key: 'k', fingerprint, status: 201, headers: { etag: '"9"' },
    response: Buffer.from('{ "version" :9}'),
  };

  it('used twice in one batch has one effect: the second use gets the first\'s answer', () => {
    const once = receive(MADRID, 1, {}, { key: 'k' });
    const { settled: [first, second], writes } = decide([once, receive(MADRID, 1, {}, { key: 'k' })]);
    expect(first).to.include({ kind: 'decided' });
    expect(second).to.include({ kind: 'repeated' });
    expect(first !== 'locked' && first?.stored).to.deep.equal(second !== 'locked' && second?.stored);
    expect(writes.events).to.have.length(1);
    expect(writes.answers).to.have.length(1);
  });

  it('with a stored answer gets its bytes, and nothing is decided', () => {
    const { settled, writes } = decide([receive(MADRID, 1, {}, { key: 'k', body: 'body' })], { answers: [stored] });
    const answer = { status: 201, headers: { etag: '"9"' }, body: stored.response };
    expect(settled).to.deep.equal([{ kind: 'repeated', stored: answer, stores: [], names: new Map() }]);
    expect([...writes.events, ...writes.answers]).to.deep.equal([]);
  });

  it('with another body is refused, and the refusal is not stored', () => {
    const { told, writes } = decide([receive(MADRID, 1, {}, { key: 'k', body: 'other' })], { answers: [stored] });
    expect(told[0]).to.deep.include({ code: 'idempotency_key_reused' });
    expect([...writes.events, ...writes.answers]).to.deep.equal([]);
  });

  it('belongs to one principal: the same text of another principal is another key', () => {
    const { told, writes } = decide(
      [receive(MADRID, 1, {}, { key: 'k', body: 'body', by: vendorOf('MAD-001') })], { answers: [stored] });
    expect(told[0]).to.deep.include({ version: 2 });
    expect(writes.answers[0]?.principal).to.equal('vendor-1');
  });

  it('stores a refusal too, so that a repeat gets the same answer', () => {
    const { writes } = decide([hold(MADRID, 99, {}, { key: 'k' })]);
    expect(writes.events).to.deep.equal([]);
    expect(writes.answers[0]).to.deep.include({ key: 'k', status: 409 });
  });

  it('stores no validation error: the corrected request may use the same key', () => {
    const held = pending(1, 2, 1000);
    const { told, writes } = decide(
      [change(held.id, { type: 'confirm', quantity: 3 }, { key: 'k' }), change(held.id, { type: 'confirm', quantity: 2 }, { key: 'k' })],
      { stocks: [{ ...stock, reserved: 2 }], reservations: [held] });
    expect(told).to.have.length(2);
    expect(told[0]).to.deep.include({ code: 'validation_failed' });
    expect(told[1]).to.deep.include({ status: 'CONFIRMED' });
    expect(writes.answers).to.have.length(1);
  });

  it('is written in one order by every process: by principal, operation and key', () => {
    const { writes } = decide([
      receive(MADRID, 1, {}, { key: 'b' }), receive(MADRID, 1, {}, { key: 'a', by: vendorOf('MAD-001') }),
      receive(MADRID, 1, {}, { key: 'a' }), receive(MADRID, 1, {}, { key: 'c', operation: 'sell' }),
    ]);
    expect(writes.answers.map(({ principal, operation, key }) => `${principal} ${operation} ${key}`)).to.deep.equal(
      ['admin-1 sell c', 'admin-1 test a', 'admin-1 test b', 'vendor-1 test a']);
  });
});

describe('a stock row that does not exist', () => {
  const known = { products: new Set([PRODUCT]), stores: new Set(['BCN-001']) };

  it('is made by its first receipt, at version 1, once in a batch', () => {
    const { writes, told } = decide([receive(BARCELONA, 2), receive(BARCELONA, 3)], known);
    expect(told.map((t) => (t === 'locked' ? t : t.version))).to.deep.equal([1, 2]);
    expect(writes.newStocks).to.have.length(1);
    expect(writes.newStocks[0]).to.deep.include({ ...BARCELONA, quantity: 5, version: 2 });
    expect(new Set(writes.events.map(({ event }) => event.payload.stock_id)).size).to.equal(1);
  });

  it('is not made by a reservation', () => {
    const { writes, told } = decide([hold(BARCELONA, 1)], known);
    expect(told[0]).to.deep.include({ code: 'insufficient_stock', available: 0 });
    expect(writes.newStocks).to.deep.equal([]);
  });

  it('of an unknown product or store is refused as not_found', () => {
    expect(decide([receive(BARCELONA, 1)], { ...known, products: new Set() }).told[0]).to.deep.include({ code: 'not_found' });
    expect(decide([receive(BARCELONA, 1)], { ...known, stores: new Set() }).told[0]).to.deep.include({ code: 'not_found' });
  });

  it('may exist and be locked where locked rows were left out: nothing is decided about it', () => {
    const held = { ...pending(1, 2, 1000), stockId: PRODUCT };
    const { settled, writes } = decide(
      [receive(BARCELONA, 1), change(held.id, { type: 'cancel' }), receive(MADRID, 1)],
      { ...known, reservations: [held] }, true);
    expect(settled.slice(0, 2)).to.deep.equal(['locked', 'locked']);
    expect(read(settled[2])).to.deep.include({ version: 2 });
    expect(writes.events).to.have.length(1);
  });
});
