/**
 * What `relay reconcile --repair` and `--restored` do, each in a term of their own: they lead for as long as they work,
 * so no relay publishes meanwhile. Every step may be cut short by kill -9 and repeated.
 *
 * A missing event is published again behind the end of the stream, chained and marked `Repair: true`: its own place is
 * behind those who have read on. Its published_seq is cleared before that. Killed in between, it is one that a tail
 * read may mark, and that the next repair finds.
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
import { initialState, relayBatch, verify } from '../publish/batch.ts';
import type { RelayDeps } from '../publish/batch.ts';
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
  /** Events that can no longer be published, with the reason; they stay missing. */
  readonly impossible: readonly { readonly event_id: string; readonly reason: string }[];
}

const BATCH = 512;
const CLEAR_BATCH = 10_000;
const REPAIR: readonly Header[] = [['Repair', 'true']];

/**
 * Makes the stream anew where it is gone, and writes down that it is ours. All sequences of the old one are cleared
 * before that, in batches; from then on, what is younger than the stream's max age counts as missing.
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
 * Publishes the backlog as a relay does, then publishes again what is missing. Into a stream just made the missing come
 * first, so that it is in the order of the log.
 * @throws {StreamConflict} when only `--restored` helps; {PublishInterrupted} and {TermOver}: it may be repeated
 */
export async function repairStream(
  deps: RepairDeps,
  { renewed }: { readonly renewed: boolean },
): Promise<Repaired> {
  const { db, nats, jsm, term, replicas, signal } = deps;
  const publisher = publisherTo(nats, STREAM);
  const relay: RelayDeps = {
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
    for (let left = missing.toSorted((a, b) => a.position - b.position); left.length > 0;) {
      signal.throwIfAborted();
      const done = await republish({ relay, publisher }, left.slice(0, BATCH), state, impossible);
      left = left.slice(done);
    }
  }
  return { repaired: state.repaired, impossible };
}

/**
 * Marks, refills and publishes what a relay would. A relay whose lead we took may still have a batch on its way: it is
 * the beginning of this backlog, so either copy is the right one, and behind it everything of that batch is refused.
 * Were a repair to begin earlier, a message of it could stand where one of the batch fits on top.
 * @returns the stream's last sequence
 */
async function publishBacklog(relay: RelayDeps, signal: AbortSignal): Promise<number> {
  const state = initialState();
  for (let more = true; more;) ({ more } = await relayBatch(relay, state, signal));
  if (state.tail === undefined) throw new Error('the last sequence of the stream is not known; repeat the repair');
  return state.tail;
}

/** Publishes the first of these events again, as many as make one batch. @returns how many are dealt with */
async function republish(
  { relay, publisher }: { readonly relay: RelayDeps; readonly publisher: Publisher },
  missing: readonly MissingEvent[],
  state: { last: number; repaired: number },
  impossible: { readonly event_id: string; readonly reason: string }[],
): Promise<number> {
  const { db, term } = relay;
  const rows = await fetchPositions(db, missing.map(({ position }) => position));
  const good = rows.flatMap((row) => {
    const made = makeMessage(row, { maxPayload: relay.maxPayload(), marks: REPAIR });
    if ('message' in made) return [{ position: row.position, message: made.message }];
    impossible.push({ event_id: row.id, reason: made.poison });
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

const silent: RelayDeps['observe'] = {
  verified: () => undefined, published: () => undefined, parked: () => undefined, publishFailed: () => undefined,
  failed: () => undefined,
};
