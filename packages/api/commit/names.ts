/**
 * Names in the place of refs. Decisions know customers by their refs alone, and so do the answers that they make and that
 * idempotency keys store; an answer gets the caller's ids back on its way out.
 *
 * Until events may bear refs (version 2 of `reservation.created`), everything is written with the ids, as releases before wrote
 * it, because they may still run and read it.
 */
import type { Role } from '@inventory/domain/access.ts';
import type { Versions } from '@inventory/domain/events-stored.ts';

/** The ids of customers by their refs; null for one who was erased. */
export type Names = ReadonlyMap<string, string | null>;

/** A keyed hash of a text that a client has chosen: equal for equal texts, and nobody can tell the text without the key. */
export type Pseudonym = (text: string) => string;

/** Hides nothing. */
export const inClear: Pseudonym = (text) => text;

export const NO_NAMES: Names = new Map();

/** True where what is written bears refs and hashes, and no id of a customer. */
export function writesRefs(allowed: Versions): boolean {
  return (allowed['reservation.created'] ?? 1) >= 2;
}

// Within a JSON string each quotation mark has a backslash before it, so this is a member and its value.
const CUSTOMER = /"customer_id":"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"/g;

/** An answer with the ids of customers in place of their refs; to all but customers the refs stay, as `customer_ref`. */
export function named<A extends { readonly body: Buffer }>(answer: A, names: Names, role: Role): A {
  if (names.size === 0 || answer.body.length === 0) return answer;
  const text = answer.body.toString('utf8');
  const shown = text.replace(CUSTOMER, (member, ref: string) => {
    const id = names.get(ref);
    if (id === undefined) return member;
    return `"customer_id":${JSON.stringify(id)}${role === 'customer' ? '' : `,"customer_ref":"${ref}"`}`;
  });
  return shown === text ? answer : { ...answer, body: Buffer.from(shown) };
}

/** The refs that a stored answer bears. */
export function refsIn(body: Buffer): readonly string[] {
  return [...body.toString('utf8').matchAll(CUSTOMER)].map(([, ref = '']) => ref);
}
