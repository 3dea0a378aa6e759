/** For tests of erasures: two processes that reserve and erase, and what has to be true after they raced. */
import type { Database } from '@inventory/db/pool.ts';
import { newestVersions } from '@inventory/domain/events-stored.ts';
import { DEFAULT_LIMITS } from '@inventory/domain/limits.ts';
import { admin } from '@inventory/domain/testing/given-when-then.ts';
import type { Actor } from '@inventory/domain/access.ts';
import { createMetrics } from '@inventory/runtime/metrics.ts';
import { captureLog } from '@inventory/runtime/testing/log.ts';
import type pg from 'pg';
import { v7 } from 'uuid';
import { createCommitter } from '../commit/committer.ts';
import type { Committer } from '../commit/committer.ts';
import type { Pseudonym } from '../commit/names.ts';
import { createEraser } from '../erasure/eraser.ts';
import type { Erase } from '../erasure/eraser.ts';
import { customer, hold, outcomeOf } from './committing.ts';
import type { Row, Told } from './committing.ts';

/** Holds that a customer of these tests may have at once. */
const MOST_HOLDS = 10;

export interface ErasingProcess { readonly committer: Committer; readonly erase: Erase }

/** Two processes, each with its own memory of customers. */
export function startErasers(url: string, db: Database, pseudonym: Pseudonym): readonly [ErasingProcess, ErasingProcess] {
  const start = (): ErasingProcess => {
    const connection = { url, applicationName: 'erase-test' };
    const limits = { ...DEFAULT_LIMITS, customer: { units: 1000, reservations: MOST_HOLDS } };
    const committer = createCommitter({
      ...connection, lanes: 1, newId: v7, log: captureLog().log, metrics: createMetrics({ process: 'test', instance: 'test' }),
      formats: { allowed: () => newestVersions() }, limits, pseudonym,
    });
    return { committer, erase: createEraser({ connection, db, committer, limits, newId: v7, pseudonym }) };
  };
  return [start(), start()];
}

/** An erasure as somebody asks for it. */
export const erasing = (customerId: string) => ({
  actor: admin, metadata: { request_id: v7() }, idempotency: undefined, customerId, releaseHolds: true, references: [],
});

/**
 * Reserves for one customer through both processes, so many at a time and one behind the other, half of it by himself, and erases him in
 * the middle of it.
 * @returns what is wrong afterwards, in words
 */
export async function eraseAmong(
  { pool, pair, row }: { readonly pool: pg.Pool; readonly pair: readonly [ErasingProcess, ErasingProcess]; readonly row: Row },
  { id, parallel, makers }: { readonly id: string; readonly parallel: number; readonly makers: readonly Actor[] },
): Promise<readonly string[]> {
  // Both processes know him, and remember that he has a ref.
  for (const { committer } of pair) await outcomeOf(committer, hold(row, 1, { customerId: id }, { by: customer(id) }));
  const told: Told[] = [];
  let over = false;
  const reserve = async (nth: number): Promise<void> => {
    const by = nth % 4 < 2 ? customer(id) : makers[(nth >> 1) % makers.length] ?? admin;
    // At least two of each, so that each process makes holds for whom it remembers, when he is another one.
    for (let made = 0; made < 2 || !over; made += 1) {
      told.push(await outcomeOf(pair[nth % 2 === 0 ? 0 : 1].committer, hold(row, 1, { customerId: id }, { by })));
    }
    told.push(await outcomeOf(pair[nth % 2 === 0 ? 0 : 1].committer, hold(row, 1, { customerId: id }, { by })));
  };
  const reserving = Array.from({ length: parallel }, (_, nth) => reserve(nth));
  const erased = pair[0].erase(erasing(id)).finally(() => { over = true; });
  await Promise.all(reserving);
  const settled = await erased;
  const faults = told.flatMap(({ code }) => (code === undefined || code === 'hold_limit_exceeded' || code === 'lock_timeout' ? [] : [`refused: ${code}`]));
  if (settled.kind !== 'decided' || !settled.outcome.ok) return [...faults, 'not erased'];
  const { rows } = await pool.query<{ fault: string }>(`
    SELECT format('%s hold of a ref that is %s', r.status, CASE WHEN c.erased_at IS NULL THEN coalesce(c.external_id, 'unknown') ELSE 'erased' END) AS fault
    FROM reservations r LEFT JOIN customers c ON c.ref = r.customer_ref
    WHERE r.customer_ref = $1 AND NOT (c.erased_at IS NOT NULL AND r.status = 'CANCELLED') OR c.ref IS NULL OR c.erased_at IS NOT NULL AND r.status = 'PENDING'
    UNION ALL
    SELECT format('%s holds at once by %s', count(*), c.external_id) FROM reservations r JOIN customers c ON c.ref = r.customer_ref
    WHERE c.external_id = $2 AND r.status = 'PENDING' AND r.made_as IN ('customer', 'service') GROUP BY c.external_id HAVING count(*) > $3
    UNION ALL
    SELECT format('an event of an erased customer behind customer.erased: %s', e.event_type) FROM events e
    JOIN events gone ON gone.event_type = 'customer.erased' AND gone.stream_id = (e.payload ->> 'customer_ref')::uuid
    WHERE gone.stream_id = $1 AND e.position > gone.position`, [settled.outcome.value.customerRef, id, MOST_HOLDS]);
  return [...faults, ...rows.map(({ fault }) => fault)];
}
