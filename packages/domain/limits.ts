/** How much one customer may hold at once and buy in a day, so that nobody empties a shop with one token. */
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
