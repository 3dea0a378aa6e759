/**
 * The second step of a group commit: it decides the commands of a batch one after the other in memory, each seeing what
 * its predecessors left. Pure but for the ids it is given; it never waits.
 */
import type { Actor, Role } from '@inventory/domain/access.ts';
import { SYSTEM_ACTOR } from '@inventory/domain/access.ts';
import type { Refusal } from '@inventory/domain/errors.ts';
import type { StockRowEvent } from '@inventory/domain/events.ts';
import type { Reservation } from '@inventory/domain/reservation.ts';
import { expire, hasLapsed } from '@inventory/domain/reservation.ts';
import type { Stock } from '@inventory/domain/stock.ts';
import type { Cause, Command, Outcome, Part, PartResult, RefusedDemand, Settled, SettledCommand } from './command.ts';
import { isStored, keysOf, recordOf, repeat } from './idempotency.ts';
import { decidePart } from './decide-part.ts';
import { deniedToday } from './denied-today.ts';
import type { StoredAnswer } from './idempotency.ts';
import type { Loaded } from './load.ts';
import { inClear, named, NO_NAMES } from './names.ts';
import type { Names, Pseudonym } from './names.ts';
import { refusalOf, refusedDemandOf } from './refusal.ts';
import { append, createWorkingSet, keep, putReservation, putStock, reservationById, stockAt, stockById } from './working-set.ts';
import type { PendingEvent, WorkingSet } from './working-set.ts';

/** A new hold, and the role of its maker: it says whose limit the hold counts against. */
type Made = Reservation & { readonly madeAs: Role };
/** A changed hold; of one that was sold also the role of the seller: what customers sell to themselves has a limit. */
type Changed = Reservation & { readonly soldAs: Role | null };

/** One final state for each row and key: an UPDATE applies only one of several source rows (docs/traps.md, 6). */
export interface Writes {
  readonly now: Date;
  readonly newStocks: readonly Stock[];
  readonly changedStocks: readonly Stock[];
  readonly newReservations: readonly Made[];
  readonly changedReservations: readonly Changed[];
  readonly events: readonly PendingEvent[];
  readonly answers: readonly StoredAnswer[];
  /** Who is behind the refs, for as long as what is written has their ids. */
  readonly names: Names;
  /** True where there is something to commit that stands in none of the lists. */
  readonly gaveRefs: boolean;
}

interface DecidedBatch {
  /** In the order of the commands; 'locked' where the row was held elsewhere and left out. */
  readonly settled: readonly (SettledCommand | 'locked')[];
  readonly writes: Writes;
  readonly refusedDemand: readonly RefusedDemand[];
}

interface DecideOptions {
  readonly newId: () => string;
  /** True when rows that are locked elsewhere were left out: a row that was not found may exist then. */
  readonly skippedLocked: boolean;
  /** Hides nothing where it is left out. */
  readonly pseudonym?: Pseudonym;
  /** True where answers and keys are stored without the ids of customers. */
  readonly refs?: boolean;
}

/** What an idempotency key is unique by, as one text. */
function nameOf({ principal, operation, key }: Pick<StoredAnswer, 'principal' | 'operation' | 'key'>): string {
  return JSON.stringify([principal, operation, key]);
}

/** Decides a batch. */
export function decideBatch(loaded: Loaded, undated: readonly Command[], options: DecideOptions): DecidedBatch {
  const { pseudonym = inClear, refs = false } = options;
  const { names = NO_NAMES } = loaded;
  const commands = undated.map((command) => dated(command, loaded.now));
  const batch = createWorkingSet();
  for (const stock of loaded.stocks) putStock(batch, stock);
  for (const reservation of loaded.reservations) putReservation(batch, reservation);
  for (const [holder, held] of loaded.counted?.held ?? []) batch.held.set(holder, held);
  for (const [customer, units] of loaded.counted?.sold ?? []) batch.sold.set(customer, units);
  const stored = new Map(loaded.answers.map((answer) => [nameOf(answer), answer]));
  const newAnswers: StoredAnswer[] = [];
  const refusedDemand: RefusedDemand[] = [];
  const [first] = commands;
  if (first !== undefined) expireLapsed(loaded, batch, first, options.newId);

  const settle = (command: Command): Settled | 'locked' => {
    const { idempotency } = command;
    const actor = knownActor(command.actor, loaded);
    const keys = idempotency === undefined ? undefined : keysOf(command.actor.id, idempotency, pseudonym);
    for (const key of keys?.all ?? []) {
      const known = stored.get(nameOf(key));
      if (known === undefined) continue;
      const denied = deniedToday(command, known, {
        by: actor, refOf: (id) => refOf(id, loaded), reservationOf: (id) => reservationById(batch, id),
      });
      return denied === undefined ? repeat(known, keys?.all.map(({ fingerprint }) => fingerprint) ?? [])
        : { kind: 'decided', outcome: { ok: false, refusal: denied }, stored: undefined };
    }
    if (command.fault !== undefined) return { kind: 'decided', outcome: { ok: false, refusal: command.fault }, stored: undefined };
    const scratch = createWorkingSet(batch);
    const outcome = decideCommand({ ...command, actor }, loaded, { batch, scratch }, options);
    if (outcome === 'locked') return outcome;
    if (outcome.ok) keep(scratch);
    else refusedDemand.push(...refusedDemandOf(command, outcome.refusal));
    if (idempotency === undefined || keys === undefined || !isStored(outcome)) return { kind: 'decided', outcome, stored: undefined };
    const rendered = idempotency.render(outcome);
    const answer = refs ? rendered : named(rendered, names, actor.role);
    const record = recordOf(refs ? keys.hidden : keys.clear, answer);
    stored.set(nameOf(record), record);
    newAnswers.push(record);
    return { kind: 'decided', outcome, stored: answer };
  };
  const settled = commands.map((command) => {
    const result = settle(command);
    return result === 'locked' ? result : { ...result, stores: storesOf(command, batch), names };
  });
  return { settled, writes: writesOf(loaded, batch, newAnswers), refusedDemand };
}

/** An actor as decisions know him: a customer by his ref. */
function knownActor(actor: Actor, loaded: Loaded): Actor {
  return actor.role === 'customer' ? { ...actor, id: refOf(actor.id, loaded) } : actor;
}

/** What stands for a customer. One without a ref has no holds; his id might be the ref of another, so it does not stand alone. */
function refOf(id: string, { refs, actorRefs }: Loaded): string {
  return refs?.get(id) ?? actorRefs?.get(id) ?? (refs === undefined ? id : `without a ref: ${id}`);
}

function causeOf({ actor: { id, role }, metadata, requestNamed, idempotency }: Cause): Cause {
  return { actor: { id, role }, metadata, idempotency, ...(requestNamed === undefined ? {} : { requestNamed }) };
}

/** New holds get the time of the database in their ids: the clock of the api that made them may be another one. */
function dated(command: Command, now: Date): Command {
  if (!command.parts.some((part) => part.kind === 'reserve' && part.dated === true)) return command;
  const time = now.getTime().toString(16).padStart(12, '0');
  const idOf = (id: string): string => `${time.slice(0, 8)}-${time.slice(8)}${id.slice(13)}`;
  return {
    ...command,
    parts: command.parts.map((part) => (part.kind === 'reserve' && part.dated === true
      ? { ...part, reserve: { ...part.reserve, reservationId: idOf(part.reserve.reservationId) } } : part)),
  };
}

/** The stores of the reservations that a command names, each once: its request does not say them. */
function storesOf({ parts }: Command, batch: WorkingSet): readonly string[] {
  const stores: string[] = [];
  for (const part of parts) {
    const store = part.kind === 'reservation' ? reservationById(batch, part.reservationId)?.storeId : undefined;
    if (store !== undefined && !stores.includes(store)) stores.push(store);
  }
  return stores;
}

/** Goes on behind a refused part: a partial command does the others, any other one names all that cannot be done. */
function decideCommand(
  command: Command, loaded: Loaded, { batch, scratch }: Readonly<Record<'batch' | 'scratch', WorkingSet>>,
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
    for (const event of decided.events) {
      append(scratch, { id: options.newId(), event, role: command.actor.role, cause: causeOf(command) });
    }
    results.push({ ...resultOf(index, part, scratch, loaded), ...releasedBy(part, decided.events, scratch) });
  }
  return refused.size === 0 || command.partial === true
    ? { ok: true, results, refused, now: loaded.now }
    : { ok: false, refusal: refusalOf(command, refused, batch) };
}

/** Lapsed holds are expired first, as events of this transaction, so that `reserved` never counts them. */
function expireLapsed(loaded: Loaded, batch: WorkingSet, cause: Command, newId: () => string): void {
  for (const reservation of loaded.reservations) {
    const stock = stockById(batch, reservation.stockId);
    if (reservation.status !== 'PENDING' || stock === undefined || !hasLapsed(reservation, loaded.now)) continue;
    append(batch, {
      id: newId(), event: expire(reservation, stock, loaded.now), role: SYSTEM_ACTOR.role,
      cause: causeOf({ ...cause, actor: SYSTEM_ACTOR, idempotency: undefined }),
    });
  }
}

function resultOf(index: number, part: Part, state: WorkingSet, { labels }: Loaded): PartResult {
  const reservation = part.kind === 'stock' ? undefined
    : reservationById(state, part.kind === 'reserve' ? part.reserve.reservationId : part.reservationId);
  const stock = part.kind === 'reservation'
    ? (reservation === undefined ? undefined : stockById(state, reservation.stockId))
    : stockAt(state, part.productId, part.storeId);
  if (stock === undefined) throw new Error('an accepted command left no stock row');
  return { index, stock, reservation, product: labels?.get(stock.productId) };
}

/** The holds that a count has ended. */
function releasedBy(part: Part, events: readonly StockRowEvent[], state: WorkingSet): Pick<PartResult, 'released'> {
  if (part.kind !== 'stock' || part.change.type !== 'count_stock') return {};
  return {
    released: events.flatMap(({ type, payload }) =>
      (type === 'reservation.cancelled' ? reservationById(state, payload.reservation_id) ?? [] : [])),
  };
}

function writesOf(loaded: Loaded, batch: WorkingSet, answers: readonly StoredAnswer[]): Writes {
  const stockBefore = new Map(loaded.stocks.map((stock) => [stock.id, stock]));
  const reservationBefore = new Map(loaded.reservations.map((reservation) => [reservation.id, reservation]));
  const stocks = [...batch.stocks.values()];
  const reservations = [...batch.reservations.values()];
  const makers = new Map<string, Role>();
  const sellers = new Map<string, Role>();
  for (const { event: { type, payload }, role } of batch.events) {
    if (type === 'reservation.created') makers.set(payload.reservation_id, role);
    if (type === 'reservation.confirmed') sellers.set(payload.reservation_id, role);
  }
  return {
    now: loaded.now,
    newStocks: stocks.filter((s) => !stockBefore.has(s.id) && s.version > 0),
    changedStocks: stocks.filter((s) => stockBefore.has(s.id) && stockBefore.get(s.id) !== s),
    newReservations: reservations.flatMap((r) => {
      const madeAs = makers.get(r.id);
      return madeAs === undefined || reservationBefore.has(r.id) ? [] : [{ ...r, madeAs }];
    }),
    changedReservations: reservations.filter((r) => reservationBefore.has(r.id) && reservationBefore.get(r.id) !== r)
      .map((r) => ({ ...r, soldAs: sellers.get(r.id) ?? null })),
    events: batch.events,
    answers: [...answers].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1)),
    names: loaded.names ?? NO_NAMES,
    gaveRefs: loaded.gaveRefs === true,
  };
}
