/**
 * I9: what is noted as published is in the stream by then. The relay itself puts back what the stream lacks of it, so nothing
 * is missing in the end. But where no fault can have taken a message from the stream, it was noted before the broker had it.
 */
import { kindOf } from '../plan/kinds.ts';
import type { KindName } from '../plan/kinds.ts';
import type { Finding } from './finding.ts';

/** @param round its number, and the kinds of its faults. @param refilled how many events the relays have put back in it */
export function checkRefills(
  { nth, kinds }: { readonly nth: number; readonly kinds: readonly KindName[] }, refilled: number,
): readonly Finding[] {
  if (refilled === 0 || kinds.some((kind) => kindOf(kind).mayLoseMessages === true)) return [];
  return [{
    promise: 'I9', subject: `round ${nth}`, sort: 'lost',
    detail: `${refilled} events were noted as published and not in the stream, from which nothing had taken them`,
  }];
}
