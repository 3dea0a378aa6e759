/**
 * How much one customer may hold at once and buy in a day, so that nobody empties a shop with one token. And of how many units one
 * hold is: that depends on what the product is counted in.
 */
import type { Actor } from './access.ts';
import type { Refusal } from './errors.ts';

interface HoldLimits {
  readonly units: number;
  readonly reservations: number;
}

export interface Limits {
  /** Of what each customer holds: holds that he made, or that the shop's server made for him. */
  readonly customer: HoldLimits;
  /** Of what each vendor holds for others: it costs those others nothing. */
  readonly vendor: HoldLimits;
  /** Units that a customer may confirm himself in 24 hours. */
  readonly unitsSoldPerDay: number;
}

/**
 * The limits unless configured otherwise. A customer: two full carts, and no more units than a shelf carries, of which he
 * buys in a day no more than he may hold. A vendor serves ten of such customers at once.
 */
export const DEFAULT_LIMITS: Limits = {
  customer: { units: 1000, reservations: 100 }, vendor: { units: 10_000, reservations: 1000 }, unitsSoldPerDay: 1000,
};

/** Whose limit a hold counts against. */
export interface Holder {
  readonly kind: 'customer' | 'vendor';
  readonly id: string;
}

/** Whose limit a new hold counts against; undefined for those that count against nobody's. */
export function holderOf({ role, id }: Pick<Actor, 'role' | 'id'>, customerId: string): Holder | undefined {
  if (role === 'admin') return undefined;
  return role === 'vendor' ? { kind: 'vendor', id } : { kind: 'customer', id: customerId };
}

/** What somebody holds: open reservations, and their units. */
export interface Held {
  readonly units: number;
  readonly reservations: number;
}

/** The refusal of another hold that would take its holder above the limits; undefined when it would not. */
export function overHoldLimits(held: Held, quantity: number, { kind }: Holder, limits: Limits): Refusal | undefined {
  const code = 'hold_limit_exceeded';
  const { units, reservations } = limits[kind];
  if (held.reservations + 1 > reservations) {
    const message = `${held.reservations} reservations are open; a ${kind} may have ${reservations}.`;
    return { code, message, details: {} };
  }
  if (held.units + quantity > units) {
    const message = `${held.units} units are held, ${quantity} more wanted; a ${kind} may hold ${units}.`;
    return { code, message, details: {} };
  }
  return undefined;
}

/** The refusal of a sale that would take a customer above his day's limit; undefined when it would not. */
export function overSaleLimit(sold: number, quantity: number, { unitsSoldPerDay }: Limits): Refusal | undefined {
  return sold + quantity <= unitsSoldPerDay ? undefined : {
    code: 'sale_limit_exceeded',
    message: `${sold} units were confirmed in the last 24 hours, ${quantity} more wanted; a customer may confirm ${unitsSoldPerDay}.`,
    details: {},
  };
}

/**
 * In what a product is counted: always in whole units of the smallest size that is sold. A label, as the exponent: 1250 of a product in
 * G with display_exponent 3 is shown as 1.250. Nothing is computed with them but how many units one hold may be of.
 */
export const productUnits = ['PIECE', 'G', 'ML', 'MM', 'CM2'] as const;
export type ProductUnit = (typeof productUnits)[number];

export const MAX_DISPLAY_EXPONENT = 3;

/** Units of one hold, at most: of what is counted by the piece, and of what is weighed or measured. */
const MAX_PIECES = 100;
export const MAX_RESERVATION_UNITS = 100_000;

/** The refusal of a hold of too many units of a product that is counted so; undefined where it is not too many. */
export function overReservationUnits(quantity: number, unit: ProductUnit): Refusal | undefined {
  const most = unit === 'PIECE' ? MAX_PIECES : MAX_RESERVATION_UNITS;
  if (quantity <= most) return undefined;
  return {
    code: 'validation_failed', message: `A hold is of at most ${most} units of a product in ${unit}, this one of ${quantity}.`,
    details: { errors: [{ pointer: '/quantity', message: `must be at most ${most} units of a product in ${unit}` }] },
  };
}

/** A unit as a row has it: what a newer release may have added reads as pieces, the narrowest limit. */
export function unitOf(text: string): ProductUnit {
  return productUnits.find((unit) => unit === text) ?? 'PIECE';
}
