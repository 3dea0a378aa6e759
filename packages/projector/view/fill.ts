/** Filling hashes from the log under a lease: what rebuilds and repairs have in common. */
import { randomUUID } from 'node:crypto';
import type { Database } from '@inventory/db/pool.ts';
import type { History } from '@inventory/domain/events-stored.ts';
import type { Logger } from '@inventory/runtime/log.ts';
import type { Redis } from '@inventory/runtime/redis/link.ts';
import { runForKeys } from '@inventory/runtime/redis/scripts.ts';
import { productKey } from '@inventory/view/keys.ts';
import { fillScript, FULL_AND_MORE, leaseScript } from '@inventory/view/scripts.ts';
import { applyWrites, closeView } from './apply.ts';
import { readProducts } from './log-snapshot.ts';
import type { ProductView } from './log-snapshot.ts';

export interface FillDeps {
  readonly db: Database;
  readonly redis: Redis;
  readonly log: Logger;
  /** The history of schemas; that of the log where it is left out. */
  readonly history?: History;
}

interface Filled {
  /** Fields that were read from the log. */
  readonly fields: number;
  /** Products that are not full: a reader was filling them at each attempt, or an event cannot be read. */
  readonly open: number;
  /** Products whose hash holds something else besides: newer events, or what nobody should have written. */
  readonly suspects: readonly string[];
}

/** Attempts for a product whose lease a reader takes over, who is filling it, too. */
const ATTEMPTS = 3;

/** Fills the hashes of some products, each under a lease. */
export async function fillProducts(deps: FillDeps, epoch: string, ids: readonly string[]): Promise<Filled> {
  let fields = 0;
  let unreadable = 0;
  let remaining = ids;
  const suspects: string[] = [];
  for (let attempt = 1; attempt <= ATTEMPTS && remaining.length > 0; attempt += 1) {
    const nonce = randomUUID();
    await runForKeys(deps.redis, leaseScript, remaining.map((id) => ({ key: productKey(epoch, id), args: [nonce] })));
    const views = await readProducts(deps, epoch, remaining);
    const whole = views.filter((view) => view.unreadable.length === 0);
    for (const view of views) if (view.unreadable.length > 0) await leaveOpen(deps, epoch, view);
    const answers = (await runForKeys(deps.redis, fillScript, whole.map(({ productId, writes }) => ({
      key: productKey(epoch, productId),
      args: [nonce, ...writes.flatMap(({ field, value }) => [field, value])],
    })))).map(Number);
    fields += whole.reduce((sum, { writes }) => sum + writes.length, 0);
    unreadable += views.length - whole.length;
    remaining = whole.flatMap(({ productId }, index) => (answers[index] === 0 ? [productId] : []));
    suspects.push(...whole.flatMap(({ productId }, index) => (answers[index] === FULL_AND_MORE ? [productId] : [])));
  }
  return { fields, open: unreadable + remaining.length, suspects };
}

async function leaveOpen({ redis, log }: FillDeps, epoch: string, view: ProductView): Promise<void> {
  const [first] = view.unreadable;
  log.error('a stock row has no readable event; its product is answered from the database', {
    product_id: view.productId, stock_id: first?.stockId ?? null, rows: view.unreadable.length, error: first?.error,
  });
  await closeView(redis, epoch, view.productId);
  await applyWrites(redis, view.writes);
}
