/** For tests: the api in this process, on a database of its own, without a sweeper unless the test starts one. */
import { adminUrlFromEnvironment, asLogin, createTestDatabase, createTestPool, TEST_EPOCH } from '@inventory/db/testing/database.ts';
import { createDatabase, createPool, inTransaction } from '@inventory/db/pool.ts';
import { newestVersions } from '@inventory/domain/events-stored.ts';
import type { History } from '@inventory/domain/events-stored.ts';
import { DEFAULT_LIMITS } from '@inventory/domain/limits.ts';
import type { Limits } from '@inventory/domain/limits.ts';
import type { Database } from '@inventory/db/pool.ts';
import { createMetrics } from '@inventory/runtime/metrics.ts';
import type { Metrics } from '@inventory/runtime/metrics.ts';
import { closeRedis, createRedis } from '@inventory/runtime/redis/link.ts';
import { captureLog } from '@inventory/runtime/testing/log.ts';
import { createTail } from '@inventory/tail/tail.ts';
import { createClient } from '@inventory/testkit/http/client.ts';
import type { Client } from '@inventory/testkit/http/client.ts';
import { AUDIENCE, createTestKeys, ISSUER } from '@inventory/testkit/http/tokens.ts';
import type { TokenOptions } from '@inventory/testkit/http/tokens.ts';
import type pg from 'pg';
import { v7 } from 'uuid';
import { createApp } from '../app.ts';
import { createAvailabilityReader } from '../availability/read.ts';
import { createCommitter } from '../commit/committer.ts';
import type { Committer } from '../commit/committer.ts';
import { createEraser } from '../erasure/eraser.ts';
import { createVerifier } from '../http/auth/verifier.ts';
import type { EdgeRules } from '../app.ts';
import { isRecognised } from '../http/context.ts';
import { addressKey, trusting } from '../http/edge/addresses.ts';
import { watchRevocations } from '../http/auth/revocations.ts';
import type { Revocations } from '../http/auth/revocations.ts';
import { listen } from '../http/server/listen.ts';
import type { Timeouts } from '../http/server/listen.ts';
import { createLiveFeed } from '../stream/live-feed.ts';
import { createTickets } from '../stream/tickets.ts';
import type { FeedRules, LiveFeed } from '../stream/live-feed.ts';
import { createCounter } from '../http/rate-limit/counter.ts';
import type { BoardRules } from '../pages/board.ts';
import { insertProduct } from '../products/insert-product.ts';
import { createPseudonym, keyOfLog } from '../pseudonyms.ts';
import { insertStore } from '../stores/insert-store.ts';
import { createCodes } from '../directory/codes.ts';
import { watchStores } from '../directory/watch-stores.ts';
import { createLeakSpy } from './leaks.ts';
import type { LeakSpy } from './leaks.ts';

/** The seed's stores. */
const STORES = [
  { id: 'MAD-001', name: 'Madrid Centro' }, { id: 'BCN-001', name: 'Barcelona Plaza' },
  { id: 'VAL-001', name: 'Valencia Norte' },
] as const;

const metadata = { actor: { id: 'test', role: 'admin' }, request_id: 'test' };

/**
 * The test's own way into the database of an api, by which it makes what it needs: on a busy machine a connection may take more than the
 * second that a process gives it [seen at a load of 12 to 14 on 2 cores].
 */
const ownWay = new WeakMap<Database, Database>();

/** Adds a product that no store has received yet. @returns its id */
export async function addProduct(db: Database, name = 'Laptop HP'): Promise<string> {
  const id = v7();
  const product = { id, sku: `SKU-${id}`, name, category: null, price: '799.00', description: null };
  await inTransaction(ownWay.get(db) ?? db, (trx) => insertProduct(trx, product, { id: v7(), metadata }));
  return id;
}

export interface TestStore {
  readonly url: string;
  /** For the parts of an api, by the login that an api has. */
  readonly db: Database;
  /** For the test itself, which may do everything. */
  readonly pool: pg.Pool;
  readonly close: () => Promise<void>;
}

/** A fresh database with the seed's three stores and no products. @param adminUrl another server than that of all tests */
export async function createTestStore(adminUrl = adminUrlFromEnvironment()): Promise<TestStore> {
  const database = await createTestDatabase(adminUrl);
  // The test's own, by which it makes what it needs: that may take its time on a busy machine.
  const pool = createTestPool(database.url, 5);
  const db = createDatabase(createPool({
    url: asLogin(database.url, 'api'), applicationName: 'api-test', max: 5, maxLifetimeSeconds: 300, onIdleError: () => undefined,
  }));
  const own = createDatabase(pool);
  ownWay.set(db, own);
  for (const { id, name } of STORES) {
    await inTransaction(own, (trx) => insertStore(trx, { id, name, uid: v7() }, { id: v7(), metadata }));
  }
  return {
    url: database.url, db, pool,
    close: async () => {
      await Promise.all([db.destroy(), pool.end()]);
      await database.drop();
    },
  };
}

export interface TestApi extends TestStore {
  readonly committer: Committer;
  readonly revoked: Revocations;
  readonly feed: LiveFeed;
  readonly port: number;
  readonly logLines: () => readonly Record<string, unknown>[];
  readonly metrics: Metrics;
  /** A client with a token for this user; without a token where none is named. Paths begin behind /api/v1. */
  readonly as: (who?: TokenOptions) => Promise<Client>;
  readonly token: (who: TokenOptions) => Promise<string>;
  /** Reads every answer to a vendor; `close` rejects where one shows what it must not show. */
  readonly spy: LeakSpy;
}

/** Limits that only tests of limits reach. */
const WIDE_OPEN: EdgeRules = {
  trustProxy: [], corsOrigins: [],
  rateLimits: { windowSeconds: 60, ip: 1e9, user: { admin: 1e9, vendor: 1e9, customer: 1e9, service: 1e9 } },
};

interface TestApiOptions {
  /** By default an address where nothing listens: the api needs only Postgres. */
  readonly redisUrl?: string;
  readonly edge?: Partial<EdgeRules>;
  readonly maxConnections?: number;
  /** As many as there are where it is left out. */
  readonly connectionsPerAddress?: number;
  readonly timeouts?: Timeouts;
  /** How long the limits wait for Redis, in ms; a test whose counts matter sets more than the default. */
  readonly limitTimeoutMs?: number;
  readonly history?: History;
  readonly limits?: Limits;
  readonly customersMayConfirm?: boolean;
  readonly feed?: Partial<FeedRules>;
  /** No board where it is left out. */
  readonly board?: BoardRules;
  /** True where log lines, keys and limits hide who asks, as a process does; most tests look for a request by its id. */
  readonly hides?: boolean;
}

/** Starts an api, without rate limits unless the test sets some. */
export async function startTestApi(options: TestApiOptions = {}): Promise<TestApi> {
  const store = await createTestStore();
  const { log, lines } = captureLog();
  const metrics = createMetrics({ process: 'api', instance: 'test' });
  const redisUrl = options.redisUrl ?? 'redis://127.0.0.1:1';
  const redis = createRedis({ url: redisUrl, name: 'api-test', log, corked: true });
  const { limitTimeoutMs, timeouts } = options;
  const times = timeouts === undefined ? {} : { timeouts };
  const timeout = limitTimeoutMs === undefined ? {} : { timeoutMs: limitTimeoutMs };
  const limitRedis = limitTimeoutMs === undefined ? redis
    : createRedis({ url: redisUrl, name: 'limits-test', log, corked: true, commandTimeoutMs: limitTimeoutMs });
  const pseudonym = createPseudonym(await keyOfLog(store.db));
  const hiding = options.hides === true ? { pseudonym } : {};
  const committer = createCommitter({
    url: asLogin(store.url, 'api'), applicationName: 'api-test', lanes: 1, newId: v7, log, metrics,
    formats: { allowed: () => newestVersions() }, ...hiding,
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  });
  const erase = createEraser({
    connection: { url: asLogin(store.url, 'api'), applicationName: 'api-test' }, db: store.db, committer, limits: options.limits ?? DEFAULT_LIMITS,
    newId: v7, ...hiding,
  });
  const keys = await createTestKeys();
  const revoked = await watchRevocations({ db: store.db, log, metrics, pseudonym });
  const tokens = createVerifier({
    publicKey: keys.publicKeyPem, jwksUrl: undefined, issuer: ISSUER, audience: AUDIENCE,
  }, { log, isRevoked: revoked.has });
  const spy = createLeakSpy(store.db);
  const stores = await watchStores({ db: store.db, log });
  const tail = createTail({ db: store.db, connection: { url: asLogin(store.url, 'api'), applicationName: 'api-test' }, log });
  const feed = createLiveFeed({ db: store.db, tail, log, metrics, rules: { most: 2000, mostOfUser: 5, lowStock: 3, ...options.feed } });
  const server = await listen(spy.watch(createApp({
    instance: 'test', customersMayConfirm: options.customersMayConfirm ?? true, db: store.db, committer, erase, log, metrics, feed, tickets: createTickets({ db: store.db, look: tokens.look, isRevoked: revoked.has, ...hiding }), ...hiding, history: options.history,
    verifyToken: tokens.verify, stores, codes: createCodes({ db: store.db }), limits: options.limits ?? DEFAULT_LIMITS,
    readAvailability: createAvailabilityReader({ db: store.db, redis, epoch: TEST_EPOCH, log, metrics }),
    countRequest: createCounter({ redis: limitRedis, log, metrics, ...timeout }),
    edge: { ...WIDE_OPEN, ...options.edge }, board: options.board,
  })), {
    host: '127.0.0.1', port: 0, maxConnections: options.maxConnections ?? 1000, drainMs: 0, ...times,
    seats: {
      perAddress: options.connectionsPerAddress ?? options.maxConnections ?? 1000, addressKey, isRecognised,
      isProxy: trusting(options.edge?.trustProxy ?? []),
    },
  });
  return {
    ...store, committer, revoked, feed, spy, metrics, port: server.port, logLines: lines, token: keys.token,
    as: async (who) => createClient(
      `http://127.0.0.1:${server.port}/api/v1`, who === undefined ? undefined : await keys.token(who)),
    close: async () => {
      await feed.stop();
      await server.close();
      await tail.stop();
      await Promise.all([committer.stop(), revoked.stop(), tokens.stop(), stores.stop()]);
      await Promise.all([closeRedis(redis), closeRedis(limitRedis)]);
      const leaks = await spy.leaks().finally(store.close);
      if (leaks.length > 0) throw new Error(`I17 is broken:\n${[...new Set(leaks)].join('\n')}`);
    },
  };
}

/**
 * Drops the unique index that catches two decisions on one version of a row where the lock fails: with the index, a test
 * of the lock would be green without the lock, at the price of a repeat. [200 orders for 50 units through two processes:
 * 50 sold without the lock, 57 to 100 without lock and index.]
 */
export async function leaveOnlyTheLock(pool: pg.Pool): Promise<void> {
  await pool.query('ALTER TABLE events DROP CONSTRAINT events_stream_unique');
}

/** The users of the seed, and two others. */
export const admin = { role: 'admin', userId: 'admin-1' } as const;
export const vendor = { role: 'vendor', userId: 'vendor-789', storeIds: ['MAD-001'] } as const;
export const vendorOfBarcelona = { role: 'vendor', userId: 'vendor-321', storeIds: ['BCN-001'] } as const;
export const customer = { role: 'customer', userId: 'cust-456' } as const;
/** The server of a web shop. */
export const service = { role: 'service', userId: 'shop-1' } as const;
export const otherCustomer = { role: 'customer', userId: 'cust-457' } as const;

/** The environment of an api process on a test's database. Nothing listens at its REDIS_URL: it needs only Postgres. */
export function processEnv(store: TestStore, publicKeyPem: string, more: Readonly<Record<string, string>> = {}) {
  return {
    DATABASE_URL: store.url, REDIS_URL: 'redis://127.0.0.1:1', PORT: '0', JWT_PUBLIC_KEY: publicKeyPem,
    RATE_LIMIT_IP: '1000000', RATE_LIMIT_USER: '1000000', CONFIRM_MAX_UNITS_PER_DAY: '1000000',
    ...more,
  };
}
