/**
 * `node packages/api/cli/seed.ts`: three stores, twenty products and their first stock, written by the same code as
 * requests. What exists already stays as it is, so it may run at every start. Exit code: 0 done, 1 failed, 2 neither
 * DATABASE_URL nor DATABASE_URL_FILE is set, or one of them or POSTGRES_IDENTITY is wrong.
 */
import { readDatabase } from '@inventory/db/config.ts';
import { createDatabase, createPool, inTransaction } from '@inventory/db/pool.ts';
import type { ConnectionOptions } from '@inventory/db/session/connection.ts';
import { SYSTEM_ACTOR } from '@inventory/domain/access.ts';
import { runPlain } from '@inventory/runtime/cli/plain.ts';
import { createLogger } from '@inventory/runtime/log.ts';
import { createMetrics } from '@inventory/runtime/metrics.ts';
import { v5 } from 'uuid';
import { createCommitter } from '../commit/committer.ts';
import { newId } from '../ids.ts';
import { insertProduct } from '../products/insert-product.ts';
import { insertStore } from '../stores/insert-store.ts';

/** Ids are made from names, so that every seeded database has the same ids and documents can show them. */
const NAMESPACE = '6f1c4a5e-0f43-4c5b-9a53-6a52f4b0c1d7';

const STORES = [
  { id: 'MAD-001', name: 'Madrid Centro', share: 5 },
  { id: 'BCN-001', name: 'Barcelona Plaza', share: 10 },
  { id: 'VAL-001', name: 'Valencia Norte', share: 3 },
] as const;

const PRODUCTS = [
  ['Laptop HP', 'Computers', '799.00'], ['Laptop Lenovo ThinkPad', 'Computers', '1249.00'],
  ['Monitor Dell 27"', 'Computers', '289.90'], ['Mechanical keyboard', 'Accessories', '89.95'],
  ['Wireless mouse', 'Accessories', '24.90'], ['USB-C hub', 'Accessories', '39.90'],
  ['Webcam 1080p', 'Accessories', '54.00'], ['Headphones', 'Audio', '149.00'],
  ['Bluetooth speaker', 'Audio', '79.00'], ['Smartphone 128 GB', 'Phones', '499.00'],
  ['Smartphone 256 GB', 'Phones', '649.00'], ['Phone case', 'Phones', '14.95'],
  ['Charger 65 W', 'Phones', '34.95'], ['Tablet 11"', 'Tablets', '429.00'],
  ['Tablet pencil', 'Tablets', '99.00'], ['Smartwatch', 'Wearables', '219.00'],
  ['Fitness band', 'Wearables', '49.90'], ['E-reader', 'Tablets', '129.00'],
  ['External SSD 1 TB', 'Storage', '109.00'], ['Memory card 128 GB', 'Storage', '19.95'],
] as const;

/** Seeds the database. @returns how many stores, products and stock rows were new */
async function seed(way: Pick<ConnectionOptions, 'url' | 'identity'>): Promise<{ stores: number; products: number; stock: number }> {
  const log = createLogger({ process: 'seed', instance: 'seed', level: 'warn' });
  const pool = createPool({
    ...way, applicationName: 'inventory-seed', max: 2, maxLifetimeSeconds: 60, onIdleError: () => undefined,
  });
  const db = createDatabase(pool);
  const committer = createCommitter({
    ...way, applicationName: 'inventory-seed', lanes: 1, newId, log,
    metrics: createMetrics({ process: 'seed', instance: 'seed' }),
  });
  const metadata = { actor: { id: SYSTEM_ACTOR.id, role: SYSTEM_ACTOR.role }, request_id: 'seed' };
  const created = { stores: 0, products: 0, stock: 0 };
  try {
    for (const { id, name } of STORES) {
      const store = { id, name, uid: v5(id, NAMESPACE) };
      const { ok } = await inTransaction(db, (trx) => insertStore(trx, store, { id: newId(), metadata }));
      if (ok) created.stores += 1;
    }
    for (const [nth, [name, category, price]] of PRODUCTS.entries()) {
      const sku = `SKU-${String(nth + 1).padStart(4, '0')}`;
      const product = { id: v5(sku, NAMESPACE), sku, name, category, price, description: null };
      const { ok } = await inTransaction(db, (trx) => insertProduct(trx, product, { id: newId(), metadata }));
      if (!ok) continue;
      created.products += 1;
      const settled = await Promise.all(STORES.map(({ id, share }) => committer.submit({
        actor: SYSTEM_ACTOR, metadata: { request_id: 'seed' }, idempotency: undefined,
        parts: [{
          kind: 'stock', productId: product.id, storeId: id,
          change: {
            type: 'adjust_stock', delta: share * 4, reason: 'RESTOCK', expectedVersion: 0, reference: 'seed', note: null,
            occurredAt: null,
          },
        }],
      })));
      created.stock += settled.filter((each) => each.kind === 'decided' && each.outcome.ok).length;
    }
  } finally {
    await committer.stop();
    await db.destroy();
  }
  return created;
}

async function main(): Promise<number | undefined> {
  const database = readDatabase();
  if ('problem' in database) {
    process.stderr.write(`${database.problem}\n`);
    return 2;
  }
  try {
    const { stores, products, stock } = await seed(database);
    process.stdout.write(`Seeded ${stores} stores, ${products} products, ${stock} stock rows.\n`);
    return undefined;
  } catch (error) {
    process.stderr.write(`Seeding failed: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

if (import.meta.main) {
  await runPlain(
    'node packages/api/cli/seed.ts',
    'Adds three stores, twenty products and their first stock to the database of DATABASE_URL, or DATABASE_URL_FILE; what is there stays.',
    main,
  );
}
