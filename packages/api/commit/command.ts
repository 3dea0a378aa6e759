/** What the group commit takes and gives: commands from anybody, one answer each. */
import type { Actor } from '@inventory/domain/access.ts';
import type { Refusal } from '@inventory/domain/errors.ts';
import type { ChangeReservation, Reservation, Reserve } from '@inventory/domain/reservation.ts';
import type { ChangeStock, Stock } from '@inventory/domain/stock.ts';

/** One line of a command. The stock row is named by product and store, or through the reservation that holds it. */
export type Part =
  | { readonly kind: 'stock'; readonly productId: string; readonly storeId: string; readonly change: ChangeStock }
  | { readonly kind: 'reserve'; readonly productId: string; readonly storeId: string; readonly reserve: Reserve }
  | { readonly kind: 'reservation'; readonly reservationId: string; readonly change: ChangeReservation };

export interface IdempotencyKey {
  readonly key: string;
  readonly operation: string;
  /** A hash of the parsed body: the same key with another one is refused. */
  readonly fingerprint: Buffer;
}

/** What goes to the client, as it would be replayed: to the letter. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly replayed?: true;
}

/** What one accepted part left behind. */
export interface PartResult {
  /** Its place among the parts. */
  readonly index: number;
  readonly stock: Stock;
  readonly reservation: Reservation | undefined;
}

export type Outcome =
  | {
    readonly ok: true;
    readonly results: readonly PartResult[];
    /** Parts that were refused, by their place: none but in a partial command. */
    readonly refused: ReadonlyMap<number, Refusal>;
    readonly now: Date;
  }
  | { readonly ok: false; readonly refusal: Refusal };

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
  readonly metadata: Metadata;
  readonly idempotency: IdempotencyKey | undefined;
  /** Makes the answer while the transaction is open, because an idempotency key stores it with the effect. */
  readonly answer: (outcome: Outcome) => Answer;
}

/** Who and what caused a change, as its events remember it. */
export function causeOf(by: Pick<Command, 'actor' | 'metadata' | 'idempotency'>): object {
  return {
    actor: { id: by.actor.id, role: by.actor.role },
    ...by.metadata,
    ...(by.idempotency === undefined ? {} : { idempotency_key: by.idempotency.key }),
  };
}
