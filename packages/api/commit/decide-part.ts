/** The decision of one part of a command: what the domain says of its row, within the limits of who asks. */
import type { Actor } from '@inventory/domain/access.ts';
import { worksFor } from '@inventory/domain/access.ts';
import { refuse } from '@inventory/domain/errors.ts';
import type { StockRowEvent } from '@inventory/domain/events.ts';
import { holderOf, overHoldLimits, overReservationUnits, overSaleLimit } from '@inventory/domain/limits.ts';
import { decideReservation, decideReserve } from '@inventory/domain/reservation.ts';
import { decideReturn } from '@inventory/domain/returns.ts';
import { decideCount } from '@inventory/domain/shortfall.ts';
import type { Decision, Stock } from '@inventory/domain/stock.ts';
import { decideStock, emptyStock } from '@inventory/domain/stock.ts';
import type { Part } from './command.ts';
import type { Loaded } from './load.ts';
import { heldBy, openHoldsOf, reservationById, soldTo, stockAt, stockById } from './working-set.ts';
import type { WorkingSet } from './working-set.ts';

interface PartOptions {
  readonly newId: () => string;
  /** True when rows that are locked elsewhere were left out: a row that was not found may exist then. */
  readonly skippedLocked: boolean;
}

/**
 * Decides one part of a command on the rows as the parts before it left them. Pure but for the ids it is given.
 * @returns 'locked' where a row or a counter that it needs is held elsewhere, and was skipped, or holds of it were not read
 */
export function decidePart(
  part: Part, loaded: Loaded, state: WorkingSet, actor: Actor, options: PartOptions,
): Decision<StockRowEvent> | 'locked' {
  if (part.kind === 'reservation') {
    const reservation = reservationById(state, part.reservationId);
    const stock = reservation === undefined ? undefined : stockById(state, reservation.stockId);
    if (reservation !== undefined && stock === undefined) {
      if (options.skippedLocked) return 'locked';
      throw new Error(`reservation ${reservation.id} points to a stock row that does not exist`);
    }
    const row = stock ?? emptyStock('', '', '');
    if (part.change.type === 'return') return intoCatalogue(decideReturn(part.change, reservation, row, actor, loaded.now), row, loaded);
    return withinSaleLimit(decideReservation(part.change, reservation, row, actor, loaded.now), loaded, state, actor);
  }
  const row = stockAt(state, part.productId, part.storeId);
  const unknown = row === undefined || needsCatalogue(part, loaded, row) ? unknownTo(loaded, part)
    : loaded.archived?.has(part.productId) === true ? noProduct(part) : undefined;
  // A foreign store is refused as such, whether or not it or the product exists.
  const foreign = part.kind === 'stock' && !worksFor(actor, part.storeId);
  if (unknown !== undefined && !foreign) return refuse('not_found', unknown);
  if (row === undefined && options.skippedLocked) return 'locked';
  const stock = row ?? emptyStock(options.newId(), part.productId, part.storeId);
  if (part.kind === 'stock') {
    if (part.change.type === 'adjust_stock') return decideStock(part.change, stock, actor);
    const counted = decideCount(part.change, stock, { holds: () => openHoldsOf(state, stock.id), actor, now: loaded.now });
    // The holds that would have to end were left out for the counts of others: nothing is known against this one.
    const unsure = part.change.onShortfall === 'RELEASE' && loaded.unread?.has(stock.id) === true;
    return unsure && !counted.ok && counted.refusal.code === 'insufficient_stock' ? 'locked' : counted;
  }
  const tooMany = overReservationUnits(part.reserve.quantity, loaded.labels?.get(part.productId)?.unit ?? 'PIECE');
  if (tooMany !== undefined) return { ok: false, refusal: tooMany };
  const { customerId, ...asked } = part.reserve;
  const customerRef = loaded.refs === undefined ? customerId : loaded.refs.get(customerId);
  // The customer's lock is held elsewhere, and was skipped.
  if (customerRef === undefined) return 'locked';
  const hold = { ...asked, customerRef };
  const decided = decideReserve(hold, stock, actor, loaded.now);
  return decided.ok ? withinHoldLimits(hold, decided, { loaded, state, actor }) : decided;
}

/** A row that was empty when it was locked may be of an archived product, which must receive nothing more. */
function needsCatalogue(part: Part, loaded: Loaded, row: Stock): boolean {
  return part.kind === 'stock' && loaded.emptied?.has(row.id) === true;
}

/** A return to a row that was empty when it was locked may be of a product that was archived since. */
function intoCatalogue(decided: Decision<StockRowEvent>, row: Stock, { emptied, products }: Loaded): Decision<StockRowEvent> {
  const gone = decided.ok && decided.events.length > 0 && emptied?.has(row.id) === true && !products.has(row.productId);
  return gone ? refuse('not_found', noProduct(row)) : decided;
}

/** An archived product is unknown to every change, whatever its history: no row, an empty one, or one that is held from. */
function unknownTo(loaded: Loaded, part: Exclude<Part, { kind: 'reservation' }>): string | undefined {
  if (!loaded.products.has(part.productId)) return noProduct(part);
  return loaded.stores.has(part.storeId) ? undefined : `There is no store ${part.storeId}.`;
}

/** The words for a product that does not exist, by the name that the request gave it. */
function noProduct({ productId, asked }: { readonly productId: string; readonly asked?: string }): string {
  return asked === undefined ? `There is no product ${productId}.` : `No product has the ${asked}.`;
}

function withinHoldLimits(
  asked: { readonly customerRef: string; readonly quantity: number }, decided: Decision<StockRowEvent>,
  { loaded, state, actor }: { readonly loaded: Loaded; readonly state: WorkingSet; readonly actor: Actor },
): Decision<StockRowEvent> | 'locked' {
  const holder = holderOf(actor, asked.customerRef);
  if (holder === undefined || loaded.counted === undefined) return decided;
  const held = heldBy(state, holder);
  // The holder's lock is held elsewhere, and was skipped.
  if (held === undefined) return 'locked';
  const refusal = overHoldLimits(held, asked.quantity, holder, loaded.counted.limits);
  return refusal === undefined ? decided : { ok: false, refusal };
}

/** A limit for what customers sell to themselves. A repeat sells nothing more. */
function withinSaleLimit(
  decided: Decision<StockRowEvent>, loaded: Loaded, state: WorkingSet, actor: Actor,
): Decision<StockRowEvent> | 'locked' {
  const [event] = decided.ok ? decided.events : [];
  if (event?.type !== 'reservation.confirmed' || actor.role !== 'customer' || loaded.counted === undefined) return decided;
  const sold = soldTo(state, actor.id);
  if (sold === undefined) return 'locked';
  const refusal = overSaleLimit(sold, event.payload.confirmed_quantity, loaded.counted.limits);
  return refusal === undefined ? decided : { ok: false, refusal };
}
