import { expect } from 'chai';
import fc from 'fast-check';
import type { Actor } from './access.ts';
import type { StockRowEvent } from './events.ts';
import type { Folding } from './testing/fold.ts';
import { fold, startFold } from './testing/fold.ts';
import type { ChangeReservation, Reservation } from './reservation.ts';
import { decideReservation, expire, hasLapsed } from './reservation.ts';
import { decideReturn } from './returns.ts';
import type { CountStock } from './stock.ts';
import type { Decision } from './stock.ts';
import type { Command } from './testing/given-when-then.ts';
import {
  STORE_ID, adjust, admin, append, at, count, customer, customerRef, isPending, reserve, rowOf, vendorOf,
} from './testing/given-when-then.ts';
import { MAX_QUANTITY } from './values.ts';

/** One step of a row's life: the clock moves on, perhaps a sweeper passes, and somebody asks for something. */
interface Step { readonly waitMs: number; readonly swept: boolean; readonly by: Actor; readonly ask: Ask }
type Ask =
  | { readonly what: 'adjust'; readonly delta: number; readonly expectedVersion: number | undefined }
  | { readonly what: 'count'; readonly quantity: number; readonly onShortfall: CountStock['onShortfall'] }
  | { readonly what: 'reserve'; readonly units: number; readonly ttlSeconds: number; readonly of: string }
  /** Of the holds made so far, the one that many places back. */
  | { readonly what: 'change'; readonly back: number; readonly command: ChangeReservation }
  | { readonly what: 'return'; readonly back: number; readonly units: number | undefined };

// Small numbers and whole seconds, so that rows run empty and deadlines are met to the millisecond.
const units = fc.integer({ min: 1, max: 12 });
const ttlSeconds = fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 1, max: 6 }) }, fc.constantFrom(600, 86_400));
const ask: fc.Arbitrary<Ask> = fc.oneof(
  { weight: 2, arbitrary: fc.record({
    what: fc.constant('adjust' as const),
    delta: fc.oneof(
      fc.integer({ min: -20, max: 30 }).filter((n) => n !== 0), fc.constantFrom(MAX_QUANTITY, -1_000_000)),
    expectedVersion: fc.option(fc.nat(12), { nil: undefined }),
  }) },
  { weight: 1, arbitrary: fc.record({
    what: fc.constant('count' as const), quantity: fc.nat(30), onShortfall: fc.constantFrom('REFUSE' as const, 'RELEASE' as const),
  }) },
  { weight: 2, arbitrary: fc.record({
    what: fc.constant('return' as const), back: fc.nat(5), units: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
  }) },
  { weight: 3, arbitrary: fc.record({
    what: fc.constant('reserve' as const), units, ttlSeconds, of: fc.constantFrom('cust-1', 'cust-2'),
  }) },
  { weight: 5, arbitrary: fc.record({
    what: fc.constant('change' as const),
    back: fc.nat(5),
    command: fc.oneof(
      fc.record({ type: fc.constant('confirm' as const), quantity: fc.option(units, { nil: undefined }) }),
      fc.constant({ type: 'cancel' } as const),
      fc.constant({ type: 'let_go' } as const),
      fc.record({ type: fc.constant('extend' as const), ttlSeconds }),
      fc.constant({ type: 'expire' } as const),
    ),
  }) },
);
const steps: fc.Arbitrary<readonly Step[]> = fc.array(fc.record({
  waitMs: fc.oneof(fc.constantFrom(0, 1, 500, 1000, 3_600_000), fc.nat(7_000)),
  swept: fc.boolean(),
  by: fc.constantFrom(admin, admin, vendorOf(STORE_ID), vendorOf('BCN-001'), customer('cust-1'), customer('cust-2')),
  ask,
}), { maxLength: 40, size: 'max' });

function commandOf(ask: Ask, state: Folding, stepNumber: number): Command {
  switch (ask.what) {
    case 'adjust':
      return adjust(ask.delta, { expectedVersion: ask.expectedVersion });
    case 'count':
      return count(ask.quantity, { onShortfall: ask.onShortfall });
    case 'reserve':
      return reserve(`r${stepNumber}`, ask.units, { ttlSeconds: ask.ttlSeconds, customerRef: customerRef(ask.of) });
    case 'return':
      return (_, actor, now) => decideReturn({
        type: 'return', quantity: ask.units, reference: null, note: null, occurredAt: null,
      }, [...state.reservations.values()].at(-1 - ask.back), rowOf(state), actor, now);
    case 'change':
      return (_, actor, now) => decideReservation(
        ask.command, [...state.reservations.values()].at(-1 - ask.back), rowOf(state), actor, now);
  }
}

type Look = (state: Folding, events: readonly StockRowEvent[], outcome: Decision<StockRowEvent>) => void;

/** Runs a life as the group commit does; `look` sees the row, its events and the answer after every step. */
function live(life: readonly Step[], look: Look): void {
  const state = startFold();
  const events: StockRowEvent[] = [];
  const add = (decided: readonly StockRowEvent[]): void => {
    append(state, decided);
    events.push(...decided);
  };
  let seconds = 0;
  life.forEach((step, stepNumber) => {
    seconds += step.waitMs / 1000;
    const now = at(seconds);
    const lapsed = [...state.reservations.values()].filter((r) => hasLapsed(r, now)).filter(isPending);
    if (step.swept) for (const reservation of lapsed) add([expire(reservation, rowOf(state), now)]);
    const decision = commandOf(step.ask, state, stepNumber)(state, step.by, now);
    if (decision.ok) add(decision.events);
    look(state, events, decision);
  });
}

const lives = (look: Look, numRuns = 1_500): void => {
  fc.assert(fc.property(steps, (life) => { live(life, look); }), { numRuns });
};

describe('whatever is asked of a row, in whatever order', function () {
  this.timeout(20_000);
  // `append` holds every event to its schema, and its after-state to what evolve makes of it.
  it('reserved is never negative and never above quantity, quantity never above the cap', () => {
    lives(({ stock }) => {
      if (stock === undefined) return;
      expect(stock.reserved).to.be.within(0, stock.quantity);
      expect(stock.quantity).to.be.at.most(MAX_QUANTITY);
    });
  });

  it('the PENDING reservations add up to reserved', () => {
    lives((state) => {
      const held = [...state.reservations.values()].filter(isPending).reduce((sum, r) => sum + r.quantity, 0);
      expect(rowOf(state).reserved).to.equal(held);
    });
  });

  it('units are neither made nor lost: quantity is what was adjusted less what was sold', () => {
    lives((state, events) => {
      const adjusted = events.reduce((sum, e) => sum + (e.type === 'stock.updated' ? e.payload.delta : 0), 0);
      const sold = events.reduce(
        (sum, e) => sum + (e.type === 'reservation.confirmed' ? e.payload.confirmed_quantity : 0), 0);
      expect(rowOf(state).quantity).to.equal(adjusted - sold);
    });
  });

  it('versions are 1, 2, 3 …, and the fold of the events is the state that they claim', () => {
    lives((state, events) => {
      expect(events.map(({ payload }) => payload.version)).to.deep.equal(events.map((_, index) => index + 1));
      const folded = fold(events);
      expect(folded.stock).to.deep.equal(state.stock);
      expect([...folded.reservations]).to.deep.equal([...state.reservations]);
    }, 300);
  });

  it('a terminal state is final, and nothing is sold or given back at or after its deadline', () => {
    fc.assert(fc.property(steps, (life) => {
      const ended = new Map<string, Reservation>();
      live(life, ({ reservations }) => {
        for (const reservation of reservations.values()) {
          if (isPending(reservation)) {
            expect(ended.has(reservation.id)).to.equal(false);
            continue;
          }
          // Only what comes back of a sale changes, and only grows.
          const before = ended.get(reservation.id) ?? reservation;
          if (reservation.status === 'CONFIRMED' && before.status === 'CONFIRMED') {
            expect(reservation.returnedQuantity).to.be.within(before.returnedQuantity, reservation.confirmedQuantity);
            expect({ ...reservation, returnedQuantity: before.returnedQuantity }).to.deep.equal(before);
          } else expect(reservation).to.equal(before);
          ended.set(reservation.id, reservation);
          expect(reservation.closedAt < reservation.expiresAt).to.equal(reservation.status !== 'EXPIRED');
        }
      });
    }), { numRuns: 1_500 });
  });

  it('a deadline only moves later, and never beyond 24 hours after the hold was made', () => {
    fc.assert(fc.property(steps, (life) => {
      const deadlines = new Map<string, number>();
      live(life, ({ reservations }) => {
        for (const { id, createdAt, expiresAt } of reservations.values()) {
          expect(expiresAt.getTime()).to.be.at.least(deadlines.get(id) ?? 0);
          expect(expiresAt.getTime() - createdAt.getTime()).to.be.within(1_000, 86_400_000);
          deadlines.set(id, expiresAt.getTime());
        }
      });
    }), { numRuns: 1_500 });
  });

  it('reaches every event type and every refusal, so that the laws above speak of something', () => {
    const seen = new Set<string>();
    for (const life of fc.sample(steps, { numRuns: 1_500, seed: 1 })) {
      live(life, (_, events, outcome) => {
        for (const { type } of events) seen.add(type);
        if (!outcome.ok) seen.add(outcome.refusal.code);
      });
    }
    expect([...seen]).to.have.members([
      'stock.updated', 'reservation.created', 'reservation.confirmed', 'reservation.cancelled', 'reservation.expired',
      'reservation.extended', 'store_not_in_scope', 'version_mismatch', 'stock_limit_exceeded', 'change_limit_exceeded',
      'insufficient_stock',
      'forbidden', 'not_found', 'validation_failed', 'reservation_expired', 'reservation_already_confirmed',
      'reservation_already_cancelled', 'wrong_state', 'more_than_sold',
    ]);
  });
});
