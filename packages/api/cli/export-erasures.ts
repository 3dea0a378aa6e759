/** What `npm run erasures -- export` writes. */
import type { Database } from '@inventory/db/pool.ts';
import type { ErasuresHead, KeptErasure } from '@inventory/domain/kept-erasures.ts';
import { sql } from 'kysely';

const PAGE = 1000;

/** The lines of an export, page by page: all erasures, or those since a time of the database's clock. */
export async function* exportErasures(db: Database, since?: string): AsyncGenerator<readonly (ErasuresHead | KeptErasure)[]> {
  const { rows: [log] } = await sql<{ log_id: string; now: Date }>`SELECT log_id, clock_timestamp() AS now FROM log_epoch`.execute(db);
  if (log === undefined) throw new Error('the log has no id');
  yield [{ type: 'erasures', log_id: log.log_id, exported_at: log.now.toISOString() }];
  let after = { erased_at: new Date(since ?? 0), id: '00000000-0000-0000-0000-000000000000' };
  for (;;) {
    const rows = await db.selectFrom('erasures').selectAll()
      .where(sql<boolean>`(erased_at, id) > (${after.erased_at}, ${after.id}::uuid)`).orderBy('erased_at').orderBy('id').limit(PAGE).execute();
    yield rows.map(({ id, customer_ref, erased_at: at, erased_by, holds_released, references_removed }): KeptErasure => ({
      erasure_id: id, customer_ref, erased_at: at.toISOString(), erased_by, holds_released, references_removed,
    }));
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return;
    after = last;
  }
}
