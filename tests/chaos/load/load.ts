/** The whole load: writers, readers, a follower of the feed and a durable consumer, and the catalogue they work on. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../plan/random.ts';
import type { World } from '../world/world.ts';
import { createAsk } from './ask.ts';
import type { Ask } from './ask.ts';
import { startDurable } from './durable.ts';
import type { Durable } from './durable.ts';
import { startFollower } from './follower.ts';
import type { Follower } from './follower.ts';
import { createGate } from './gate.ts';
import { createHistory } from './history.ts';
import type { History } from './history.ts';
import { runReader } from './readers.ts';
import { runWriter } from './writers.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '..', '..', '..');

export interface Load {
  readonly ask: Ask;
  readonly history: History;
  readonly follower: Follower;
  readonly durable: Durable;
  readonly products: readonly string[];
  /**
   * Stops the writers and waits at most `timeoutMs` for the answers to their requests.
   * @returns how many requests have no answer yet
   */
  pause(timeoutMs: number): Promise<number>;
  resume(): void;
  /** Ends the load. Rejects when the load itself has a defect. */
  stop(): Promise<void>;
}

interface LoadSize {
  readonly writers: number;
  readonly readers: number;
  /** Mean pause of each between two requests. */
  readonly writerPauseMs: number;
  readonly readerPauseMs: number;
  /** The number of seeded products in use, each in three stores. Few products mean contended rows. */
  readonly products: number;
}

/** About 45 events and 60 reads a second on 2 cores, beside everything else that runs there. */
const USUAL_LOAD: LoadSize = { writers: 8, readers: 4, writerPauseMs: 80, readerPauseMs: 50, products: 8 };

/** Seeds the catalogue as `npm start` does and starts the load. */
export async function startLoad(world: World, random: Random, size: LoadSize = USUAL_LOAD): Promise<Load> {
  await run(process.execPath, [join(ROOT, 'packages/api/cli/seed.ts')], {
    env: { ...process.env, DATABASE_URL: world.postgres.urlAt(world.postgres.primary().port) }, timeout: 60_000,
  });
  const stock = await world.postgres.sql.query<{ product_id: string; store_id: string }>(
    'SELECT product_id, store_id FROM stock ORDER BY product_id, store_id');
  const products = [...new Set(stock.map(({ product_id }) => product_id))].slice(0, size.products);
  const stores = [...new Set(stock.map(({ store_id }) => store_id))];
  const ask = await createAsk(world);
  const history = createHistory();
  const gate = createGate();
  const over = new AbortController();
  const { signal } = over;
  const follower = startFollower({ ask, signal });
  const durable = startDurable({ servers: world.ownWay.urls, signal });
  const working = Promise.all([
    follower.done, durable.done,
    ...Array.from({ length: size.writers }, (_, nth) => runWriter({
      ask, history, gate, products, stores, signal, pauseMs: size.writerPauseMs, name: `w${nth}`, random: random.fork(`writer ${nth}`),
    })),
    ...Array.from({ length: size.readers }, (_, nth) => runReader({
      ask, history, products, signal, pauseMs: size.readerPauseMs, random: random.fork(`reader ${nth}`),
    })),
  ]);
  // `stop` rethrows it: a defect of the load is not a broken promise.
  let defect: { readonly error: unknown } | undefined;
  working.catch((error: unknown) => { defect ??= { error }; });

  return {
    ask, history, follower, durable, products,
    async pause(timeoutMs) {
      gate.close();
      const until = performance.now() + timeoutMs;
      while (history.underWay() > 0 && performance.now() < until) await delay(20);
      return history.underWay();
    },
    resume() { gate.open(); },
    async stop() {
      over.abort();
      gate.open();
      await working;
      if (defect !== undefined) throw defect.error;
    },
  };
}
