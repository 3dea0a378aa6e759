/**
 * What `relay reconcile --repair` and `--restored` do. They lead for as long as they work, so no relay publishes
 * meanwhile. Every step may be cut short by kill -9 and repeated.
 *
 * A missing event is published again behind the end of the stream, chained and with the header `Repair: true`, because
 * consumers have read past its own place. Its published_seq is cleared before that. After a kill in between, a tail read
 * may mark it, and the next repair finds it.
 */
import { sql } from 'kysely';
import type { JetStreamManager, NatsConnection } from 'nats';
import type { Database } from '@inventory/db/pool.ts';
import { replaceNotedStream } from '@inventory/db/stream-standing.ts';
import { STREAM } from '@inventory/domain/subjects.ts';
import { fence, requireFence } from '../leader/fence.ts';
import { makeMessage } from '../publish/message.ts';
import type { Header } from '../publish/message.ts';
import { fetchPositions, markPublished } from '../publish/outbox.ts';
import { publishChained, publisherTo, PublishInterrupted } from '../publish/chain.ts';
import type { Publisher } from '../publish/chain.ts';
import { compare } from './compare.ts';
import type { Finding, MissingEvent } from './compare.ts';
import { initialState, publishBatch, verify } from '../publish/batch.ts';
import type { BatchDeps } from '../publish/batch.ts';
import { maxPayloadOf } from '../stream/jetstream.ts';
import { streamConfig, streamInfo } from '../stream/stream.ts';

export interface RepairDeps {
  readonly db: Database;
  readonly nats: NatsConnection;
  readonly jsm: JetStreamManager;
  readonly term: number;
  readonly replicas: number;
  readonly signal: AbortSignal;
  readonly onFinding: (finding: Finding) => void;
}

export interface Repaired {
  readonly repaired: number;
  /** Events that can no longer be published, and why. They stay missing. */
  readonly impossible: readonly { readonly event_id: string; readonly reason: string }[];
}

const BATCH = 512;
const CLEAR_BATCH = 10_000;
const REPAIR: readonly Header[] = [['Repair', 'true']];

/**
 * Makes a new stream where the old one is gone, and notes it as the log's. All sequences of the old one are cleared
 * before that, in batches; from then on every event that is younger than the stream's max age counts as missing.
 * @throws {TermOver}
 */
export async function renewStream({ db, jsm, term, replicas, signal }: RepairDeps, epoch: number): Promise<void> {
  for (let cleared = CLEAR_BATCH; cleared === CLEAR_BATCH;) {
    signal.throwIfAborted();
    const { rows } = await sql<{ fenced: number; cleared: number }>`
      WITH ${fence(term)},
      cleared AS (
        UPDATE events SET published_seq = NULL FROM fence WHERE position IN (
          SELECT position FROM events WHERE published_seq IS NOT NULL LIMIT ${CLEAR_BATCH})
        RETURNING 1
      )
      SELECT (SELECT count(*)::int FROM fence) AS fenced, (SELECT count(*)::int FROM cleared) AS cleared`.execute(db);
    ({ cleared } = requireFence(term, rows));
  }
  const info = await streamInfo(jsm.streams) ?? await jsm.streams.add(streamConfig({ epoch, replicas }));
  if (info.state.last_seq > 0) throw new Error(`a stream ${STREAM} with messages has turned up meanwhile`);
  await replaceNotedStream(db, { name: STREAM, created: String(info.created), epoch });
}

/**
 * Publishes the backlog as a relay does, then the missing events again. In a stream that was just made the missing events
 * come first, so it is in the order of the log.
 * @throws {StreamConflict} when only `--restored` helps; {PublishInterrupted} and {TermOver}, after which it may be repeated
 */
export async function repairStream(
  deps: RepairDeps,
  { renewed }: { readonly renewed: boolean },
): Promise<Repaired> {
  const { db, nats, jsm, term, replicas, signal } = deps;
  const publisher = publisherTo(nats, STREAM);
  const relay: BatchDeps = {
    db, term, replicas, maxPayload: () => maxPayloadOf(nats), batchSize: BATCH, streams: jsm.streams,
    publish: (messages, base) => publishChained(publisher, messages, base),
    observe: silent,
  };
  const last = renewed ? await verify(relay, signal) : await publishBacklog(relay, signal);
  const state = { last, repaired: 0 };
  const impossible: { readonly event_id: string; readonly reason: string }[] = [];
  const info = await jsm.streams.info(STREAM);
  for await (const findings of compare({ db, nats, signal }, info)) {
    for (const finding of findings) deps.onFinding(finding);
    const missing = findings.filter((finding) => finding.kind === 'missing');
    for (let remaining = missing.toSorted((a, b) => a.position - b.position); remaining.length > 0;) {
      signal.throwIfAborted();
      const done = await republish({ relay, publisher }, remaining.slice(0, BATCH), state, impossible);
      remaining = remaining.slice(done);
    }
  }
  return { repaired: state.repaired, impossible };
}

/**
 * Marks, refills and publishes as a relay does. The relay that led before may still have a batch on its way. That batch is
 * the beginning of this backlog, so either copy of an event is the right one, and the rest of the batch is refused. If
 * the repair began before the backlog was published, a repaired message could take the place that the batch expects.
 * @returns the stream's last sequence
 */
async function publishBacklog(relay: BatchDeps, signal: AbortSignal): Promise<number> {
  const state = initialState();
  for (let more = true; more;) ({ more } = await publishBatch(relay, state, signal));
  if (state.tail === undefined) throw new Error('the last sequence of the stream is not known; repeat the repair');
  return state.tail;
}

/** Publishes these events again, at most one batch of them. @returns how many are done, published or impossible */
async function republish(
  { relay, publisher }: { readonly relay: BatchDeps; readonly publisher: Publisher },
  missing: readonly MissingEvent[],
  state: { last: number; repaired: number },
  impossible: { readonly event_id: string; readonly reason: string }[],
): Promise<number> {
  const { db, term } = relay;
  const rows = await fetchPositions(db, missing.map(({ position }) => position));
  const good = rows.flatMap((row) => {
    const made = makeMessage(row, { maxPayload: relay.maxPayload(), marks: REPAIR });
    if ('message' in made) return [{ position: row.position, message: made.message }];
    impossible.push({ event_id: row.id, reason: made.unpublishable });
    return [];
  });
  if (good.length > 0) {
    await clearSequences(db, term, good.map(({ position }) => position));
    const { accepted, failure } = await publishChained(publisher, good.map(({ message }) => message), state.last);
    const published = good.slice(0, accepted).map(({ position }, i) => ({ position, sequence: state.last + i + 1 }));
    if (accepted > 0) await markPublished(db, term, published);
    state.last += accepted;
    state.repaired += accepted;
    if (failure !== undefined) {
      throw new PublishInterrupted(`put back ${accepted} of ${good.length} events; repeat the repair`, {
        cause: failure,
      });
    }
  }
  return rows.length;
}

async function clearSequences(db: Database, term: number, positions: readonly number[]): Promise<void> {
  const { rows } = await sql<{ fenced: number }>`
    WITH ${fence(term)},
    cleared AS (
      UPDATE events e SET published_seq = NULL FROM fence WHERE e.position = ANY (${[...positions]}::bigint[])
    )
    SELECT count(*)::int AS fenced FROM fence`.execute(db);
  requireFence(term, rows);
}

const silent: BatchDeps['observe'] = {
  verified: () => undefined, published: () => undefined, parked: () => undefined, publishFailed: () => undefined,
  checked: () => undefined,
  failed: () => undefined,
};
