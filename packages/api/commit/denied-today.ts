/**
 * A stored answer is for whom today's rights would allow to ask for it: a vendor may work for another store since, and a
 * token of another role may have the same user. Decided in the transaction that reads the answer, by the rows as they are.
 */
import type { Refusal } from '@inventory/domain/errors.ts';
import { deniedChange, deniedReserve } from '@inventory/domain/reservation.ts';
import type { Reservation } from '@inventory/domain/reservation.ts';
import { deniedReturn } from '@inventory/domain/returns.ts';
import { deniedStock } from '@inventory/domain/stock.ts';
import type { Actor } from '@inventory/domain/access.ts';
import type { Command, Part } from './command.ts';
import type { StoredAnswer } from './idempotency.ts';

/**
 * The refusal of a repeat whose actor may not do today what its answer tells of; undefined where he may. Of a partial
 * command only the parts count that its answer says were done: the others were refused then, and are told as refused.
 * @param by who asks, as decisions know him
 */
export function deniedToday(
  { parts, idempotency }: Command, known: StoredAnswer,
  { by, refOf, reservationOf }: {
    readonly by: Actor; readonly refOf: (customerId: string) => string; readonly reservationOf: (id: string) => Reservation | undefined;
  },
): Refusal | undefined {
  const done = idempotency?.done?.({ status: known.status, headers: known.headers, body: known.response });
  const denied = (part: Part): Refusal | undefined => {
    switch (part.kind) {
      case 'stock': return deniedStock(part.storeId, by);
      case 'reserve': return deniedReserve(refOf(part.reserve.customerId), by);
      case 'reservation': {
        const reservation = reservationOf(part.reservationId);
        return part.change.type === 'return' ? deniedReturn(reservation, by) : deniedChange(part.change.type, reservation, by);
      }
    }
  };
  for (const [index, part] of parts.entries()) {
    const refusal = done?.has(index) === false ? undefined : denied(part);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}
