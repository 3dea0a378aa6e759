/** Who acts, and what a role may touch. Rules about a row are checked inside the transaction that reads the row. */

/** `service` is a web shop's server: it acts for any customer in any store, and changes no stock. */
export const roles = ['admin', 'vendor', 'customer', 'service'] as const;
export type Role = (typeof roles)[number];

/** The rights that a token can narrow its role to. What only reads needs none. */
export const permissions = ['stock:adjust', 'stock:count', 'reserve:own', 'reserve:others', 'catalogue:write', 'log:operate', 'customer:erase'] as const;
export type Permission = (typeof permissions)[number];

/** What each role may where its token narrows nothing. */
const OF_ROLE: Readonly<Record<Role, readonly Permission[]>> = {
  admin: ['stock:adjust', 'stock:count', 'reserve:others', 'catalogue:write', 'log:operate', 'customer:erase'],
  vendor: ['stock:adjust', 'stock:count', 'reserve:others'],
  customer: ['reserve:own'],
  service: ['reserve:others'],
};

export interface Actor {
  /** As the token says; in decisions about holds, and in what they write, that of a customer is his ref. */
  readonly id: string;
  readonly role: Role;
  /** The stores a vendor works for; empty for the others. */
  readonly storeIds: ReadonlySet<string>;
  /** What the token narrows the role to; left out where it narrows nothing. An empty set leaves nothing but reading. */
  readonly permissions?: ReadonlySet<Permission>;
  /** When the token of a customer was issued, ms since 1970; left out where that does not matter. */
  readonly issuedAtMs?: number;
}

/** What an actor may: what his role may, as far as his token does not narrow it. */
export function permissionsOf({ role, permissions: narrowed }: Actor): readonly Permission[] {
  return OF_ROLE[role].filter((permission) => narrowed?.has(permission) !== false);
}

/** True when a token does not narrow its role so far that this is left out. Whether the role itself may is decided elsewhere. */
export function isGranted({ permissions: narrowed }: Actor, permission: Permission): boolean {
  return narrowed?.has(permission) !== false;
}

/** The system itself, when it expires a hold. */
export const SYSTEM_ACTOR: Actor = { id: 'system', role: 'admin', storeIds: new Set() };

/** True when the actor works for this store, which writes to stock and its history require. */
export function worksFor(actor: Actor, storeId: string): boolean {
  return actor.role === 'admin' || (actor.role === 'vendor' && actor.storeIds.has(storeId));
}

/** True when the actor reads the events of this store: its vendors, and whoever follows the whole log. */
export function mayFollow(actor: Actor, storeId: string): boolean {
  return actor.role === 'service' || worksFor(actor, storeId);
}

/** True for whoever acts on the holds of all stores and customers. */
export function actsOnAllHolds({ role }: Actor): boolean {
  return role === 'admin' || role === 'service';
}

/** True when the actor may reserve in the name of this customer; a customer may only do so for himself. */
export function mayReserveFor(actor: Actor, customer: string): boolean {
  return actor.role !== 'customer' || actor.id === customer;
}

/**
 * True when the actor may see and change this reservation: the customer's own, one of a store the vendor works for, or
 * one that the vendor made. For everybody else it does not exist.
 */
export function mayActOn(
  actor: Actor,
  reservation: { readonly customerRef: string | null; readonly storeId: string; readonly createdBy: string },
): boolean {
  if (actor.role === 'customer') return reservation.customerRef === actor.id;
  return actsOnAllHolds(actor) || worksFor(actor, reservation.storeId) || reservation.createdBy === actor.id;
}

/**
 * True when the actor may sell what a hold of this store holds, given that he may act on it. A vendor makes holds in any
 * store, and may cancel and extend those; to sell is to take goods out of a store, which its own vendors do.
 */
export function maySellIn(actor: Actor, storeId: string): boolean {
  return actor.role !== 'vendor' || worksFor(actor, storeId);
}
