/**
 * One cycle of sealing: reads the log itself, and declares up to when the view is complete.
 *
 *   1  r0 = the clock of Redis, and its source                 5  every write is answered
 *   2  t0 = the clock of Postgres, and the epoch of the log    6  watermark = (epoch, t0), unless 2 s have passed since r0
 *   3  F  = the settled position of the log                    7  P = F
 *   4  the newest event of each stream behind P goes into the view, unless an earlier cycle has put it there
 *
 * Why the view then holds everything that was committed by t0: such an event is either at or below P, and an earlier
 * cycle has written it; or it is behind P and visible to step 4, which begins after t0: step 4 writes it, or an earlier
 * cycle of the same sealer has. Why P may become F: nothing new appears at or below F, and step 4, which begins after F was
 * found, has seen all of it. What the stream has brought into this very Redis is in the view, too, and step 4 leaves it out
 * (brought.ts). When Redis has lost data since an earlier cycle, P is gone or the source is another one; that
 * is checked in step 1, and again in the script of steps 6 and 7. Where P was lost and another projector has rebuilt the
 * view since, its rebuild has read all that this sealer had applied before.
 *
 * Nothing is sealed on a server that nobody has accepted (db/known-server.ts), nor on one whose log ends before the place that
 * an earlier cycle has noted beside P: a snapshot of the same server that was started again.
 */
import { sql } from 'kysely';
import { newestPosition, settledPosition } from '@inventory/db/events.ts';
import { requireReadable } from '@inventory/db/formats/formats.ts';
import { epochName, onKnownServer } from '@inventory/db/known-server.ts';
import { SEAL_LOCK } from '@inventory/db/locks.ts';
import type { Database } from '@inventory/db/pool.ts';
import { preparedAs } from '@inventory/db/prepared.ts';
import { decodeSeal } from '@inventory/view/codec.ts';
import { LAST_SEALED_KEY, logOf, lsnKey, MAX_CLOCK_SKEW_MS, positionKey, sourceKey, WATERMARK_KEY, WATERMARK_TTL_MS } from '@inventory/view/keys.ts';
import { sealScript } from '@inventory/view/scripts.ts';
import type { History } from '@inventory/domain/events-stored.ts';
import { faultPoint } from '@inventory/runtime/fault.ts';
import type { Logger } from '@inventory/runtime/log.ts';
import type { Redis } from '@inventory/runtime/redis/link.ts';
import { applyWrites, closeView, formatOf, readEvent, writeOf } from '../view/apply.ts';
import type { ViewWrite } from '../view/apply.ts';
import type { BroughtPositions } from './brought.ts';
import type { NewestEvent, Ranges } from './log-tail.ts';
import { EVERYTHING, newestEventsAfter, productOfStream, rangesOf } from './log-tail.ts';
import { pipelined, runScript } from '@inventory/runtime/redis/scripts.ts';
import { sourceOf } from '@inventory/view/source.ts';

interface SealDeps {
  readonly db: Database;
  /** A connection to the master. */
  readonly redis: Redis;
  readonly log: Logger;
  /** Told of P as it moves; in a cycle with a backlog more than once. */
  readonly onReached?: (position: number) => void;
  /** What earlier cycles of the same sealer have applied; without it all that is behind P is read. */
  readonly applied?: Applied | undefined;
  /** What the stream has brought since the last cycle. */
  readonly brought?: BroughtPositions | undefined;
  /** Told what is applied now, page by page, so a cycle that fails has not been for nothing. */
  readonly onApplied?: (applied: Applied) => void;
  /** The history of schemas; that of the log where it is left out. */
  readonly history?: History;
}

/** What a sealer has put into one view beyond P. It is worth nothing for the view of another epoch or another Redis. */
export interface Applied {
  readonly epoch: string;
  readonly source: string;
  /** The newest position that was read. */
  readonly reached: number;
  /** Every event behind P is in the view but those at these positions. */
  readonly unread: Ranges;
}

export interface Sealed {
  readonly outcome: 'sealed' | 'slow';
  /** P before and after. */
  readonly from: number;
  readonly to: number;
  /** t0: milliseconds since 1970 by the clock of Postgres. */
  readonly atMs: number;
  /** How far the clock of Postgres is ahead of this machine's, give or take half a round trip. */
  readonly clockOffsetMs: number;
  /** The age, in seconds, of each event that the stream had not brought, when this cycle had written it. */
  readonly broughtSeconds: readonly number[];
  /** Events that were in the view before. */
  readonly stale: number;
  /** Events that could not be read. Their products are answered from the database from now on. */
  readonly unreadable: number;
  /** Where the server's own log ended, in bytes; null where nobody asks which server it is. */
  readonly lsn: number | null;
}

/** Why a cycle moved nothing. */
type Refused =
  /** Another projector is sealing. */
  | 'busy'
  /** P is gone, or Redis is another one: the view must be rebuilt. */
  | 'lost'
  /** The log is behind P: Postgres has gone back in time without a new epoch, or somebody has made P up. */
  | 'behind'
  /** The log is in another epoch than the one asked for. */
  | 'epoch'
  /** The server's own log ends before the place that an earlier cycle has noted: it was started from an older snapshot. */
  | 'went_back'
  /** The log is on a server that nobody has accepted. */
  | 'unknown_server'
  /** Another log's view is sealed in this Redis. */
  | 'foreign';

export type SealOutcome = Sealed
  | { readonly outcome: 'busy'; readonly epoch: string; /** P, when the view stands. */ readonly position: number | undefined }
  | { readonly outcome: 'behind'; readonly epoch: string; /** The newest position that the log has drawn. */ readonly newest: number }
  | { readonly outcome: 'went_back'; readonly epoch: string; /** Where it ends. */ readonly lsn: number }
  | { readonly outcome: Exclude<Refused, 'busy' | 'behind' | 'went_back'>; readonly epoch: string };

/** While the watermark is younger than this, one sealer is enough. */
const YOUNG_MS = 500;

/** A cycle that began then is too old to move the watermark. */
const LONG_AGO_MS = 0;

/**
 * Runs one cycle under an epoch.
 * @throws what Postgres or Redis throw: the watermark was not moved
 */
export function sealOnce(deps: SealDeps, epoch: string): Promise<SealOutcome> {
  // One connection for the cycle, because the lock belongs to its session. Each statement commits by itself.
  return deps.db.connection().execute(async (db) => {
    const start = await readStart(deps.redis, epoch);
    const clock = await readClock(db);
    try {
      if (start.sealedFor !== undefined && logOf(start.sealedFor) !== logOf(epoch)) return { outcome: 'foreign', epoch };
      // A sealer that holds the lock and does not seal is frozen. Two sealers are harmless, none is not.
      if (!clock.locked && start.watermarkLeftMs > WATERMARK_TTL_MS - YOUNG_MS) {
        return { outcome: 'busy', epoch, position: start.builtOn === start.source ? start.position : undefined };
      }
      return await cycle({ ...deps, db }, epoch, start, clock);
    } finally {
      if (clock.locked) await sql`SELECT pg_advisory_unlock(${SEAL_LOCK}::bigint)`.execute(db);
    }
  });
}

interface Start {
  readonly r0Ms: number;
  readonly source: string;
  readonly builtOn: string | null;
  readonly position: number | undefined;
  readonly watermarkLeftMs: number;
  /** The epoch that is sealed now. */
  readonly sealedFor: string | undefined;
  /** Where the log of Postgres ended, by its own count of bytes, when an earlier cycle looked. */
  readonly lsn: number;
}

interface Clock {
  readonly atMs: number;
  readonly epoch: string;
  readonly locked: boolean;
  readonly known: boolean;
  /** Where the log of Postgres ends; null where nobody asks which server this is. */
  readonly lsn: number | null;
  readonly offsetMs: number;
}

async function cycle(deps: SealDeps, epoch: string, start: Start, clock: Clock): Promise<SealOutcome> {
  if (!clock.known) return { outcome: 'unknown_server', epoch };
  if (clock.epoch !== epoch) return { outcome: 'epoch', epoch: clock.epoch };
  if (start.position === undefined || start.builtOn !== start.source) return { outcome: 'lost', epoch };
  const { position, source } = start;
  if (clock.lsn !== null && clock.lsn < start.lsn) return { outcome: 'went_back', epoch, lsn: clock.lsn };
  const newest = await newestPosition(deps.db);
  if (newest < position) return { outcome: 'behind', epoch, newest };
  const settled = await settledPosition(deps.db, position, newest);

  const broughtSeconds: number[] = [];
  let stale = 0;
  let unreadable = 0;
  const raise = async (to: number, r0Ms: number): Promise<unknown> => {
    const answer = await runScript(deps.redis, sealScript, {
      keys: [WATERMARK_KEY, LAST_SEALED_KEY, positionKey(epoch), sourceKey(epoch)],
      args: [epoch, clock.atMs, r0Ms, to, source],
    });
    if (answer === 'sealed' || answer === 'slow') deps.onReached?.(to);
    return answer;
  };
  const known = isOfUse(deps.applied, { epoch, source, newest }) ? deps.applied : { reached: 0, unread: EVERYTHING };
  const brought = isOfUse(reachOf(deps.brought), { epoch, source, newest }) ? deps.brought?.positions ?? [] : [];
  const knownTo = Math.max(known.reached, brought.at(-1) ?? 0);
  // Drawn behind t0: where P has reached it, nothing lies behind P.
  const pages = newest === position ? [] : newestEventsAfter(deps.db, position, known.unread, rangesOf(brought));
  for await (const { events, reached, unread, more } of pages) {
    const page = await applyPage(deps, epoch, events);
    const now = Date.now() + clock.offsetMs;
    for (const event of page.brought) broughtSeconds.push(Math.max(0, now - event.timestamp.getTime()) / 1000);
    stale += page.stale;
    unreadable += page.unreadable;
    deps.onApplied?.({ epoch, source, reached: Math.max(knownTo, reached), unread });
    // P moves with each page, so a long backlog does not begin anew when this cycle fails. The watermark does not move yet.
    if (more) await raise(Math.min(reached, settled), LONG_AGO_MS);
  }

  faultPoint('seal.before_watermark');
  const outcome = await raise(settled, start.r0Ms);
  if (outcome === 'lost' || outcome === 'foreign') return { outcome, epoch };
  if (clock.lsn !== null && clock.lsn !== start.lsn) await deps.redis.set(lsnKey(epoch), clock.lsn);
  return {
    outcome: outcome === 'sealed' ? 'sealed' : 'slow',
    from: position, to: settled, atMs: clock.atMs, clockOffsetMs: clock.offsetMs,
    broughtSeconds, stale, unreadable, lsn: clock.lsn,
  };
}

/** A log that ends before what was read has gone back in time, so its positions are other events now. */
function isOfUse<A extends Omit<Applied, 'unread'>>(
  applied: A | undefined, now: { readonly epoch: string; readonly source: string; readonly newest: number },
): applied is A {
  return applied !== undefined && applied.epoch === now.epoch && applied.source === now.source && applied.reached <= now.newest;
}

function reachOf(brought: BroughtPositions | undefined): Omit<Applied, 'unread'> | undefined {
  return brought === undefined ? undefined : { epoch: brought.epoch, source: brought.source, reached: brought.positions.at(-1) ?? 0 };
}

async function readStart(redis: Redis, epoch: string): Promise<Start> {
  const [time, server, replication, position, builtOn, left, lsn, watermark] = await pipelined(redis, (pipeline) => {
    pipeline.time().info('server').info('replication')
      .get(positionKey(epoch)).get(sourceKey(epoch)).pttl(WATERMARK_KEY).get(lsnKey(epoch)).get(WATERMARK_KEY);
  });
  if (!Array.isArray(time)) throw new Error('Redis tells no time');
  const [seconds, micros] = time.map(Number);
  return {
    r0Ms: (seconds ?? NaN) * 1000 + Math.floor((micros ?? NaN) / 1000),
    source: sourceOf(server, replication),
    builtOn: typeof builtOn === 'string' ? builtOn : null,
    position: typeof position === 'string' && /^\d{1,16}$/.test(position) ? Number(position) : undefined,
    watermarkLeftMs: Number(left),
    lsn: Number(lsn ?? 0) || 0,
    sealedFor: Number(left) > 0 && Number(left) <= WATERMARK_TTL_MS ? sealedEpoch(watermark) : undefined,
  };
}

/** The epoch that a watermark seals; undefined for one that nobody can have written, which the next seal overwrites. */
function sealedEpoch(watermark: unknown): string | undefined {
  if (typeof watermark !== 'string') return undefined;
  try {
    const { epoch, atMs } = decodeSeal(watermark);
    return atMs > Date.now() + MAX_CLOCK_SKEW_MS ? undefined : epoch;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

async function readClock(db: Database): Promise<Clock> {
  const before = Date.now();
  const { rows } = await sql<Omit<Clock, 'offsetMs'>>`
    ${preparedAs('seal-clock')} SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::int8 AS "atMs",
      (SELECT ${epochName} FROM log_epoch) AS epoch, ${onKnownServer} AS known,
      CASE WHEN current_setting('inventory.server', true) <> 'off'
        THEN pg_wal_lsn_diff(pg_current_wal_flush_lsn(), '0/0')::int8 END AS lsn,
      pg_try_advisory_lock(${sql.lit(SEAL_LOCK)}::bigint) AS locked`.execute(db);
  const [clock] = rows;
  if (clock === undefined) throw new Error('Postgres tells no time');
  return { ...clock, offsetMs: clock.atMs - (before + Date.now()) / 2 };
}

/**
 * Writes one page of events. A product whose event cannot be read loses its view.
 * @throws {TooNew} before anything is written, when only a newer release can read one of them
 */
async function applyPage(deps: SealDeps, epoch: string, events: readonly NewestEvent[]) {
  const readable: { readonly event: NewestEvent; readonly write: ViewWrite }[] = [];
  let unreadable = 0;
  await requireReadable(deps.db, events.map(formatOf), deps.history);
  for (const event of events) {
    try {
      const { event_type: type, schema_version: version, payload } = event;
      const write = writeOf(epoch, readEvent({ type, version, payload }, deps.history));
      if (write !== undefined) readable.push({ event, write });
    } catch (error) {
      unreadable += 1;
      await closeUnreadable(deps, epoch, event, error);
    }
  }
  const { written } = await applyWrites(deps.redis, readable.map(({ write }) => write));
  const brought = readable.filter((_, index) => written[index] === true).map(({ event }) => event);
  return { brought, stale: readable.length - brought.length, unreadable };
}

async function closeUnreadable({ db, redis, log }: SealDeps, epoch: string, event: NewestEvent, error: unknown): Promise<void> {
  const productId = await productOfStream(db, event.stream_id);
  log.error('an event of the log cannot be read; its product is answered from the database', {
    position: event.position, event_type: event.event_type, product_id: productId ?? null, error,
  });
  if (productId !== undefined) await closeView(redis, epoch, productId);
}
