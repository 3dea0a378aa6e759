/**
 * How far a role reaches with an operation: the table of authorisation, a row in each contract. What it promises, the
 * matrix in authorisation.int.test.ts tries out; the decisions themselves are made where the row is read
 * (domain/access.ts).
 */
import type { Role } from '@inventory/domain/access.ts';

/** What somebody gets who asks for more than is his. */
export type Foreign =
  /** 403: that it exists is no secret. */
  | 'forbidden' | 'store_not_in_scope'
  /** 404: to him it does not exist. */
  | 'not_found'
  /** It is left out of the list. */
  | 'left_out';

export type Grant =
  | { readonly reach: 'all' }
  /** Rows of the stores in the token. */
  | { readonly reach: 'own_stores'; readonly foreign: Foreign }
  /** Also what he has made himself, wherever. */
  | { readonly reach: 'own_stores_or_made'; readonly foreign: Foreign }
  /** What is for the customer of the token. */
  | { readonly reach: 'own_customer'; readonly foreign: Foreign };

/** A role that is left out may not call the operation at all: 403. */
export type Access = Readonly<Partial<Record<Role, Grant>>> | 'public';

const all = { reach: 'all' } as const;

export const adminOnly = { admin: all } as const;
export const everybody = { customer: all, vendor: all, admin: all } as const;
/** Stock of a store is its vendors' business. */
export const ofStore = { vendor: { reach: 'own_stores', foreign: 'store_not_in_scope' }, admin: all } as const;
/** Somebody makes a hold: a vendor in any store and for anybody, a customer for himself. */
export const holding = { customer: { reach: 'own_customer', foreign: 'forbidden' }, vendor: all, admin: all } as const;
/** A hold that there is already: who has no business with it is told that it does not exist. */
export const ofHold = {
  customer: { reach: 'own_customer', foreign: 'not_found' },
  vendor: { reach: 'own_stores_or_made', foreign: 'not_found' },
  admin: all,
} as const;
