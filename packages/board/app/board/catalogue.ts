/** What the board is made of: every store, and the products of the catalogue, up to a bound that a page can hold. */
import type { Client } from '@inventory/client/client.ts';

export interface Product { readonly id: string; readonly sku: string; readonly name: string }
export interface ShopStore { readonly id: string; readonly name: string }

export interface Catalogue {
  readonly products: readonly Product[];
  readonly stores: readonly ShopStore[];
  /** False where the catalogue has more products than are here. */
  readonly whole: boolean;
}

const MOST_PRODUCTS = 2000;
const PAGE = 200;

/** Reads it. @throws {InventoryProblem} */
export async function readCatalogue(client: Client, signal: AbortSignal): Promise<Catalogue> {
  const [stores, products] = await Promise.all([allOf(client.listStores({ limit: PAGE }, { signal }), MOST_PRODUCTS),
    allOf(client.listProducts({ limit: PAGE }, { signal }), MOST_PRODUCTS)]);
  return {
    products: products.items.map(({ product_id: id, sku, name }) => ({ id, sku, name })),
    stores: stores.items.map(({ store_id: id, name }) => ({ id, name })), whole: products.whole,
  };
}

async function allOf<T>(list: AsyncIterable<T>, most: number): Promise<{ readonly items: readonly T[]; readonly whole: boolean }> {
  const items: T[] = [];
  for await (const item of list) {
    if (items.length === most) return { items, whole: false };
    items.push(item);
  }
  return { items, whole: true };
}
