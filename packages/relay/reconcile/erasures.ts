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

/** The erasure that a message of ours tells of; none where it tells of something else. */
export function erasureIn({ subject, data }: Pick<JsMsg, 'subject' | 'data'>): readonly KeptErasure[] {
  if (!subject.startsWith(SUBJECT)) return [];
  const { success, data: told } = customerErased.safeParse(parsed(data));
  return !success ? [] : [{
    erasure_id: told.erasure_id, customer_ref: told.customer_ref, erased_at: told.erased_at, erased_by: 'relay reconcile --restored',
    holds_released: told.holds_released, references_removed: 0,
  }];
}

function parsed(data: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(data).toString('utf8'));
  } catch {
    return undefined;
  }
}

/** Forgets again whom this database still knows. Whom it never knew is no matter. @returns how many it knew */
export async function applyErasures(db: Database, erasures: readonly KeptErasure[]): Promise<number> {
  let known = 0;
  for (let from = 0; from < erasures.length; from += PAGE) {
    const page = erasures.slice(from, from + PAGE);
    const { rows: [row] } = await sql<{ known: number }>`
      WITH told AS (
        SELECT * FROM unnest(${page.map((e) => e.erasure_id)}::uuid[], ${page.map((e) => e.customer_ref)}::uuid[], ${page.map((e) => e.erased_at)}::timestamptz[],
          ${page.map((e) => e.erased_by)}::text[], ${page.map((e) => e.holds_released)}::int[], ${page.map((e) => e.references_removed)}::int[])
          AS t (id, customer_ref, erased_at, erased_by, holds_released, references_removed)
      ), forgotten AS (
        UPDATE customers SET external_id = NULL, erased_at = told.erased_at FROM told
        WHERE customers.ref = told.customer_ref AND customers.erased_at IS NULL RETURNING customers.ref
      ), noted AS (
        INSERT INTO erasures (id, customer_ref, erased_at, erased_by, holds_released, references_removed) SELECT * FROM told ON CONFLICT DO NOTHING
      )
      SELECT count(*)::int AS known FROM forgotten`.execute(db);
    known += row?.known ?? 0;
  }
  return known;
}
