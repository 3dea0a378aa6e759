/** A database and a Redis for a test file, both private, with what a projector needs of them. */
import { createHash } from 'node:crypto';
import { PassThrough } from 'node:stream';
import type pg from 'pg';
import { createDatabase, createPool } from '@inventory/db/pool.ts';
import type { Database } from '@inventory/db/pool.ts';
import { adminUrlFromEnvironment, asLogin, createTestDatabase, createTestPool } from '@inventory/db/testing/database.ts';
import { FILL_FIELD, FULL_FIELD, VIEW_PREFIX } from '@inventory/view/keys.ts';
import { createLogger } from '@inventory/runtime/log.ts';
import type { Logger } from '@inventory/runtime/log.ts';
import { createMetrics } from '@inventory/runtime/metrics.ts';
import { closeRedis, createRedis } from '@inventory/runtime/redis/link.ts';
import type { Redis } from '@inventory/runtime/redis/link.ts';
import { startRedis } from '@inventory/testkit/servers/services.ts';
import type { Service } from '@inventory/testkit/servers/service.ts';
import { REDIS_TIMEOUT_MS } from '../config.ts';
import { createTelemetry } from '../telemetry/telemetry.ts';
import { createSealer } from '../seal/sealer.ts';
import type { Sealer } from '../seal/sealer.ts';

export interface Workbench {
  readonly url: string;
  /** For the test itself, which may do everything. */
  readonly pool: pg.Pool;
  /** For the parts of a projector, by the login that a projector has. */
  readonly db: Database;
  readonly redis: Redis;
  readonly server: Service;
  readonly log: Logger;
  /** A new sealer, as every process has one. */
  readonly sealer: () => Sealer;
  readonly close: () => Promise<void>;
}

/** A logger without a reader. */
function silentLog(): Logger {
  const stream = new PassThrough();
  stream.resume();
  return createLogger({ process: 'projector', instance: 'test', level: 'error', stream });
}

/** @param adminUrl a PostgreSQL other than that of DATABASE_URL, for a test that freezes it */
export async function createWorkbench(
  { adminUrl, redisArgs = [] }: { readonly adminUrl?: string; readonly redisArgs?: readonly string[] } = {},
): Promise<Workbench> {
  const database = await createTestDatabase(adminUrl ?? adminUrlFromEnvironment());
  const server = await startRedis({ args: redisArgs });
  // A frozen server must be given up as in a process, a busy one must not.
  const poolOf = (url: string): pg.Pool => (adminUrl === undefined ? createTestPool(url, 10) : createPool({
    url, applicationName: 'projector-test', max: 10, maxLifetimeSeconds: 300, onIdleError: () => undefined,
  }));
  const pool = poolOf(database.url);
  const db = createDatabase(poolOf(asLogin(database.url, 'projector')));
  const log = silentLog();
  const redis = createRedis({ url: server.url, name: 'projector-test', log, commandTimeoutMs: REDIS_TIMEOUT_MS });
  await new Promise((resolve) => { redis.once('ready', resolve); });
  return {
    url: database.url, pool, db, redis, server, log,
    sealer: () => createSealer({
      db, redis, log, onState: () => undefined,
      observe: createTelemetry(createMetrics({ process: 'projector', instance: 'test' })).sealing,
    }),
    close: async () => {
      await closeRedis(redis);
      await Promise.all([db.destroy(), pool.end()]);
      await server.stop();
      await database.drop();
    },
  };
}

const STORES = ['MAD-001', 'BCN-001', 'VAL-001'];

/**
 * Makes products with a stock row in each of three stores, and returns the ids of the rows. They have no events yet;
 * appendStockEvents of the testkit appends them.
 */
export async function addProducts(pool: pg.Pool, products: number): Promise<readonly string[]> {
  await pool.query(`INSERT INTO stores (id, uid, name) SELECT id, gen_random_uuid(), 'Store ' || id FROM unnest($1::text[]) id
    ON CONFLICT DO NOTHING`, [STORES]);
  const { rows } = await pool.query<{ id: string }>(
    `WITH product AS (
       INSERT INTO products (id, sku, name, price)
       SELECT id, 'SKU-' || id, 'Product ' || n, 9.99 FROM (SELECT n, gen_random_uuid() AS id FROM generate_series(1, $1::int) n) s
       RETURNING id
     )
     INSERT INTO stock (id, product_id, store_id, version)
     SELECT gen_random_uuid(), product.id, store, 0 FROM product CROSS JOIN unnest($2::text[]) store RETURNING id`,
    [products, STORES]);
  return rows.map(({ id }) => id);
}

/** An epoch's view, key by key, without leases; with `full: false` also without `#full`. */
export async function dumpView(redis: Redis, epoch: string, { full = true } = {}): Promise<ReadonlyMap<string, string>> {
  const view = new Map<string, string>();
  const prefix = `${VIEW_PREFIX}${epoch}:`;
  const keys = (await redis.keys(`${prefix}*`)).filter((key) => key === `${prefix}stores` || key.startsWith(`${prefix}product:`));
  for (const key of keys.sort()) {
    const fields = Object.entries(await redis.hgetall(key))
      .filter(([field]) => field !== FILL_FIELD && (full || field !== FULL_FIELD)).sort();
    if (fields.length > 0) view.set(key.slice(prefix.length), JSON.stringify(fields));
  }
  return view;
}

export function digestOf(view: ReadonlyMap<string, string>): string {
  return createHash('sha256').update(JSON.stringify([...view])).digest('hex');
}

/** The view as it must be once everything is in it, from the tables (docs/invariants.md, I11). Without store names. */
export async function expectedView(pool: pg.Pool): Promise<ReadonlyMap<string, string>> {
  const { rows } = await pool.query<{ id: string; fields: readonly (readonly [string, string])[] }>(`
    SELECT p.id, jsonb_build_array(jsonb_build_array('#full', '1'),
        jsonb_build_array('#product', p.version || ':' || (p.archived_at IS NOT NULL)::int || ':' || p.name))
      || coalesce(jsonb_agg(jsonb_build_array(s.store_id, s.version || ':' || s.quantity || ':' || s.reserved || ':0:0')
        ORDER BY s.store_id COLLATE "C") FILTER (WHERE s.id IS NOT NULL), '[]') AS fields
    FROM products p LEFT JOIN stock s ON s.product_id = p.id GROUP BY p.id ORDER BY p.id`);
  return new Map(rows.map(({ id, fields }) => [`product:availability:{${id}}`, JSON.stringify(fields)]));
}
