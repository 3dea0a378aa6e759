/**
 * The values of the view as text and back. Each begins with its version, by which the Lua texts compare. What cannot be
 * read is refused: corruption is never read as a number.
 */
import type { StoreAvailability } from '@inventory/domain/availability.ts';

// Two numbers for what is to come, safety stock and units on the road, so that the view need not be made anew for them.
const STOCK = /^([1-9]\d{0,9}):(\d{1,10}):(\d{1,10}):(\d{1,10}):(\d{1,10})$/;
const PRODUCT = /^([1-9]\d{0,9}):([01]):([\s\S]+)$/;
const STORE = /^([1-9]\d{0,9}):([\s\S]+)$/;
const SEAL = /^([0-9a-f]{8}\.[1-9]\d{0,9}):(\d{13})$/;

export function encodeStock(stock: StoreAvailability): string {
  return `${stock.version}:${stock.quantity}:${stock.reserved}:0:0`;
}
/** @throws {RangeError} when the text is not a stock field */
export function decodeStock(text: string): StoreAvailability {
  const [, version, quantity, reserved] = STOCK.exec(text) ?? [];
  if (version === undefined || quantity === undefined || reserved === undefined) {
    throw new RangeError(`not an availability field: ${JSON.stringify(text)}`);
  }
  return { version: Number(version), quantity: Number(quantity), reserved: Number(reserved) };
}

export interface ProductName { readonly version: number; readonly archived: boolean; readonly name: string }

export function encodeProduct(product: ProductName): string {
  return `${product.version}:${product.archived ? 1 : 0}:${product.name}`;
}
/** @throws {RangeError} when the text is not a product field */
export function decodeProduct(text: string): ProductName {
  const [, version, archived, name] = PRODUCT.exec(text) ?? [];
  if (version === undefined || name === undefined) throw new RangeError(`not a product field: ${JSON.stringify(text)}`);
  return { version: Number(version), archived: archived === '1', name };
}

interface StoreName { readonly version: number; readonly name: string }

export function encodeStore(store: StoreName): string {
  return `${store.version}:${store.name}`;
}
/** @throws {RangeError} when the text is not a store field */
export function decodeStore(text: string): StoreName {
  const [, version, name] = STORE.exec(text) ?? [];
  if (version === undefined || name === undefined) throw new RangeError(`not a store field: ${JSON.stringify(text)}`);
  return { version: Number(version), name };
}

/** The view of this epoch is complete as of `atMs`, milliseconds since 1970 by the clock of Postgres. */
export interface Seal { readonly epoch: string; readonly atMs: number }

export function encodeSeal(seal: Seal): string {
  return `${seal.epoch}:${seal.atMs}`;
}
/** @throws {RangeError} when the text is not a seal */
export function decodeSeal(text: string): Seal {
  const [, epoch, atMs] = SEAL.exec(text) ?? [];
  if (epoch === undefined || atMs === undefined) throw new RangeError(`not a seal: ${JSON.stringify(text)}`);
  return { epoch, atMs: Number(atMs) };
}
