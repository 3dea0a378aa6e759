/** For tests of carts: an api in this process, three products in two of its stores, and carts of them. */
import type { Answer, Client } from '@inventory/testkit/http/client.ts';
import { z } from 'zod';
import { reservation } from '../reservations/schema.ts';
import { addProduct, admin, customer, startTestApi } from './api.ts';
import type { TestApi } from './api.ts';

export const cartAnswer = z.object({ batch_id: z.uuid(), reservations: z.array(reservation), expires_in_seconds: z.int().optional() });
type Cart = z.output<typeof cartAnswer>;

export interface Carts {
  readonly api: TestApi;
  /** The administrator. */
  readonly boss: Client;
  /** The customer whose carts they are. */
  readonly buyer: Client;
  /** The ids of the products of this test. */
  readonly products: readonly string[];
  /** A line of `quantity` units of the nth product. */
  readonly line: (nth: number, quantity: number, store_id?: string, more?: object) => Readonly<Record<string, unknown>>;
  /** Asks for a cart of the customer, as himself unless somebody else asks. */
  readonly send: (lines: readonly object[], more?: object, headers?: Record<string, string>, by?: Client) => Promise<Answer>;
  /** Makes one. */
  readonly made: (lines: readonly object[], more?: object, by?: Client) => Promise<Cart>;
  /** What is held of these products: the place of the product, the store and the units. */
  readonly reserved: () => Promise<readonly string[]>;
}

/** Starts the api. */
export async function startCartApi(): Promise<{ readonly api: TestApi; readonly boss: Client; readonly buyer: Client }> {
  const api = await startTestApi();
  return { api, boss: await api.as(admin), buyer: await api.as(customer) };
}

/** Three new products with 5, 3 and 2 units in Madrid and in Barcelona, and carts of them. */
export async function stockShelves({ api, boss, buyer }: Awaited<ReturnType<typeof startCartApi>>): Promise<Carts> {
  const products = await Promise.all([5, 3, 2].map(async (quantity_change) => {
    const product_id = await addProduct(api.db);
    for (const store_id of ['MAD-001', 'BCN-001']) await boss.post('/stock', { product_id, store_id, quantity_change, reason: 'RESTOCK' });
    return product_id;
  }));
  const send: Carts['send'] = (lines, more = {}, headers = {}, by = buyer) =>
    by.post('/reservations/batch', { lines, customer_id: customer.userId, ...more }, { headers });
  return {
    api, boss, buyer, products, send,
    line: (nth, quantity, store_id = 'MAD-001', more = {}) => ({ product_id: products[nth] ?? '', store_id, quantity, ...more }),
    made: async (lines, more = {}, by = buyer) => cartAnswer.parse((await send(lines, more, {}, by)).body),
    reserved: async () => (await api.pool.query<{ store_id: string; reserved: number; nth: number }>(`
      SELECT store_id, reserved, array_position($1::uuid[], product_id) - 1 AS nth FROM stock
      WHERE product_id = ANY ($1) AND reserved > 0 ORDER BY nth, store_id`, [products]))
      .rows.map((row) => `${row.nth} ${row.store_id} ${row.reserved}`),
  };
}
