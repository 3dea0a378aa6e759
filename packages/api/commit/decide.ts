/**
 * The second step of a group commit: decide the commands of a batch one after the other in memory, each seeing what its
 * predecessors left. Pure but for the ids it is given; it never waits.
 */
import type { Actor } from '@inventory/domain/access.ts';
import { SYSTEM_ACTOR, worksFor } from '@inventory/domain/access.ts';
import type { Refusal } from '@inventory/domain/errors.ts';
import { refuse } from '@inventory/domain/errors.ts';
import type { StockRowEvent } from '@inventory/domain/events.ts';
import { overHoldLimits } from '@inventory/domain/hold-limits.ts';
import type { Reservation } from '@inventory/domain/reservation.ts';
import { decideReservation, decideReserve, expire, hasLapsed } from '@inventory/domain/reservation.ts';
import type { Decision, Stock } from '@inventory/domain/stock.ts';
import { decideStock, emptyStock } from '@inventory/domain/stock.ts';
import { causeOf } from './command.ts';
import type { Answer, Command, Outcome, Part, PartResult } from './command.ts';
import { isKept, recordOf, replay } from './idempotency.ts';
import type { StoredAnswer } from './idempotency.ts';
import type { Loaded } from './load.ts';
import type { Rejection } from '../background/record-refused-demand.ts';
import { refusalOf, rejectionsOf } from './refusal.ts';
import { Working } from './working-set.ts';
import type { PendingEvent } from './working-set.ts';

/** One final state per row and key: an UPDATE applies only one of several source rows (TRAPS 6). */
export interface Writes {
  readonly now: Date;
  readonly newStocks: readonly Stock[];
  readonly changedStocks: readonly Stock[];
  readonly newReservations: readonly Reservation[];
  readonly changedReservations: readonly Reservation[];
  readonly events: readonly PendingEvent[];
  readonly answers: readonly StoredAnswer[];
}

export interface Decided {
  /** By the commands' order; 'locked' where the row was held elsewhere and left out. */
  readonly answers: readonly (Answer | 'locked')[];
  readonly writes: Writes;
  /** Demand that was refused for want of stock, at most once for each row of a command. */
  readonly rejected: readonly Rejection[];
}

export interface DecideOptions {
  readonly newId: () => string;
  /** True when rows that are locked elsewhere were left out: what is not there may then be there after all. */
  readonly skippedLocked: boolean;
}

/** What an idempotency key is unique by, as one text. */
function nameOf({ principal, operation, key }: Pick<StoredAnswer, 'principal' | 'operation' | 'key'>): string {
  return JSON.stringify([principal, operation, key]);
}

/** Decides a batch. */
export function decideBatch(loaded: Loaded, commands: readonly Command[], options: DecideOptions): Decided {
  const batch = new Working();
  for (const stock of loaded.stocks) batch.setStock(stock);
  for (const reservation of loaded.reservations) batch.setReservation(reservation);
  for (const [customerId, held] of loaded.holds?.held ?? []) batch.setHeld(customerId, held);
  const stored = new Map(loaded.answers.map((answer) => [nameOf(answer), answer]));
  const newAnswers: StoredAnswer[] = [];
  const [first] = commands;
  if (first !== undefined) expireLapsed(loaded, batch, first, options.newId);

  const rejected: Rejection[] = [];
  const answers = commands.map((command): Answer | 'locked' => {
    const { idempotency, actor } = command;
    const key = idempotency === undefined ? '' : nameOf({ principal: actor.id, ...idempotency });
    const known = stored.get(key);
    if (idempotency !== undefined && known !== undefined) {
      return replay(known, idempotency.fingerprint, (refusal) => command.answer({ ok: false, refusal }));
    }
    const scratch = new Working(batch);
    const outcome = decideCommand(command, loaded, { batch, scratch }, options);
    if (outcome === 'locked') return outcome;
    if (outcome.ok) scratch.keep();
    else rejected.push(...rejectionsOf(command, outcome.refusal));
    const answer = command.answer(outcome);
    if (idempotency !== undefined && isKept(outcome.ok ? undefined : outcome.refusal)) {
      const record = recordOf(actor.id, idempotency, answer);
      stored.set(key, record);
      newAnswers.push(record);
    }
    return answer;
  });
  return { answers, writes: writesOf(loaded, batch, newAnswers), rejected };
}

/** Goes on behind a refused part: a partial command does the others, any other names all that cannot be done. */
function decideCommand(
  command: Command, loaded: Loaded, { batch, scratch }: Readonly<Record<'batch' | 'scratch', Working>>,
  options: DecideOptions,
): Outcome | 'locked' {
  const results: PartResult[] = [];
  const refused = new Map<number, Refusal>();
  for (const [index, part] of command.parts.entries()) {
    const decided = decidePart(part, loaded, scratch, command.actor, options);
    if (decided === 'locked') return decided;
    if (!decided.ok) {
      refused.set(index, decided.refusal);
      continue;
    }
    for (const event of decided.events) scratch.append({ id: options.newId(), event, metadata: causeOf(command) });
    results.push(resultOf(index, part, scratch));
  }
  return refused.size === 0 || command.partial === true
    ? { ok: true, results, refused, now: loaded.now }
    : { ok: false, refusal: refusalOf(command, refused, batch) };
}

/** Holds that have run out are expired first, as events of this transaction, so that `reserved` never counts them. */
function expireLapsed(loaded: Loaded, batch: Working, cause: Command, newId: () => string): void {
  for (const reservation of loaded.reservations) {
    const stock = batch.stock(reservation.stockId);
    if (reservation.status !== 'PENDING' || stock === undefined || !hasLapsed(reservation, loaded.now)) continue;
    batch.append({
      id: newId(), event: expire(reservation, stock, loaded.now),
      metadata: causeOf({ actor: SYSTEM_ACTOR, metadata: cause.metadata, idempotency: undefined }),
    });
  }
}

function decidePart(
  part: Part, loaded: Loaded, state: Working, actor: Actor, options: DecideOptions,
): Decision<StockRowEvent> | 'locked' {
  if (part.kind === 'reservation') {
    const reservation = state.reservation(part.reservationId);
    const stock = reservation === undefined ? undefined : state.stock(reservation.stockId);
    if (reservation !== undefined && stock === undefined) {
      if (options.skippedLocked) return 'locked';
      throw new Error(`reservation ${reservation.id} points to a stock row that is not there`);
    }
    const row = stock ?? emptyStock('', '', '');
    return decideReservation(part.change, reservation, row, actor, loaded.now);
  }
  const row = state.stockAt(part.productId, part.storeId);
  const unknown = row === undefined || needsCatalogue(part, loaded, row) ? unknownTo(loaded, part) : undefined;
  // A foreign store is refused as such, whether or not it or the product exists.
  const foreign = part.kind === 'stock' && !worksFor(actor, part.storeId);
  if (unknown !== undefined && !foreign) return refuse('not_found', unknown);
  if (row === undefined && options.skippedLocked) return 'locked';
  const stock = row ?? emptyStock(options.newId(), part.productId, part.storeId);
  if (part.kind === 'stock') return decideStock(part.change, stock, actor);
  const decided = decideReserve(part.reserve, stock, actor, loaded.now);
  return decided.ok && actor.role === 'customer' ? withinLimits(part.reserve, decided, loaded, state) : decided;
}

/** A row that was empty when it was locked may be of an archived product, which no receipt may bring back. */
function needsCatalogue(part: Part, loaded: Loaded, row: Stock): boolean {
  return part.kind === 'stock' && loaded.emptied?.has(row.id) === true;
}

function unknownTo(loaded: Loaded, { productId, storeId }: { readonly productId: string; readonly storeId: string }) {
  if (!loaded.products.has(productId)) return `There is no product ${productId}.`;
  return loaded.stores.has(storeId) ? undefined : `There is no store ${storeId}.`;
}

function withinLimits(
  asked: { readonly customerId: string; readonly quantity: number }, decided: Decision<StockRowEvent>, loaded: Loaded,
  state: Working,
): Decision<StockRowEvent> | 'locked' {
  if (loaded.holds === undefined) return decided;
  const held = state.held(asked.customerId);
  // The customer's lock is held elsewhere, and was skipped.
  if (held === undefined) return 'locked';
  const refusal = overHoldLimits(held, asked.quantity, loaded.holds.limits);
  return refusal === undefined ? decided : { ok: false, refusal };
}

function resultOf(index: number, part: Part, state: Working): PartResult {
  const reservation = part.kind === 'stock' ? undefined
    : state.reservation(part.kind === 'reserve' ? part.reserve.reservationId : part.reservationId);
  const stock = part.kind === 'reservation'
    ? (reservation === undefined ? undefined : state.stock(reservation.stockId))
    : state.stockAt(part.productId, part.storeId);
  if (stock === undefined) throw new Error('an accepted command left no stock row');
  return { index, stock, reservation };
}

function writesOf(loaded: Loaded, batch: Working, answers: readonly StoredAnswer[]): Writes {
  const stockBefore = new Map(loaded.stocks.map((stock) => [stock.id, stock]));
  const reservationBefore = new Map(loaded.reservations.map((reservation) => [reservation.id, reservation]));
  const stocks = [...batch.stocks];
  const reservations = [...batch.reservations];
  return {
    now: loaded.now,
    newStocks: stocks.filter((s) => !stockBefore.has(s.id) && s.version > 0),
    changedStocks: stocks.filter((s) => stockBefore.has(s.id) && stockBefore.get(s.id) !== s),
    newReservations: reservations.filter((r) => !reservationBefore.has(r.id)),
    changedReservations: reservations.filter((r) => reservationBefore.has(r.id) && reservationBefore.get(r.id) !== r),
    events: batch.events,
    answers: [...answers].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1)),
  };
}
