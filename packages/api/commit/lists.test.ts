import { admin, service, vendorOf } from '@inventory/domain/testing/given-when-then.ts';
import type { Stock } from '@inventory/domain/stock.ts';
import { expect } from 'chai';
import type { Command, Outcome } from './command.ts';
import { decideBatch } from './decide.ts';
import type { Loaded } from './load.ts';
import { commandOf, customer, hold, receive } from '../testing/committing.ts';
import type { Row } from '../testing/committing.ts';

const PRODUCT = '0198a000-0000-7000-8000-0000000000aa';
const UNKNOWN = '0198a000-0000-7000-8000-0000000000ff';
const MADRID = { productId: PRODUCT, storeId: 'MAD-001' };
const BARCELONA = { productId: PRODUCT, storeId: 'BCN-001' };
const NOWHERE = { productId: UNKNOWN, storeId: 'MAD-001' };

const stockAt = (row: Row, quantity: number): Stock => (
  { id: `0198a000-0000-7000-8000-00000000000${row.storeId === 'MAD-001' ? 1 : 2}`, ...row, quantity, reserved: 0,
    version: 1 });

/** The parts of several commands as one command with a list. */
const listOf = (commands: readonly Command[], more: Partial<Command> = {}): Command =>
  ({ ...commandOf(commands.flatMap(({ parts }) => parts)), list: 'lines', ...more });

function decide(commands: readonly Command[], more: Partial<Loaded> = {}) {
  let ids = 0;
  const { settled, writes } = decideBatch({
    now: new Date('2026-01-01T12:00:00.000Z'), stocks: [stockAt(MADRID, 5), stockAt(BARCELONA, 3)], reservations: [],
    answers: [], products: new Set([PRODUCT]), stores: new Set(['MAD-001', 'BCN-001']), ...more,
  }, commands, { newId: () => `0198a000-0000-7000-8000-0000000002${String(ids++).padStart(2, '0')}`,
    skippedLocked: false });
  const outcomes = settled.map((each): Outcome | undefined =>
    (each !== 'locked' && each.kind === 'decided' ? each.outcome : undefined));
  return { outcomes, refusals: outcomes.map((outcome) => (outcome?.ok === false ? outcome.refusal : undefined)), writes };
}

describe('a command of several parts', () => {
  it('whose lines together want too much of a row is refused with every line of that row and their sum', () => {
    const cart = listOf([hold(MADRID, 3), hold(BARCELONA, 3), hold(MADRID, 3)]);
    const { refusals: [refusal], writes } = decide([cart]);
    expect(refusal).to.deep.include({ code: 'insufficient_stock' });
    expect(refusal?.details.lines).to.deep.equal([
      { index: 0, product_id: PRODUCT, store_id: 'MAD-001', requested: 6, available: 5 },
      { index: 2, product_id: PRODUCT, store_id: 'MAD-001', requested: 6, available: 5 },
    ]);
    expect(refusal?.details.errors?.map(({ pointer }) => pointer)).to.deep.equal(['/lines/0', '/lines/2']);
    expect(writes.events).to.deep.equal([]);
  });

  it('that wants no more than is there is accepted, with a result for each part in its place', () => {
    const cart = listOf([hold(MADRID, 3), hold(BARCELONA, 3), hold(MADRID, 2)]);
    const { outcomes: [outcome], writes } = decide([cart]);
    expect(outcome).to.deep.include({ ok: true });
    expect(outcome?.ok === true && outcome.results.map(({ index }) => index)).to.deep.equal([0, 1, 2]);
    expect(writes.newReservations).to.have.length(3);
  });

  it('names unknown products and short lines together; the first of them gives the code', () => {
    const cart = listOf([hold(NOWHERE, 1), hold(MADRID, 9)]);
    const { refusals: [refusal] } = decide([cart]);
    expect(refusal).to.deep.include({ code: 'not_found' });
    expect(refusal?.details.errors).to.deep.equal([
      { pointer: '/lines/0', message: `There is no product ${UNKNOWN}.` },
      { pointer: '/lines/1', message: '5 available, 9 requested.' },
    ]);
    expect(refusal?.details.lines?.map(({ index }) => index)).to.deep.equal([1]);
  });

  it('takes stock changes one after the other, and points at those that are refused', () => {
    const list = listOf([receive(MADRID, 1), receive(MADRID, -6), receive(MADRID, -1),
      receive(BARCELONA, 1, { expectedVersion: 7 })]);
    const { refusals: [refusal] } = decide([list]);
    expect(refusal?.code).to.equal('insufficient_stock');
    expect(refusal?.details.lines).to.deep.equal(
      [{ index: 2, product_id: PRODUCT, store_id: 'MAD-001', requested: 1, available: 0 }]);
    expect(refusal?.details.errors?.map(({ pointer }) => pointer)).to.deep.equal(['/lines/2', '/lines/3']);
  });

  it('in partial mode does what can be done, and reports what could not', () => {
    const list = listOf([receive(MADRID, 1), receive(MADRID, -9), receive(NOWHERE, 1), receive(MADRID, -6)],
      { partial: true });
    const { outcomes: [outcome], writes } = decide([list]);
    if (outcome?.ok !== true) throw new Error('refused');
    expect(outcome.results.map(({ index, stock }) => [index, stock.quantity])).to.deep.equal([[0, 6], [3, 0]]);
    expect([...outcome.refused].map(([index, { code }]) => [index, code])).to.deep.equal(
      [[1, 'insufficient_stock'], [2, 'not_found']]);
    expect(writes.events).to.have.length(2);
  });
});

describe('a new hold of an api whose clock is wrong', () => {
  it('has the time of the database in its id: the newest is the last, whoever made it', () => {
    const wrong = '0198a000-0000-7abc-8def-00000000cafe';
    const part = { kind: 'reserve', dated: true, ...MADRID, reserve: {
      type: 'reserve', reservationId: wrong, customerId: 'cust-1', quantity: 1, ttlSeconds: 60, batchId: null, reference: null,
    } } as const;
    const { writes: { newReservations: [made] } } = decide([commandOf([part])]);
    expect(made?.id.slice(13)).to.equal(wrong.slice(13));
    expect(Number.parseInt((made?.id ?? '').replaceAll('-', '').slice(0, 12), 16)).to.equal(Date.parse('2026-01-01T12:00:00.000Z'));
    expect(made?.id).to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-7abc-8def-00000000cafe$/);
  });
});

describe('what a customer may hold', () => {
  const limits = {
    customer: { units: 4, reservations: 2 }, vendor: { units: 6, reservations: 3 }, unitsSoldPerDay: 5,
  };
  const held = (units: number, reservations: number, sold = 0) => ({
    counted: {
      limits, held: new Map([['customer cust-1', { units, reservations }], ['vendor vendor-1', { units: 0, reservations: 0 }]]),
      sold: new Map([['cust-1', sold]]),
    },
  });
  const by = customer('cust-1');
  const codes = (commands: readonly Command[], more: Partial<Loaded>) => {
    const { refusals } = decide(commands.map((command) => listOf([command], { actor: command.actor })), more);
    return refusals.map((refusal) => refusal?.code ?? 'ok');
  };

  it('counts what the earlier commands of the batch took', () => {
    expect(codes([hold(MADRID, 2, {}, { by }), hold(BARCELONA, 2, {}, { by }), hold(MADRID, 1, {}, { by })],
      held(0, 0)))
      .to.deep.equal(['ok', 'ok', 'hold_limit_exceeded']);
    expect(codes([hold(MADRID, 1, {}, { by }), hold(BARCELONA, 2, {}, { by })], held(3, 1)))
      .to.deep.equal(['ok', 'hold_limit_exceeded']);
  });

  it('does not count what was refused', () => {
    expect(codes([hold(BARCELONA, 4, {}, { by }), hold(MADRID, 4, {}, { by })], held(0, 0)))
      .to.deep.equal(['insufficient_stock', 'ok']);
  });

  it('limits the customer, not the shop that reserves for him', () => {
    expect(codes([hold(MADRID, 5, { customerId: 'cust-1' }, { by: admin })], held(4, 2))).to.deep.equal(['ok']);
  });

  it('counts a hold against the vendor who makes it, and against the customer where the shop\'s server makes it', () => {
    const vendor = vendorOf('MAD-001');
    const made = [hold(MADRID, 4, {}, { by: vendor }), hold(BARCELONA, 3, {}, { by: vendor }), hold(BARCELONA, 2, {}, { by: vendor })];
    expect(codes(made, held(4, 2))).to.deep.equal(['ok', 'hold_limit_exceeded', 'ok']);
    expect(codes([hold(MADRID, 1, {}, { by: service })], held(4, 2))).to.deep.equal(['hold_limit_exceeded']);
    expect(codes([hold(MADRID, 1, {}, { by: service }), hold(MADRID, 4, {}, { by })], held(0, 0)))
      .to.deep.equal(['ok', 'hold_limit_exceeded']);
  });

  it('refuses a cart as a whole when its lines together are too much', () => {
    const cart = listOf([hold(MADRID, 3), hold(BARCELONA, 2)], { actor: by });
    const { refusals: [refusal], writes } = decide([cart], held(0, 0));
    expect(refusal?.code).to.equal('hold_limit_exceeded');
    expect(refusal?.details.errors?.map(({ pointer }) => pointer)).to.deep.equal(['/lines/1']);
    expect(writes.events).to.deep.equal([]);
  });
});

describe('a row that was empty when it was locked', () => {
  const emptied = { stocks: [stockAt(MADRID, 0)], emptied: new Set([stockAt(MADRID, 0).id]) };
  it('receives nothing where its product is archived: such products stay without stock', () => {
    const gone = listOf([receive(MADRID, 1)]);
    const { refusals: [refusal] } = decide([gone], { ...emptied, products: new Set() });
    expect(refusal?.code).to.equal('not_found');
  });
  it('receives where its product exists; for a row that was emptied within the batch the product is not asked for', () => {
    const [back, out, again] = [listOf([receive(MADRID, 1)]), listOf([receive(BARCELONA, -3)]),
      listOf([receive(BARCELONA, 1)])];
    const { outcomes } = decide([back, out, again], { ...emptied, stocks: [...emptied.stocks, stockAt(BARCELONA, 3)] });
    expect(outcomes.map((outcome) => outcome?.ok)).to.deep.equal([true, true, true]);
  });
});
