/** How much one customer may hold at once, so that nobody empties a shop with one token. */
import type { Refusal } from './errors.ts';

export interface HoldLimits {
  readonly units: number;
  readonly reservations: number;
}

/** The limits unless configured otherwise: two full carts, and no more units than a shelf carries. */
export const DEFAULT_HOLD_LIMITS: HoldLimits = { units: 1000, reservations: 100 };

/** What a customer holds: open reservations, and their units. */
export interface Held {
  readonly units: number;
  readonly reservations: number;
}

/** The refusal of another hold that would take the customer above the limits; undefined when it would not. */
export function overHoldLimits(held: Held, quantity: number, limits: HoldLimits): Refusal | undefined {
  const code = 'hold_limit_exceeded';
  if (held.reservations + 1 > limits.reservations) {
    const message = `${held.reservations} reservations are open; a customer may have ${limits.reservations}.`;
    return { code, message, details: {} };
  }
  if (held.units + quantity > limits.units) {
    const message = `${held.units} units are held, ${quantity} more wanted; a customer may hold ${limits.units}.`;
    return { code, message, details: {} };
  }
  return undefined;
}
