/**
 * Demand that could not be met becomes events, so that lost sales can be counted (decision 0013). A refusal only leaves a
 * note in memory; a loop of its own writes the event afterwards, in a statement that locks no stock row. However many
 * refusals there are, each process writes one event in ten seconds for a stock row, which says how many other refusals it
 * stands for, and a hundred events a second for all rows together.
 */
import { allowedVersion } from '@inventory/db/formats/formats.ts';
import type { Database } from '@inventory/db/pool.ts';
import type { Actor } from '@inventory/domain/access.ts';
import { reservationRejected } from '@inventory/domain/events.ts';
import type { Payload } from '@inventory/domain/events.ts';
import { writtenAs } from '@inventory/domain/events-stored.ts';
import type { Logger } from '@inventory/runtime/log.ts';
import { startLoop } from '@inventory/runtime/loop.ts';
import type { StepOutcome } from '@inventory/runtime/loop.ts';
import type { Metrics } from '@inventory/runtime/metrics.ts';
import { metadataOf } from '../commit/command.ts';
import type { RefusedDemand } from '../commit/command.ts';
import { inClear } from '../commit/names.ts';
import type { Pseudonym } from '../commit/names.ts';
import { newId } from '../ids.ts';

const QUIET_MS = 10_000;
const EVERY_MS = 1000;
const MAX_A_STEP = 100;
/** Stock rows that wait for their event; refusals at further rows are only counted in the metric. */
const MAX_WAITING = 2000;

/** One event to write: the first refusal of its row, and how many others it stands for. */
interface Waiting { readonly id: string; readonly first: RefusedDemand; suppressed: number }

export interface DemandNotes {
  note(demand: RefusedDemand): void;
  /** Takes out what may be written now. */
  take(): readonly Waiting[];
  /** Puts back what could not be written. */
  restore(taken: readonly Waiting[]): void;
  /** Rows that wait for their event. */
  waiting(): number;
}

/**
 * @param now a clock in milliseconds that never goes back
 * @param onDropped told of each refusal that no event will stand for
 */
export function createDemandNotes(now: () => number, onDropped: () => void): DemandNotes {
  const waiting = new Map<string, Waiting>();
  const quietUntil = new Map<string, number>();
  const keyOf = ({ productId, storeId }: RefusedDemand): string => `${productId}/${storeId}`;
  return {
    note: (demand) => {
      const known = waiting.get(keyOf(demand));
      if (known !== undefined) known.suppressed += 1;
      else if (waiting.size >= MAX_WAITING) onDropped();
      else waiting.set(keyOf(demand), { id: newId(), first: demand, suppressed: 0 });
    },
    take: () => {
      const at = now();
      for (const [key, until] of quietUntil) if (until <= at) quietUntil.delete(key);
      const due = [...waiting].filter(([key]) => !quietUntil.has(key)).slice(0, MAX_A_STEP);
      for (const [key] of due) {
        waiting.delete(key);
        quietUntil.set(key, at + QUIET_MS);
      }
      return due.map(([, entry]) => entry);
    },
    restore: (taken) => {
      for (const entry of taken) {
        const key = keyOf(entry.first);
        const since = waiting.get(key);
        quietUntil.delete(key);
        waiting.set(key, since === undefined ? entry : { ...entry, suppressed: entry.suppressed + since.suppressed + 1 });
      }
    },
    waiting: () => waiting.size,
  };
}

/**
 * Writes one batch. The same batch again, after an unknown outcome, makes no second event: each keeps its id. Where events bear
 * refs, a customer is named by the one that he has by now; nobody gets one for having been refused.
 */
export async function writeRefusedDemand(db: Database, notes: DemandNotes, pseudonym: Pseudonym = inClear): Promise<StepOutcome> {
  const taken = notes.take();
  if (taken.length === 0) return 'idle';
  try {
    const allowed = await allowedVersion(db, 'reservation.rejected');
    const refs = (allowed['reservation.rejected'] ?? 1) < 2 ? undefined : await refsOf(db, taken);
    await db.insertInto('events').values(taken.map(({ id, first, suppressed }) => {
      const payload: Payload<'reservation.rejected'> = reservationRejected.parse({
        attempt_id: id, product_id: first.productId, store_id: first.storeId, customer_ref: refs?.get(first.customerId) ?? null,
        requested: first.requested, available: first.available, suppressed,
      });
      const { version, payload: written } = writtenAs({ type: 'reservation.rejected', payload }, allowed);
      const { cause } = first;
      return {
        id, event_type: 'reservation.rejected', store_id: first.storeId, aggregate_id: id, stream_id: id, stream_version: null,
        payload: JSON.stringify(refs === undefined ? { ...written, customer_id: first.customerId } : written),
        metadata: JSON.stringify(refs === undefined ? metadataOf(cause)
          : metadataOf({ ...cause, actor: withRef(cause.actor, refs) }, pseudonym)),
        schema_version: version,
      };
    })).onConflict((conflict) => conflict.doNothing()).execute();
  } catch (error) {
    notes.restore(taken);
    throw error;
  }
  return 'idle';
}

/** The refs of the customers who were refused, or for whom others asked, by their ids; without those who have none. */
async function refsOf(db: Database, taken: readonly Waiting[]): Promise<ReadonlyMap<string, string>> {
  const ids = taken.flatMap(({ first: { customerId, cause: { actor } } }) => [customerId, ...(actor.role === 'customer' ? [actor.id] : [])]);
  const rows = await db.selectFrom('customers').select(['ref', 'external_id']).where('external_id', 'in', [...new Set(ids)]).execute();
  return new Map(rows.flatMap(({ ref, external_id: id }) => (id === null ? [] : [[id, ref]])));
}

function withRef(actor: Pick<Actor, 'id' | 'role'>, refs: ReadonlyMap<string, string>): Pick<Actor, 'id' | 'role'> {
  return actor.role === 'customer' ? { id: refs.get(actor.id) ?? 'unknown', role: actor.role } : actor;
}

interface RefusedDemandRecorder {
  note(demand: readonly RefusedDemand[]): void;
  /** Writes what still waits, up to one batch. */
  stop(): Promise<void>;
}

/** Takes notes of refused demand and writes their events until it is stopped. */
export function recordRefusedDemand(deps: {
  readonly db: Database; readonly log: Logger; readonly metrics: Metrics; readonly pseudonym?: Pseudonym;
}): RefusedDemandRecorder {
  const refused = deps.metrics.counter({
    name: 'reservation_rejections_total', help: 'Lines of demand that could not be met',
  });
  const dropped = deps.metrics.counter({
    name: 'reservation_rejections_dropped_total', help: 'Of those, the ones that no event stands for',
  });
  const notes = createDemandNotes(() => performance.now(), () => { dropped.inc(); });
  const loop = startLoop({
    name: 'rejections', step: () => writeRefusedDemand(deps.db, notes, deps.pseudonym), idleMs: EVERY_MS,
    backoff: { minMs: 500, maxMs: 5000 }, log: deps.log,
  });
  return {
    note: (demand) => {
      refused.inc(demand.length);
      demand.forEach(notes.note);
    },
    stop: async () => {
      await loop.stop();
      await writeRefusedDemand(deps.db, notes, deps.pseudonym).catch((error: unknown) => {
        deps.log.warn('the last rejections could not be written', { error, rows: notes.waiting() });
      });
    },
  };
}
