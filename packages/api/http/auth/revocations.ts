/**
 * Tokens that are refused although they are valid: single ones, all of a user, or those of a user that were issued until some
 * time, when he was erased. A list in memory, compared with Postgres every two seconds. While
 * Postgres is away the list stays as it was. Until it was read for the first time, no token is accepted.
 */
import type { Database } from '@inventory/db/pool.ts';
import { InventoryError } from '@inventory/domain/errors.ts';
import type { Logger } from '@inventory/runtime/log.ts';
import { startLoop } from '@inventory/runtime/loop.ts';
import type { Metrics } from '@inventory/runtime/metrics.ts';
import { inClear } from '../../commit/names.ts';
import type { Pseudonym } from '../../commit/names.ts';

const EVERY_MS = 2000;
/**
 * Entries that are kept: users before single tokens, which expire by themselves, and of those the newest. Nobody revokes so
 * many by hand, and a process must not grow without end.
 */
const MAX_ENTRIES = 100_000;

/** What a token is looked for by: it, whose it is, and when it was issued, in ms since 1970. */
export interface Presented {
  readonly jti: string | undefined;
  readonly sub: string;
  readonly issuedAtMs: number;
}

export interface Revocations {
  /** @throws {InventoryError} dependency_unavailable until the list was read once */
  has(token: Presented): boolean;
  /** Compares with Postgres now. */
  refresh(): Promise<void>;
  stop(): Promise<void>;
}

/** Reads the list now and every two seconds. Resolves after the first attempt, whether or not it succeeded. */
export async function watchRevocations(deps: {
  readonly db: Database; readonly log: Logger; readonly metrics: Metrics; readonly pseudonym?: Pseudonym;
}): Promise<Revocations> {
  const { pseudonym = inClear } = deps;
  let seen: { readonly changes: number; readonly entries: Entries; readonly subs: boolean } | undefined;
  let readAt = performance.now();
  deps.metrics.gauge({
    name: 'token_revocations_age_seconds', help: 'Since the list of revoked tokens was last compared with Postgres',
    collect: (gauge) => { gauge.set((performance.now() - readAt) / 1000); },
  });
  const refresh = async (): Promise<void> => {
    const begun = performance.now();
    const changes = await changesOf(deps.db);
    // The number first: a list that is read after it is as new as the number, or newer, and then it is read once more.
    if (changes !== seen?.changes) {
      const entries = new Map(await entriesOf(deps));
      // A user is listed by his pseudonym, or by his id where an older release, or somebody by hand, has put him there.
      const subs = [...entries].filter(([entry]) => entry.startsWith('sub:'));
      for (const [entry, until] of subs) {
        const hidden = `sub:${pseudonym(entry.slice(4))}`;
        entries.set(hidden, Math.max(until, entries.get(hidden) ?? 0));
      }
      seen = { changes, entries, subs: subs.length > 0 };
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
    has: ({ jti, sub, issuedAtMs }) => {
      if (seen === undefined) {
        throw new InventoryError('dependency_unavailable', 'Which tokens are revoked is not known yet.', {
          retry_after_seconds: 1,
        });
      }
      const { entries, subs } = seen;
      const listed = (entry: string): boolean => issuedAtMs <= (entries.get(entry) ?? -Infinity);
      return listed(`sub:${sub}`) || (subs && listed(`sub:${pseudonym(sub)}`)) || (jti !== undefined && listed(`jti:${jti}`));
    },
  };
}

/** Until when what is refused was issued, in ms since 1970: Infinity for whatever is issued at any time. */
type Entries = ReadonlyMap<string, number>;

/** How often the list was changed: by whoever, in whatever way (migration 0007). */
async function changesOf(db: Database): Promise<number> {
  return (await db.selectFrom('revoked_tokens_changes').select('changes').executeTakeFirstOrThrow()).changes;
}

async function entriesOf({ db, log }: { readonly db: Database; readonly log: Logger }): Promise<Entries> {
  const rows = await db.selectFrom('revoked_tokens').select(['kind', 'value', 'issued_until'])
    .orderBy('kind', 'desc').orderBy('revoked_at', 'desc').limit(MAX_ENTRIES + 1).execute();
  if (rows.length > MAX_ENTRIES) {
    log.warn('more tokens are revoked than a process keeps: the oldest single ones are accepted again', { kept: MAX_ENTRIES });
  }
  return new Map(rows.slice(0, MAX_ENTRIES).map(({ kind, value, issued_until: until }) => [`${kind}:${value}`, until?.getTime() ?? Infinity]));
}
