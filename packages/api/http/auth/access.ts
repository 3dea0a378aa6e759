/**
 * The table of authorisation, a row in each endpoint: which roles may call it, and how far each reaches. The matrix in
 * access.int.test.ts tries out what it promises. What a request itself says is checked here, before its handler runs;
 * what depends on a row is decided where that row is read, in the same transaction (domain/access.ts).
 */
import { isGranted, mayFollow, mayReserveFor } from '@inventory/domain/access.ts';
import type { Actor, Permission, Role } from '@inventory/domain/access.ts';
import { InventoryError } from '@inventory/domain/errors.ts';

/** The answer to a request for more than what is one's own. */
type Foreign =
  /** 403: that it exists is no secret. */
  | 'forbidden' | 'store_not_in_scope'
  /** 404: for this actor it does not exist. */
  | 'not_found'
  /** It is left out of the list. */
  | 'left_out';

export type Grant =
  | { readonly reach: 'all' }
  /** Rows of the stores in the token. `made` where rows that the actor made elsewhere get another answer. */
  | { readonly reach: 'own_stores'; readonly foreign: Foreign; readonly made?: Foreign }
  /** Also rows that the actor made, in any store. */
  | { readonly reach: 'own_stores_or_made'; readonly foreign: Foreign }
  /** Rows for the customer of the token. */
  | { readonly reach: 'own_customer'; readonly foreign: Foreign };

/** A role that is left out may not call the endpoint at all: 403. */
export type Access = Readonly<Partial<Record<Role, Grant>>> | 'public';

/** Access with no limit but the role. */
export type OpenAccess = Readonly<Partial<Record<Role, { readonly reach: 'all' }>>> | 'public';

const all = { reach: 'all' } as const;

export const adminOnly = { admin: all } as const;
export const shopAndAdmin = { service: all, admin: all } as const;
export const everybody = { customer: all, vendor: all, service: all, admin: all } as const;
/** The stock of a store is for its vendors. */
export const ofStore = { vendor: { reach: 'own_stores', foreign: 'store_not_in_scope' }, admin: all } as const;
/** The log: of a store for its vendors, all of it for the shop's server too. */
export const ofLog = { vendor: { reach: 'own_stores', foreign: 'store_not_in_scope' }, service: all, admin: all } as const;
/** A new hold: a vendor makes it in any store and for anybody, a customer only in his own name. */
export const holding = {
  customer: { reach: 'own_customer', foreign: 'forbidden' }, vendor: all, service: all, admin: all,
} as const;
/** An existing hold: to others it does not exist. */
export const ofHold = {
  customer: { reach: 'own_customer', foreign: 'not_found' },
  vendor: { reach: 'own_stores_or_made', foreign: 'not_found' },
  service: all,
  admin: all,
} as const;
/** To sell what a hold holds: goods leave a store, so its own vendors do that. */
export const selling = {
  ...ofHold, vendor: { reach: 'own_stores', foreign: 'not_found', made: 'store_not_in_scope' },
} as const;

/** What was sold comes back into a store: its own vendors put it on the shelf. */
export const returning = { vendor: selling.vendor, admin: all } as const;

/** Whom a request acts for, as far as it says so itself. A member that is undefined asks for nothing. */
export interface Reach {
  /** The user that a body names as the one who acts. */
  readonly user?: string | undefined;
  readonly store?: string | undefined;
  readonly customer?: string | undefined;
}

/** @throws {InventoryError} forbidden */
export function requireRole(actor: Actor, allowed: Exclude<Access, 'public'>): void {
  if (allowed[actor.role] === undefined) {
    throw new InventoryError('forbidden', `This needs the role ${Object.keys(allowed).join(' or ')}.`);
  }
}

/**
 * The right that an endpoint needs, which the claim `permissions` of a token may leave out. `reserve`: for a customer reserve:own,
 * for all others reserve:others. `read`: none, because it changes nothing.
 */
export type Verb = Exclude<Permission, `reserve:${string}`> | 'reserve' | 'read';

/** @throws {InventoryError} forbidden, naming the permission, where the token narrows the role to others */
export function requireVerb(actor: Actor, verb: Verb | undefined): void {
  if (verb === undefined || verb === 'read') return;
  const permission = verb === 'reserve' ? `reserve:${actor.role === 'customer' ? 'own' : 'others'}` as const : verb;
  if (!isGranted(actor, permission)) throw new InventoryError('forbidden', `Your token does not give the permission ${permission}.`);
}

/** @throws {InventoryError} forbidden for a customer who would confirm where payment decides */
export function requireSeller(actor: Actor, { customersMayConfirm }: { readonly customersMayConfirm: boolean }): void {
  if (actor.role === 'customer' && !customersMayConfirm) {
    throw new InventoryError('forbidden', 'Here a customer does not confirm: payment decides, and the shop confirms.');
  }
}

/** @throws {InventoryError} forbidden for another user or customer, store_not_in_scope for a store of others */
export function requireReach(actor: Actor, { user, store, customer }: Reach): void {
  if (user !== undefined && user !== actor.id) {
    throw new InventoryError('forbidden', 'user_id is not the user of your token.');
  }
  if (store !== undefined && !mayFollow(actor, store)) {
    throw new InventoryError('store_not_in_scope', `Your token does not cover the store ${store}.`);
  }
  if (customer !== undefined && !mayReserveFor(actor, customer)) {
    throw new InventoryError('forbidden', 'customer_id is not the customer of your token.');
  }
}
