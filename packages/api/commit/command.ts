/** What the group commit takes and returns: commands, and what became of each. */
import type { ServerResponse } from 'node:http';
import type { Actor } from '@inventory/domain/access.ts';
import type { Refusal } from '@inventory/domain/errors.ts';
import type { ChangeReservation, Reservation, Reserve } from '@inventory/domain/reservation.ts';
import type { ChangeStock, Stock } from '@inventory/domain/stock.ts';

/** One line of a command. The stock row is named by product and store, or through the reservation that holds it. */
export type Part =
  | { readonly kind: 'stock'; readonly productId: string; readonly storeId: string; readonly change: ChangeStock }
  | {
    readonly kind: 'reserve'; readonly productId: string; readonly storeId: string; readonly reserve: Reserve;
    /** True where the id gets the time of the decision in place of its own: lists are in the order of ids. */
    readonly dated?: true;
  }
  | { readonly kind: 'reservation'; readonly reservationId: string; readonly change: ChangeReservation };

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

/** What became of a command, and the stores of the reservations that it names: its request does not say them. */
export type SettledCommand = Settled & { readonly stores: readonly string[] };

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
}

/** One line of demand that was refused for want of stock. */
export interface RefusedDemand {
  readonly productId: string;
  readonly storeId: string;
  readonly customerId: string;
  readonly requested: number;
  readonly available: number;
  /** Who and what asked, as events remember it. */
  readonly metadata: object;
}

/** Who and what caused a change, as its events remember it. */
export function causeOf(by: {
  readonly actor: Actor; readonly metadata: Metadata; readonly idempotency: { readonly key: string } | undefined;
}): object {
  return {
    actor: { id: by.actor.id, role: by.actor.role },
    ...by.metadata,
    ...(by.idempotency === undefined ? {} : { idempotency_key: by.idempotency.key }),
  };
}
