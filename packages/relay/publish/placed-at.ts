/** Which events the runs of a stream place at given sequences. */
import { sql } from 'kysely';
import type { Database } from '@inventory/db/pool.ts';
import { MAX_RUN } from './runs.ts';

/** Positions of the events at these sequences, all of which lie behind `after`. */
export async function placedAt(
  db: Database, stream: string, { after, sequences }: { readonly after: number; readonly sequences: readonly number[] },
): Promise<readonly number[]> {
  if (sequences.length === 0) return [];
  const upTo = sequences.reduce((greatest, sequence) => Math.max(greatest, sequence), after);
  const { rows } = await sql<{ position: number }>`
    SELECT position FROM (
      SELECT e.position, r.first_sequence + row_number() OVER (PARTITION BY r.first_sequence ORDER BY e.position) - 1 AS sequence
      FROM published_runs r JOIN events e ON e.position BETWEEN r.first_position AND r.last_position
      WHERE r.stream = ${stream} AND r.first_sequence > ${after}::bigint - ${MAX_RUN}
        AND r.first_sequence + r.count > ${after}::bigint + 1 AND r.first_sequence <= ${upTo}::bigint
    ) placed WHERE sequence = ANY (${[...sequences]}::bigint[])`.execute(db);
  return rows.map(({ position }) => position);
}
