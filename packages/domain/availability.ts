/** Availability: what of a product may still be promised in a store. */

/** What a store has of a product, by its stock row at this version. `reserved` is the part of `quantity` that is held. */
export interface StoreAvailability {
  readonly quantity: number;
  readonly reserved: number;
  readonly version: number;
}

/** Units that can still be sold or held: never below 0, because nothing is reserved that is not there. */
export function available({ quantity, reserved }: Pick<StoreAvailability, 'quantity' | 'reserved'>): number {
  return quantity - reserved;
}
