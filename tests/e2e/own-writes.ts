/** A write through one api, and at once a read of it through another. */
import { expect } from 'chai';
import { z } from 'zod';
import type { System } from './system.ts';
import { anyOf, seededProducts } from '@inventory/testkit/http/traffic.ts';

const STORES = ['MAD-001', 'BCN-001', 'VAL-001'];
const written = z.object({ product_id: z.string(), store_id: z.string(), version: z.int() });
const shown = z.object({ source: z.string(), stores: z.array(z.object({ store_id: z.string(), version: z.int() })) });

/**
 * Makes pairs of a write and a read of it with `min_version`, several at a time, each read through another api than the
 * write. A read that is refused with 503 is made again, until the write is a second old.
 * @returns the older answers, of which there must be none, how many answers came from where, and how many were refused
 */
export async function readOwnWrites(system: System, { pairs, atOnce = 8 }: { readonly pairs: number; readonly atOnce?: number }) {
  const products = await seededProducts(system);
  const clients = await Promise.all(system.apis.map((_, nth) => system.client('admin', nth)));
  const sources = new Map<string, number>();
  const older: string[] = [];
  let refused = 0;
  let left = pairs;
  const pair = async (nth: number): Promise<void> => {
    const [writer, reader] = [clients[nth % clients.length], clients[(nth + 1) % clients.length]];
    const write = await writer?.post('/api/v1/stock', {
      product_id: anyOf(products), store_id: anyOf(STORES), quantity_change: 1, reason: 'RESTOCK',
    });
    expect(write?.status, write?.text).to.equal(200);
    const { product_id: id, store_id: store, version } = written.parse(write?.body);
    const ask = () => reader?.get(`/api/v1/products/${id}/availability?min_version=${store}:${version}`);
    let read = await ask();
    for (const since = performance.now(); read?.status === 503 && performance.now() - since < 1_000; read = await ask()) refused += 1;
    expect(read?.status, read?.text).to.equal(200);
    const { source, stores } = shown.parse(read?.body);
    sources.set(source, (sources.get(source) ?? 0) + 1);
    const seen = stores.find(({ store_id: of }) => of === store)?.version ?? 0;
    if (seen < version) older.push(`${id} ${store}: ${version} was written, ${source} shows ${seen}`);
  };
  await Promise.all(Array.from({ length: atOnce }, async () => {
    while (left > 0) await pair(left -= 1);
  }));
  return { older, refused, sources: Object.fromEntries(sources) };
}
