import { admin, customer } from '@inventory/domain/testing/given-when-then.ts';
import type { Stock } from '@inventory/domain/stock.ts';
import { expect } from 'chai';
import type { Command, Outcome } from './command.ts';
import { decideBatch } from './decide.ts';
import type { Loaded } from './load.ts';
import { commandOf, hold, receive } from '../testing/committing.ts';
import type { Row } from '../testing/committing.ts';

const PRODUCT = '0198a000-0000-7000-8000-0000000000aa';
const UNKNOWN = '0198a000-0000-7000-8000-0000000000ff';
const MADRID = { productId: PRODUCT, storeId: 'MAD-001' };
const BARCELONA = { productId: PRODUCT, storeId: 'BCN-001' };
const NOWHERE = { productId: UNKNOWN, storeId: 'MAD-001' };

const stockAt = (row: Row, quantity: number): Stock => (
  { id: `0198a000-0000-7000-8000-00000000000${row.storeId === 'MAD-001' ? 1 : 2}`, ...row, quantity, reserved: 0,
    version: 1 });

/** Several commands' parts as one command's list, and what it was told. */
function listOf(commands: readonly Command[], more: Partial<Command> = {}) {
  const told: { outcome: Outcome | undefined } = { outcome: undefined };
  const command: Command = {
    ...commandOf(commands.flatMap(({ parts }) => parts)), list: 'lines', ...more,
    answer: (outcome) => {
      told.outcome = outcome;
      return { status: outcome.ok ? 200 : 409, headers: {}, body: Buffer.alloc(0) };
    },
  };
  return { command, told };
}

function decide(commands: readonly Command[], more: Partial<Loaded> = {}) {
  let ids = 0;
  return decideBatch({
    now: new Date('2026-01-01T12:00:00.000Z'), stocks: [stockAt(MADRID, 5), stockAt(BARCELONA, 3)], reservations: [],
    answers: [], products: new Set([PRODUCT]), stores: new Set(['MAD-001', 'BCN-001']), ...more,
  }, commands, { newId: () => `0198a000-0000-7000-8000-0000000002${String(ids++).padStart(2, '0')}`,
    skippedLocked: false });
}

const refusalOf = ({ outcome }: { outcome: Outcome | undefined }) =>
  (outcome?.ok === false ? outcome.refusal : undefined);

describe('a command of several parts', () => {
  it('that wants too much of one row together is refused with every line of that row, in sum', () => {
    const cart = listOf([hold(MADRID, 3), hold(BARCELONA, 3), hold(MADRID, 3)]);
    const { writes } = decide([cart.command]);
    expect(refusalOf(cart.told)).to.deep.include({ code: 'insufficient_stock' });
    expect(refusalOf(cart.told)?.details.lines).to.deep.equal([
      { index: 0, product_id: PRODUCT, store_id: 'MAD-001', requested: 6, available: 5 },
      { index: 2, product_id: PRODUCT, store_id: 'MAD-001', requested: 6, available: 5 },
    ]);
    expect(refusalOf(cart.told)?.details.errors?.map(({ pointer }) => pointer)).to.deep.equal(['/lines/0', '/lines/2']);
    expect(writes.events).to.deep.equal([]);
  });

  it('that wants what is there is accepted whole, with a result for each in its place', () => {
    const cart = listOf([hold(MADRID, 3), hold(BARCELONA, 3), hold(MADRID, 2)]);
    const { writes } = decide([cart.command]);
    expect(cart.told.outcome).to.deep.include({ ok: true });
    expect(cart.told.outcome?.ok === true && cart.told.outcome.results.map(({ index }) => index))
      .to.deep.equal([0, 1, 2]);
    expect(writes.newReservations).to.have.length(3);
  });

  it('names what does not exist beside what is short; the first of them gives the code', () => {
    const cart = listOf([hold(NOWHERE, 1), hold(MADRID, 9)]);
    decide([cart.command]);
    expect(refusalOf(cart.told)).to.deep.include({ code: 'not_found' });
    expect(refusalOf(cart.told)?.details.errors).to.deep.equal([
      { pointer: '/lines/0', message: `There is no product ${UNKNOWN}.` },
      { pointer: '/lines/1', message: '5 available, 9 requested.' },
    ]);
    expect(refusalOf(cart.told)?.details.lines?.map(({ index }) => index)).to.deep.equal([1]);
  });

  it('takes changes of stock one after the other, and points at those that cannot be', () => {
    const list = listOf([receive(MADRID, 1), receive(MADRID, -6), receive(MADRID, -1),
      receive(BARCELONA, 1, { expectedVersion: 7 })]);
    decide([list.command]);
    expect(refusalOf(list.told)?.code).to.equal('insufficient_stock');
    expect(refusalOf(list.told)?.details.lines).to.deep.equal(
      [{ index: 2, product_id: PRODUCT, store_id: 'MAD-001', requested: 1, available: 0 }]);
    expect(refusalOf(list.told)?.details.errors?.map(({ pointer }) => pointer)).to.deep.equal(['/lines/2', '/lines/3']);
  });

  it('in partial mode does what can be done, and says what could not', () => {
    const list = listOf([receive(MADRID, 1), receive(MADRID, -9), receive(NOWHERE, 1), receive(MADRID, -6)],
      { partial: true });
    const { writes } = decide([list.command]);
    const { outcome } = list.told;
    if (outcome?.ok !== true) throw new Error('refused');
    expect(outcome.results.map(({ index, stock }) => [index, stock.quantity])).to.deep.equal([[0, 6], [3, 0]]);
    expect([...outcome.refused].map(([index, { code }]) => [index, code])).to.deep.equal(
      [[1, 'insufficient_stock'], [2, 'not_found']]);
    expect(writes.events).to.have.length(2);
  });
});

describe('what a customer may hold', () => {
  const limits = { units: 4, reservations: 2 };
  const held = (units: number, reservations: number) =>
    ({ holds: { limits, held: new Map([['cust-1', { units, reservations }]]) } });
  const by = customer('cust-1');
  const codes = (commands: readonly Command[], more: Partial<Loaded>) => {
    const told = commands.map((command) => listOf([command], { actor: command.actor }));
    decide(told.map(({ command }) => command), more);
    return told.map(({ told: each }) => refusalOf(each)?.code ?? 'ok');
  };

  it('counts what the earlier commands of the batch have taken', () => {
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

  it('binds the customer, not the shop that reserves for him', () => {
    expect(codes([hold(MADRID, 5, { customerId: 'cust-1' }, { by: admin })], held(4, 2))).to.deep.equal(['ok']);
  });

  it('refuses a cart whole when its lines together would be too much', () => {
    const cart = listOf([hold(MADRID, 3), hold(BARCELONA, 2)], { actor: by });
    const { writes } = decide([cart.command], held(0, 0));
    expect(refusalOf(cart.told)?.code).to.equal('hold_limit_exceeded');
    expect(refusalOf(cart.told)?.details.errors?.map(({ pointer }) => pointer)).to.deep.equal(['/lines/1']);
    expect(writes.events).to.deep.equal([]);
  });
});

describe('a row that was empty when it was locked', () => {
  const emptied = { stocks: [stockAt(MADRID, 0)], emptied: new Set([stockAt(MADRID, 0).id]) };
  it('receives nothing where its product is gone: archived products stay without stock', () => {
    const gone = listOf([receive(MADRID, 1)]);
    decide([gone.command], { ...emptied, products: new Set() });
    expect(refusalOf(gone.told)?.code).to.equal('not_found');
  });
  it('receives where the product is there, and one that was emptied within the batch is not asked about', () => {
    const [back, out, again] = [listOf([receive(MADRID, 1)]), listOf([receive(BARCELONA, -3)]),
      listOf([receive(BARCELONA, 1)])];
    decide([back.command, out.command, again.command],
      { ...emptied, stocks: [...emptied.stocks, stockAt(BARCELONA, 3)] });
    expect([back, out, again].map(({ told }) => told.outcome?.ok)).to.deep.equal([true, true, true]);
  });
});
