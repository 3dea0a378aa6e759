/** What the group commit takes and returns: commands, and what became of each. */
import type { ServerResponse } from 'node:http';
import type { Actor } from '@inventory/domain/access.ts';
import type { Refusal } from '@inventory/domain/errors.ts';
import type { ChangeReservation, Reservation, Reserve } from '@inventory/domain/reservation.ts';
import type { ReturnSale } from '@inventory/domain/returns.ts';
import type { ChangeStock, Stock } from '@inventory/domain/stock.ts';
import type { ProductUnit } from '@inventory/domain/limits.ts';
import type { Names, Pseudonym } from './names.ts';

/** One line of a command. The stock row is named by product and store, or through the reservation that holds it. */
export type Part =
  | (NamedRow & { readonly kind: 'stock'; readonly change: ChangeStock })
  | NamedRow & {
    readonly kind: 'reserve'; readonly reserve: NewHold;
    /** True where the id gets the time of the decision in place of its own: lists are in the order of ids. */
    readonly dated?: true;
  }
  | { readonly kind: 'reservation'; readonly reservationId: string; readonly change: ChangeReservation | ReturnSale };

interface NamedRow {
  readonly productId: string;
  readonly storeId: string;
  /** The code by which the request named the product, for the words of a refusal; left out where it gave the id. */
  readonly asked?: string;
}

/** What an answer says of a product beside its id. */
export interface ProductLabel {
  readonly sku: string;
  readonly name: string;
  readonly unit: ProductUnit;
}

/** A hold as it is asked for: it names the customer as the caller does, and gets the ref when it is decided. */
export type NewHold = Omit<Reserve, 'customerRef'> & { readonly customerId: string };

/** An answer as the client gets it, byte for byte the same when it is replayed. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Writes on in place of the body, once the head has been sent, and ends the answer when it is over. Never of a stored answer. */
  readonly begin?: (res: ServerResponse) => void;
}

export interface IdempotencyKey<O = Outcome> {
  readonly key: string;
  readonly operation: string;
  /** A hash of the parsed body: the same key with another one is refused. */
  readonly fingerprint: Buffer;
  /** Makes the answer that is stored with the effect, while the transaction is open. May run again after a repeat. */
  readonly render: (outcome: O) => Answer;
  /** Of a partial command: which parts a stored answer says were done. All of them where it is left out, or says nothing. */
  readonly done?: (answer: Answer) => ReadonlySet<number> | undefined;
}

/** What one accepted part left behind. */
export interface PartResult {
  /** Its place among the parts. */
  readonly index: number;
  readonly stock: Stock;
  readonly reservation: Reservation | undefined;
  /** Undefined only where a test has not loaded it. */
  readonly product: ProductLabel | undefined;
  /** Of a count: the holds that it has ended. */
  readonly released?: readonly Reservation[];
}

export interface Accepted {
  readonly ok: true;
  readonly results: readonly PartResult[];
  /** Parts that were refused, by their place: none but in a partial command. */
  readonly refused: ReadonlyMap<number, Refusal>;
  /** The clock of the decision. */
  readonly now: Date;
}

export interface Refused {
  readonly ok: false;
  readonly refusal: Refusal;
}

export type Outcome = Accepted | Refused;

/** What became of a command: it was decided, or its idempotency key had an answer already. */
export type Settled<O = Outcome> =
  /** `stored` is the answer under its key; undefined without a key, or where the key stays free. */
  | { readonly kind: 'decided'; readonly outcome: O; readonly stored: Answer | undefined }
  | { readonly kind: 'repeated'; readonly stored: Answer };

/**
 * What became of a command, the stores of the reservations that it names, because its request does not say them, and who
 * is behind the refs in its answer.
 */
export type SettledCommand = Settled & { readonly stores: readonly string[]; readonly names: Names };

/** What the log remembers of the request beside the change itself. */
export interface Metadata {
  readonly request_id: string;
  readonly traceparent?: string;
  readonly tracestate?: string;
}

export interface Command {
  readonly actor: Actor;
  /** All or nothing, unless `partial`. One part is the ordinary case. */
  readonly parts: readonly Part[];
  /** The member of the body that several parts come from: a refusal points at those that caused it. */
  readonly list?: string;
  /** True where a refused part costs the others nothing. */
  readonly partial?: boolean;
  /** What is wrong with it by today's catalogue, whatever the stock: it is refused so, behind its stored answer. */
  readonly fault?: Refusal | undefined;
  readonly metadata: Metadata;
  /** True where the client has chosen the id of its request: it may say anything. */
  readonly requestNamed?: boolean;
  readonly idempotency: IdempotencyKey | undefined;
}

/** One line of demand that was refused for want of stock. */
export interface RefusedDemand {
  readonly productId: string;
  readonly storeId: string;
  readonly customerId: string;
  readonly requested: number;
  readonly available: number;
  readonly cause: Cause;
}

/** Who and what caused a change. */
export interface Cause {
  readonly actor: Pick<Actor, 'id' | 'role'>;
  readonly metadata: Metadata;
  readonly requestNamed?: boolean;
  readonly idempotency: { readonly key: string } | undefined;
}

/**
 * The cause as events remember it.
 * @param pseudonym hides what a client has chosen; undefined where events name customers, and hide nothing
 */
export function metadataOf({ actor: { id, role }, metadata, requestNamed, idempotency }: Cause, pseudonym?: Pseudonym): object {
  const { request_id: request, ...traces } = metadata;
  return {
    actor: { id, role },
    request_id: requestNamed === true && pseudonym !== undefined ? pseudonym(request) : request,
    ...traces,
    ...(idempotency === undefined ? {} : { idempotency_key: pseudonym?.(idempotency.key) ?? idempotency.key }),
  };
}

/** A stock row of which nothing is known yet but its name. */
export const UNTOUCHED = { changed: false, found: Infinity, releases: false, lines: Infinity, wanted: 0 } as const;

/** The rows that the commands touch, each once. */
export function touched(commands: readonly Command[]) {
  const pairs = new Map<string, Pair>();
  const reservationIds = new Set<string>();
  const returned = new Set<string>();
  const counts = new Set<Command>();
  for (const command of commands) {
    const { parts } = command;
    for (const part of parts) {
      if (part.kind === 'reservation') {
        reservationIds.add(part.reservationId);
        if (part.change.type === 'return') returned.add(part.reservationId);
        continue;
      }
      const { productId, storeId } = part;
      const key = keyOf(part);
      const { changed, found, releases, lines, wanted } = pairs.get(key) ?? UNTOUCHED;
      const count = part.kind === 'stock' && part.change.type === 'count_stock' ? part.change : undefined;
      if (count !== undefined) counts.add(command);
      pairs.set(key, {
        productId, storeId, changed: changed || part.kind === 'stock',
        found: Math.min(found, count?.quantity ?? Infinity),
        releases: releases || count?.onShortfall === 'RELEASE',
        lines: count === undefined ? lines : Math.min(lines, parts.length),
        wanted: part.kind === 'reserve' ? wanted + part.reserve.quantity : wanted,
      });
    }
  }
  return { pairs: [...pairs.values()], reservationIds: [...reservationIds], returned, counts: counts.size };
}

/** A stock row, and what is wanted of it. */
export interface Pair {
  readonly productId: string;
  readonly storeId: string;
  /** True where a part changes the quantity, and does not only hold units. */
  readonly changed: boolean;
  /** The least that a count of it has found; Infinity where none counts it. */
  readonly found: number;
  /** True where a count of it may end holds. */
  readonly releases: boolean;
  /** The lines of the shortest command that counts it; Infinity where none does. */
  readonly lines: number;
  /** Units that are to be held of it. */
  readonly wanted: number;
}

/** A stock row by its name, as one text. */
export function keyOf({ productId, storeId }: { readonly productId: string; readonly storeId: string }): string {
  return `${productId}/${storeId}`;
}

/**
 * What answers say of the product of a change.
 * @throws {Error} where it was not loaded: every accepted change has locked its row, or has read its product
 */
export function labelOf({ product, stock }: PartResult): ProductLabel {
  if (product === undefined) throw new Error(`the product of stock row ${stock.id} was not loaded`);
  return product;
}
