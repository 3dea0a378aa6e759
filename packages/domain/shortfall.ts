/**
 * A count that finds less than is held: units that were promised are not there. It is refused and names the holds, or it
 * ends the youngest of them, whole, until the others fit: who came first keeps what is there.
 */
import type { Actor } from './access.ts';
import type { HeldLine } from './errors.ts';
import { refuse } from './errors.ts';
import type { StockRowEvent } from './events.ts';
import type { PendingReservation } from './reservation.ts';
import { release } from './reservation.ts';
import type { CountStock, Decision, Stock } from './stock.ts';
import { decideStock, evolveStock } from './stock.ts';

/** Holds that one count ends, at most: each is an event of its commit. */
export const MAX_RELEASED = 500;
/** Holds that a refusal names, at most. */
export const MAX_NAMED = 20;

interface Counting {
  /** The open holds of the row, in any order; asked for only where the count falls short. */
  readonly holds: () => readonly PendingReservation[];
  readonly actor: Actor;
  readonly now: Date;
}

/** Decides a count, as `decideStock` does, and what becomes of the holds where it finds less than they hold. */
export function decideCount(command: CountStock, stock: Stock, { holds, actor, now }: Counting): Decision<StockRowEvent> {
  const decided = decideStock(command, stock, actor);
  if (decided.ok || decided.refusal.code !== 'insufficient_stock') return decided;
  // Ids begin with the time of their making.
  const youngest = holds().toSorted((a, b) => (a.id < b.id ? 1 : -1));
  const ended = command.onShortfall === 'RELEASE' ? covering(youngest, stock.reserved - command.quantity) : undefined;
  if (ended === undefined) {
    const why = `${stock.reserved} units are held, and ${command.quantity} were found.`;
    const message = command.onShortfall === 'RELEASE' ? `${why} More holds would end than one count ends (${MAX_RELEASED} of a product): count in steps.` : why;
    return refuse('insufficient_stock', message, {
      ...decided.refusal.details, current_version: stock.version, current_quantity: stock.quantity, current_reserved: stock.reserved,
      holds: youngest.slice(0, MAX_NAMED).map(heldLine),
    });
  }
  let row = stock;
  const events: StockRowEvent[] = [];
  for (const hold of ended) {
    const event = release(hold, row, now, 'SHORTFALL');
    events.push(event);
    row = evolveStock(row, event);
  }
  // What the caller expected was compared above, with the row as he could know it.
  const counted = decideStock({ ...command, expectedVersion: undefined, expectedQuantity: undefined }, row, actor);
  return counted.ok ? { ok: true, events: [...events, ...counted.events] } : counted;
}

/** The first of these holds that together have so many units; undefined where they are too many, or have fewer. */
function covering(holds: readonly PendingReservation[], units: number): readonly PendingReservation[] | undefined {
  let missing = units;
  for (const [nth, hold] of holds.entries()) {
    if (nth === MAX_RELEASED) return undefined;
    missing -= hold.quantity;
    if (missing <= 0) return holds.slice(0, nth + 1);
  }
  return undefined;
}

function heldLine(hold: PendingReservation): HeldLine {
  return {
    index: 0, reservation_id: hold.id, customer_id: hold.customerRef, quantity: hold.quantity,
    expires_at: hold.expiresAt.toISOString(), created_at: hold.createdAt.toISOString(), batch_id: hold.batchId, reference: hold.reference,
  };
}
