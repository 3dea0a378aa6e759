/** What names customers beside events: holds that were not converted with the event of their making, and users whose tokens are refused. */
import { inTransaction } from '@inventory/db/pool.ts';
import { sql } from 'kysely';
import { refsFor } from './convert-events.ts';
import type { ConvertDeps } from './convert-events.ts';

/** Few, because commits that change one of them wait meanwhile. */
const BATCH = 500;

/**
 * Converts the next batch, in one transaction, and leaves out what is being changed at this moment.
 * @returns how many, and whether some are left
 */
export function convertHolds({ db, newId }: ConvertDeps): Promise<{ readonly converted: number; readonly left: boolean }> {
  return inTransaction(db, async (trx) => {
    const { rows } = await sql<{ id: string; customer_id: string }>`
      SELECT id, customer_id FROM reservations WHERE customer_id IS NOT NULL ORDER BY customer_id LIMIT ${BATCH} FOR UPDATE SKIP LOCKED`.execute(trx);
    const refs = await refsFor(trx, rows.map(({ customer_id: id }) => id), newId);
    await sql`
      UPDATE reservations SET customer_ref = n.ref, customer_id = NULL,
        created_by = CASE WHEN created_by = customer_id AND coalesce(made_as, 'customer') = 'customer' THEN n.ref::text ELSE created_by END
      FROM unnest(${rows.map(({ id }) => id)}::uuid[], ${rows.map(({ customer_id: id }) => refs.get(id) ?? null)}::uuid[]) AS n (id, ref)
      WHERE reservations.id = n.id`.execute(trx);
    const { rows: [rest] } = await sql<{ left: boolean }>`SELECT EXISTS (SELECT FROM reservations WHERE customer_id IS NOT NULL) AS left`.execute(trx);
    return { converted: rows.length, left: rest?.left === true };
  });
}

/**
 * Lists users whose tokens are refused by their pseudonyms. Each row is taken and put back in one transaction, so that one that is let in
 * meanwhile (`npm run token -- restore`) is not listed again.
 * @returns how many were listed by their ids
 */
export async function convertRevoked({ db, pseudonym }: ConvertDeps): Promise<number> {
  const rows = await db.selectFrom('revoked_tokens').select('value').where('kind', '=', 'sub').where('value', 'not like', '~%').execute();
  for (const { value } of rows) {
    await inTransaction(db, async (trx) => {
      const taken = await trx.deleteFrom('revoked_tokens').where('kind', '=', 'sub').where('value', '=', value)
        .returning(['revoked_at', 'issued_until']).executeTakeFirst();
      if (taken === undefined) return;
      await trx.insertInto('revoked_tokens').values({ kind: 'sub', value: pseudonym(value), ...taken })
        .onConflict((conflict) => conflict.columns(['kind', 'value']).doUpdateSet({ issued_until: null })).execute();
    });
  }
  return rows.length;
}
