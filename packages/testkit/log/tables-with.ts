/** Where a text stands: for tests of what is hidden and what is forgotten. */
import type pg from 'pg';

/** The tables of which a row has the text, in whatever column; bytes are looked at as text. */
export async function tablesWith(pool: pg.Pool, text: string): Promise<readonly string[]> {
  const { rows: tables } = await pool.query<{ name: string }>(`
    SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY 1`);
  const found = await Promise.all(tables.map(async ({ name }) => {
    const { rows } = await pool.query<{ row: string }>(`SELECT to_jsonb(t)::text AS row FROM ${name} AS t`);
    return rows.some(({ row }) => row.includes(text) || row.includes(Buffer.from(text).toString('hex'))) ? [name] : [];
  }));
  return found.flat();
}
