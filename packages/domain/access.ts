/** Who acts, and what a role may touch. Rules about a row are checked inside the transaction that reads the row. */

export const roles = ['admin', 'vendor', 'customer'] as const;
export type Role = (typeof roles)[number];

export interface Actor {
  readonly id: string;
  readonly role: Role;
  /** The stores a vendor works for; empty for the others. */
  readonly storeIds: ReadonlySet<string>;
}

/** The system itself, when it expires a hold. */
export const SYSTEM_ACTOR: Actor = { id: 'system', role: 'admin', storeIds: new Set() };

/** True when the actor works for this store, which writes to stock and its history require. */
export function worksFor(actor: Actor, storeId: string): boolean {
  return actor.role === 'admin' || (actor.role === 'vendor' && actor.storeIds.has(storeId));
}

/** True when the actor may reserve in the name of this customer; a customer may only do so for himself. */
export function mayReserveFor(actor: Actor, customerId: string): boolean {
  return actor.role !== 'customer' || actor.id === customerId;
}

/**
 * True when the actor may see and change this reservation: the customer's own, one of a store the vendor works for, or
 * one that the vendor made. For everybody else it does not exist.
 */
export function mayActOn(
  actor: Actor,
  reservation: { readonly customerId: string; readonly storeId: string; readonly createdBy: string },
): boolean {
  if (actor.role === 'customer') return reservation.customerId === actor.id;
  return worksFor(actor, reservation.storeId) || reservation.createdBy === actor.id;
}
