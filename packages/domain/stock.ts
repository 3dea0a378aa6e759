/**
 * One product in one store: the consistency boundary. Its stream has every change of quantity, of reserved and of a hold,
 * and each raises the version by one. decide and evolve are those of Chassaing's decider pattern: pure, time is an argument.
 */
import type { Actor } from './access.ts';
import { worksFor } from './access.ts';
import { available } from './availability.ts';
import type { Refusal } from './errors.ts';
import { refuse } from './errors.ts';
import type { DomainEvent, StockReason, StockRowEvent } from './events.ts';
import { MAX_CHANGE, MAX_QUANTITY } from './values.ts';
import { otherVersion } from './versions.ts';

export interface Stock {
  readonly id: string;
  readonly productId: string;
  readonly storeId: string;
  readonly quantity: number;
  readonly reserved: number;
  /** 0 before the first receipt. */
  readonly version: number;
}

export type Decision<E extends DomainEvent = DomainEvent> =
  | { readonly ok: true; readonly events: readonly E[] }
  | { readonly ok: false; readonly refusal: Refusal };

export interface AdjustStock {
  readonly type: 'adjust_stock';
  readonly delta: number;
  readonly reason: StockReason;
  /** The optimistic lock of the seed and of If-Match; undefined when the caller does not care. */
  readonly expectedVersion: number | undefined;
  readonly reference: string | null;
  readonly note: string | null;
  readonly occurredAt: string | null;
}

/** REFUSE: the count is refused. RELEASE: it ends the youngest holds until the others fit. */
export const shortfallRules = ['REFUSE', 'RELEASE'] as const;

/** A count of the shelf: the quantity becomes what was found, whatever the row says. */
export interface CountStock {
  readonly type: 'count_stock';
  readonly quantity: number;
  /** What the row was when the count began; undefined when the caller does not say. */
  readonly expectedVersion: number | undefined;
  readonly expectedQuantity: number | undefined;
  /** The row must exist, in any state: If-Match with an asterisk. */
  readonly mustExist: boolean;
  /** What becomes of the holds where less is found than they hold (shortfall.ts). */
  readonly onShortfall: (typeof shortfallRules)[number];
  readonly reference: string | null;
  readonly note: string | null;
  readonly occurredAt: string | null;
}

export type ChangeStock = AdjustStock | CountStock;

/** A stock row that has never received anything. */
export function emptyStock(id: string, productId: string, storeId: string): Stock {
  return { id, productId, storeId, quantity: 0, reserved: 0, version: 0 };
}

/** The part of a payload that every event of a stock row carries: the state after it and what changed. */
export function afterState(stock: Stock, delta: number, reservedDelta: number) {
  const quantity = stock.quantity + delta;
  const reserved = stock.reserved + reservedDelta;
  return {
    stock_id: stock.id,
    product_id: stock.productId,
    store_id: stock.storeId,
    quantity,
    reserved,
    available: available({ quantity, reserved }),
    version: stock.version + 1,
    delta,
    reserved_delta: reservedDelta,
  } as const;
}

/**
 * Decides any change of quantity: a receipt, a sale, a loss, a count. A count that finds what the row says changes nothing,
 * except for the first one, which makes the row.
 * Refuses a quantity below what is reserved or above the cap, a change that is too large, and a state that is not the one
 * that the caller expected.
 */
export function decideStock(command: ChangeStock, stock: Stock, actor: Actor): Decision<StockRowEvent> {
  const denied = deniedStock(stock.storeId, actor);
  if (denied !== undefined) return { ok: false, refusal: denied };
  const current = { current_version: stock.version, current_quantity: stock.quantity };
  const unexpected = unexpectedState(command, stock);
  if (unexpected !== undefined) return refuse('version_mismatch', unexpected, current);
  const counted = command.type === 'count_stock';
  const delta = counted ? command.quantity - stock.quantity : command.delta;
  if (counted && delta === 0 && stock.version > 0) return { ok: true, events: [] };
  const quantity = stock.quantity + delta;
  if (quantity > MAX_QUANTITY) {
    return refuse('stock_limit_exceeded', `A stock row holds at most ${MAX_QUANTITY} units.`, current);
  }
  if (counted && Math.abs(delta) > MAX_CHANGE) {
    const message = `A count may move the quantity by at most ${MAX_CHANGE} units, this one by ${delta}.`;
    return refuse('change_limit_exceeded', message, current);
  }
  if (quantity < stock.reserved) {
    return refuse('insufficient_stock', `${available(stock)} available, ${-delta} requested.`, {
      lines: [{
        index: 0, product_id: stock.productId, store_id: stock.storeId, requested: -delta, available: available(stock),
      }],
    });
  }
  return {
    ok: true,
    events: [{
      type: 'stock.updated',
      payload: {
        ...afterState(stock, delta, 0),
        reason: counted ? 'COUNT' : command.reason,
        user_id: actor.id,
        reference: command.reference,
        note: command.note,
        occurred_at: command.occurredAt,
      },
    }],
  };
}

/** The refusal of whoever does not work for a store; undefined for the others. */
export function deniedStock(storeId: string, actor: Actor): Refusal | undefined {
  return worksFor(actor, storeId) ? undefined
    : { code: 'store_not_in_scope', message: `Your token does not cover the store ${storeId}.`, details: {} };
}

/** What differs from the state that the caller expected; undefined when nothing does. */
function unexpectedState(command: ChangeStock, stock: Stock): string | undefined {
  if (command.expectedVersion !== undefined && command.expectedVersion !== stock.version) {
    return otherVersion('stock', stock.version, command.expectedVersion);
  }
  if (command.type === 'adjust_stock') return undefined;
  if (command.mustExist && stock.version === 0) return 'There is no such stock row yet.';
  if (command.expectedQuantity !== undefined && command.expectedQuantity !== stock.quantity) {
    return `The quantity is ${stock.quantity}, not ${command.expectedQuantity}.`;
  }
  return undefined;
}

/**
 * The row after one more event of its stream. It adds the event's deltas and does not copy its state, so a fold over the
 * stream is an independent witness of both (docs/invariants.md, I5 and I6).
 * @throws {Error} when the event is not the next of this stream
 */
export function evolveStock(stock: Stock | undefined, event: StockRowEvent): Stock {
  const { payload } = event;
  const before = stock ?? emptyStock(payload.stock_id, payload.product_id, payload.store_id);
  if (payload.stock_id !== before.id || payload.version !== before.version + 1) {
    throw new Error(
      `event ${payload.stock_id}@${payload.version} does not follow ${before.id}@${before.version}`,
    );
  }
  return {
    ...before,
    quantity: before.quantity + payload.delta,
    reserved: before.reserved + payload.reserved_delta,
    version: payload.version,
  };
}
