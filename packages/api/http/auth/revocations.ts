/**
 * Tokens that are refused although they are valid: a list in memory, compared with Postgres every two seconds. While
 * Postgres is away the list stays as it was. Until it was read for the first time, no token is accepted.
 */
import type { Database } from '@inventory/db/pool.ts';
import { InventoryError } from '@inventory/domain/errors.ts';
import type { Logger } from '@inventory/runtime/log.ts';
import { startLoop } from '@inventory/runtime/loop.ts';
import type { Metrics } from '@inventory/runtime/metrics.ts';
import { sql } from 'kysely';

const EVERY_MS = 2000;
/** Entries that are kept, the newest first. Nobody revokes so many by hand, and a process must not grow without end. */
const MAX_ENTRIES = 100_000;

export interface Revocations {
  /** @throws {InventoryError} dependency_unavailable until the list was read once */
  has(token: { readonly jti: string | undefined; readonly sub: string }): boolean;
  /** Compares with Postgres now. */
  refresh(): Promise<void>;
  stop(): Promise<void>;
}

/** Reads the list now and every two seconds. Resolves after the first attempt, whether or not it succeeded. */
export async function watchRevocations(deps: {
  readonly db: Database; readonly log: Logger; readonly metrics: Metrics;
}): Promise<Revocations> {
  let seen: { readonly mark: string; readonly entries: ReadonlySet<string> } | undefined;
  let readAt = performance.now();
  deps.metrics.gauge({
    name: 'token_revocations_age_seconds', help: 'Since the list of revoked tokens was last compared with Postgres',
    collect: (gauge) => { gauge.set((performance.now() - readAt) / 1000); },
  });
  const refresh = async (): Promise<void> => {
    const begun = performance.now();
    const mark = await markOf(deps.db);
    // Rows are added and deleted but never changed, so the same mark means the same list.
    if (mark !== seen?.mark) {
      const rows = await deps.db.selectFrom('revoked_tokens').select(['kind', 'value'])
        .orderBy('revoked_at', 'desc').limit(MAX_ENTRIES).execute();
      seen = { mark, entries: new Set(rows.map(({ kind, value }) => `${kind}:${value}`)) };
    }
    readAt = begun;
  };
  await refresh().catch((error: unknown) => { deps.log.warn('the revoked tokens are not known yet', { error }); });
  const loop = startLoop({
    name: 'revoked tokens', step: () => refresh().then(() => 'idle'), idleMs: EVERY_MS,
    backoff: { minMs: 500, maxMs: EVERY_MS }, log: deps.log,
  });
  return {
    refresh,
    stop: () => loop.stop(),
    has: ({ jti, sub }) => {
      if (seen === undefined) {
        throw new InventoryError('dependency_unavailable', 'Which tokens are revoked is not known yet.', {
          retry_after_seconds: 1,
        });
      }
      return seen.entries.has(`sub:${sub}`) || (jti !== undefined && seen.entries.has(`jti:${jti}`));
    },
  };
}

/** Changes whenever the list does. */
async function markOf(db: Database): Promise<string> {
  const { rows: [row] } = await sql<{ count: number; newest: string | null }>`
    SELECT count(*)::int AS count, max(revoked_at)::text AS newest FROM revoked_tokens`.execute(db);
  return `${row?.count}:${row?.newest}`;
}
