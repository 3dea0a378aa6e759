/** Customers who were erased after the backup that was restored: as a file tells of them, and as the stream itself does. */
import { readFile } from 'node:fs/promises';
import type { Database } from '@inventory/db/pool.ts';
import { customerErased } from '@inventory/domain/events.ts';
import { parseErasures } from '@inventory/domain/kept-erasures.ts';
import type { KeptErasure } from '@inventory/domain/kept-erasures.ts';
import { UsageError } from '@inventory/runtime/cli/usage.ts';
import { sql } from 'kysely';
import type { JsMsg } from 'nats';

const PAGE = 1000;
const SUBJECT = 'customer.erased.';
/** More than a million erasures. */
const MAX_BYTES = 400_000_000;

/** The erasures of a file. @throws {UsageError} where it cannot be read, or is not of this log */
export async function readKeptErasures(db: Database, file: string): Promise<readonly KeptErasure[]> {
  const { log_id: logId } = await db.selectFrom('log_epoch').select('log_id').executeTakeFirstOrThrow();
  try {
    const text = await readFile(file);
    if (text.length > MAX_BYTES) throw new Error('it is too large');
    return parseErasures(text.toString('utf8'), logId);
  } catch (error) {
    throw new UsageError(`--erasures ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** An erasure of which somebody tells: as a file has it, or as its event does, which does not say whether references were removed. */
export type ToldErasure = Omit<KeptErasure, 'references_removed'> & { readonly references_removed: number | null };

/** The erasure that a message of ours tells of; none where it tells of something else. */
export function erasureIn({ subject, data }: Pick<JsMsg, 'subject' | 'data'>): readonly ToldErasure[] {
  if (!subject.startsWith(SUBJECT)) return [];
  const { success, data: told } = customerErased.safeParse(parsed(data));
  return !success ? [] : [{
    erasure_id: told.erasure_id, customer_ref: told.customer_ref, erased_at: told.erased_at, erased_by: 'relay reconcile --restored',
    holds_released: told.holds_released, references_removed: null,
  }];
}

function parsed(data: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(data).toString('utf8'));
  } catch {
    return undefined;
  }
}

/**
 * Forgets again whom this database still knows, and what is written of them: all references of their holds where some were removed, or
 * where that is not known, and the answers that are stored under their names. Whom it never knew is no matter.
 * @param erasures where one is told of twice, the first counts
 * @returns how many it knew
 */
export async function applyErasures(db: Database, erasures: readonly ToldErasure[]): Promise<number> {
  const each = [...new Map(erasures.toReversed().map((told) => [told.erasure_id, told])).values()];
  let known = 0;
  for (let from = 0; from < each.length; from += PAGE) {
    const page = each.slice(from, from + PAGE);
    const { rows: [row] } = await sql<{ known: number }>`
      WITH told AS (
        SELECT * FROM unnest(${page.map((e) => e.erasure_id)}::uuid[], ${page.map((e) => e.customer_ref)}::uuid[], ${page.map((e) => e.erased_at)}::timestamptz[],
          ${page.map((e) => e.erased_by)}::text[], ${page.map((e) => e.holds_released)}::int[], ${page.map((e) => e.references_removed)}::int[])
          AS t (id, customer_ref, erased_at, erased_by, holds_released, references_removed)
      ), forgotten AS (
        UPDATE customers SET external_id = NULL, erased_at = told.erased_at FROM told
        WHERE customers.ref = told.customer_ref AND customers.erased_at IS NULL RETURNING customers.ref
      ), removed AS (
        UPDATE reservations SET reference = NULL FROM told
        WHERE reservations.customer_ref = told.customer_ref AND reservations.reference IS NOT NULL AND told.references_removed IS DISTINCT FROM 0
        RETURNING reservations.customer_ref
      ), noted AS (
        INSERT INTO erasures (id, customer_ref, erased_at, erased_by, holds_released, references_removed)
        SELECT id, customer_ref, erased_at, erased_by, holds_released,
          coalesce(references_removed, (SELECT count(*) FROM removed WHERE removed.customer_ref = told.customer_ref)) FROM told ON CONFLICT DO NOTHING
      )
      SELECT count(*)::int AS known FROM forgotten`.execute(db);
    known += row?.known ?? 0;
    await dropAnswers(db, page.map((e) => e.customer_ref));
  }
  return known;
}

/**
 * Deletes the stored answers of these customers: whoever comes by the same id would get them for a repeat. They are kept under hashes of
 * ids, so a customer is told by his answers: all that name somebody name him. Of a shop that is true of no other customer's.
 */
async function dropAnswers(db: Database, refs: readonly string[]): Promise<void> {
  await sql`
    DELETE FROM idempotency_keys WHERE principal IN (
      SELECT principal FROM (
        SELECT principal, substring(encode(response, 'escape') FROM '"customer_id":"([0-9a-f-]{36})"') AS ref FROM idempotency_keys
      ) AS answers
      WHERE ref IS NOT NULL GROUP BY principal HAVING min(ref) = max(ref) AND min(ref) = ANY (${refs}::text[]))`.execute(db);
}
