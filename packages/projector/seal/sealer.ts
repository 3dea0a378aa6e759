/** The sealing of one process: one cycle after the other, a rebuild when the view is lost, and what is known of both. */
import { sql } from 'kysely';
import { epochHere } from '@inventory/db/events.ts';
import { UNKNOWN_SERVER } from '@inventory/db/known-server.ts';
import { SEAL_LOCK } from '@inventory/db/locks.ts';
import type { Database } from '@inventory/db/pool.ts';
import { lsnKey } from '@inventory/view/keys.ts';
import type { Logger } from '@inventory/runtime/log.ts';
import type { StepOutcome } from '@inventory/runtime/loop.ts';
import type { Redis } from '@inventory/runtime/redis/link.ts';
import type { Rebuilt } from '../rebuild/rebuild.ts';
import { rebuild } from '../rebuild/rebuild.ts';
import { removeOlder } from '../rebuild/older.ts';
import type { Brought } from './brought.ts';
import type { Applied, Sealed, SealOutcome } from './cycle.ts';
import { sealOnce } from './cycle.ts';

interface SealerDeps {
  readonly db: Database;
  readonly redis: Redis;
  readonly observe: SealObserver;
  readonly log: Logger;
  /** What the stream brings; without it sealing reads everything itself. */
  readonly brought?: Pick<Brought, 'take'>;
  /** Told after each cycle, for readiness. `ok`: this process, or another one, is sealing. */
  readonly onState: (state: { readonly ok: boolean; readonly detail: string }) => void;
}

/** Told of what sealing does, for metrics. */
export interface SealObserver {
  cycle(outcome: SealOutcome['outcome']): void;
  /** A cycle has moved P, and took so long. */
  sealed(cycle: Sealed, seconds: number): void;
  rebuilt(result: Rebuilt['result'] | 'failed'): void;
}

/** What a process knows of the view: from its own cycles, and from what others have written to Redis. */
export interface KnownView {
  /** Every event up to this position is in the view of the epoch; 0 when that is not known. */
  readonly position: (epoch: string) => number;
  /** True while this projector, or another one, rebuilds the view. */
  readonly rebuilding: () => boolean;
}

export interface Sealer extends KnownView {
  readonly step: (signal: AbortSignal) => Promise<StepOutcome>;
  /** True when a cycle within the last 5 s found events that the stream had not brought. */
  readonly brings: () => boolean;
  readonly databaseNowMs: () => number;
  readonly facts: () => SealerFacts;
}

interface SealerFacts {
  readonly epoch: string | undefined;
  readonly position: number | undefined;
  /** The instant of this process's own last seal: milliseconds since 1970 by the clock of Postgres. */
  readonly sealedAtMs: number | undefined;
  readonly outcome: SealOutcome['outcome'] | undefined;
  readonly lastRebuild: (Rebuilt & { readonly at: Date }) | undefined;
}

const BRINGS_MS = 5_000;
const BEHIND_MS = 1_000;
/** How long a rebuild is left to another projector, which may be frozen. Two rebuilds at once are harmless. */
const PATIENCE_MS = 10_000;
const REBUILT_ELSEWHERE_MS = 250;
/**
 * The pause while nothing is written, or another projector seals. An answer is a little older then, of a log that has not changed; a
 * sealing every 100 ms was half of what an idle system cost. [`npm run profile -- --what idle`]
 */
const QUIET_MS = 250;
/** Cycles that found nothing new, one after the other: half a second. */
const QUIET_CYCLES = 5;
const FOREIGN = 'the view of another log is sealed in this Redis database: two systems have one REDIS_URL; give each its own';

/** The sealer of one process. Its step is for a loop, and never runs twice at once. */
export function createSealer({ db, redis, observe, log, brought, onState }: SealerDeps): Sealer {
  let epoch: string | undefined;
  let sealed: Sealed | undefined;
  let sealedUnder: string | undefined;
  let outcome: SealOutcome['outcome'] | undefined;
  let lastRebuild: SealerFacts['lastRebuild'];
  let clockOffsetMs = 0;
  let broughtAt = -Infinity;
  let lostAt: number | undefined;
  let rebuilding = false;
  let known: { readonly epoch: string; readonly position: number } | undefined;
  let applied: Applied | undefined;
  let quiet = 0;

  const rebuildNow = async (under: string, signal: AbortSignal): Promise<StepOutcome> => {
    onState({ ok: false, detail: 'rebuilding the view' });
    // A process that has not sealed yet has lost nothing: at the first start there is no view, and Redis was started again, too.
    const first = sealed === undefined && lastRebuild === undefined;
    log[first ? 'info' : 'warn']('the view is missing or Redis may have lost part of it: rebuilding', { epoch: under });
    let result: Rebuilt['result'] | 'failed' = 'failed';
    try {
      const rebuilt = await rebuild({ db, redis, log }, under, { signal });
      result = rebuilt.result;
      lastRebuild = { ...rebuilt, at: new Date() };
      const { products, fields, open, differences, remaining, position, elapsedMs } = rebuilt;
      log.info('the view is rebuilt', {
        result, products, fields, open, differences, remaining, position, elapsed_ms: Math.round(elapsedMs),
      });
      if (result === 'done') {
        known = { epoch: under, position };
        await removeOlder(redis, under);
      }
    } finally {
      rebuilding = false;
      observe.rebuilt(result);
    }
    return 'more';
  };

  const rebuildAlone = (under: string, signal: AbortSignal): Promise<StepOutcome> => {
    lostAt ??= performance.now();
    const patience = performance.now() - lostAt < PATIENCE_MS;
    return db.connection().execute(async (session) => {
      const { rows } = await sql<{ locked: boolean }>`SELECT pg_try_advisory_lock(${SEAL_LOCK}::bigint) AS locked`.execute(session);
      const locked = rows[0]?.locked === true;
      try {
        if (locked || !patience) return await rebuildNow(under, signal);
        onState({ ok: false, detail: 'another projector rebuilds the view' });
        return REBUILT_ELSEWHERE_MS;
      } finally {
        if (locked) await sql`SELECT pg_advisory_unlock(${SEAL_LOCK}::bigint)`.execute(session);
      }
    });
  };

  const step = async (signal: AbortSignal): Promise<StepOutcome> => {
    const under = epoch ??= (await epochHere(db)).name;
    const startedAt = performance.now();
    const cycle = await sealOnce({
      db, redis, log, applied, brought: brought?.take(), onApplied: (now) => { applied = now; },
      onReached: (position) => { known = { epoch: under, position }; },
    }, under);
    observe.cycle(cycle.outcome);
    if (cycle.outcome === 'foreign' && outcome !== 'foreign') log.error(FOREIGN);
    outcome = cycle.outcome;
    rebuilding = outcome === 'lost';
    switch (cycle.outcome) {
      case 'sealed':
      case 'slow':
        observe.sealed(cycle, (performance.now() - startedAt) / 1000);
        clockOffsetMs = cycle.clockOffsetMs;
        if (cycle.broughtSeconds.length > 0) broughtAt = performance.now();
        sealed = cycle;
        sealedUnder = under;
        lostAt = undefined;
        onState({ ok: cycle.outcome === 'sealed', detail: `P ${cycle.to}` });
        if (cycle.outcome === 'slow') return 'more';
        quiet = cycle.to === cycle.from ? quiet + 1 : 0;
        return quiet < QUIET_CYCLES ? 'idle' : QUIET_MS;
      case 'busy':
        if (cycle.position !== undefined) known = { epoch: under, position: cycle.position };
        onState({ ok: true, detail: 'another projector seals' });
        return QUIET_MS;
      case 'epoch':
        log.warn('the log has another epoch', { before: epoch, now: cycle.epoch });
        epoch = cycle.epoch;
        return 'more';
      case 'behind':
        // Positions are drawn a second time, so an event below P may not be in the view.
        known = applied = undefined;
        // A log that still has all that this process has sealed has not gone back: nobody has sealed up to this P.
        if (sealed !== undefined && sealedUnder === under && cycle.newest >= sealed.to) return rebuildAlone(under, signal);
        onState({
          ok: false, detail: 'the log is behind the view: Postgres has gone back in time without a new epoch; if it has not, '
            + '`projector rebuild` puts P right',
        });
        return BEHIND_MS;
      case 'went_back':
        known = applied = undefined;
        // A server whose log has all that this process has seen has not gone back: somebody has made that place up.
        if (sealed !== undefined && sealedUnder === under && cycle.lsn >= (sealed.lsn ?? Infinity)) {
          await redis.del(lsnKey(under));
          return 'more';
        }
        onState({ ok: false, detail: 'PostgreSQL was started from an older snapshot of itself: relay reconcile --restored --yes' });
        return BEHIND_MS;
      case 'unknown_server':
        known = applied = undefined;
        onState({ ok: false, detail: UNKNOWN_SERVER });
        return BEHIND_MS;
      case 'foreign':
        known = applied = undefined;
        onState({ ok: false, detail: FOREIGN });
        return BEHIND_MS;
      case 'lost':
        known = applied = undefined;
        return rebuildAlone(under, signal);
    }
  };

  return {
    step,
    position: (of) => (known?.epoch === of ? known.position : 0),
    rebuilding: () => rebuilding,
    brings: () => performance.now() - broughtAt < BRINGS_MS,
    databaseNowMs: () => Date.now() + clockOffsetMs,
    facts: () => ({ epoch, position: sealed?.to, sealedAtMs: sealed?.atMs, outcome, lastRebuild }),
  };
}
