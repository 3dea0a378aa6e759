/**
 * What `relay reconcile --repair` and `--restored` do. They lead for as long as they work, so no relay publishes
 * meanwhile. Every step may be cut short by kill -9 and repeated.
 *
 * A missing event is taken out of its run and listed, in one statement. From then on it is published again as a relay does by
 * itself: behind the backlog, chained, with the header `Repair: true`, because consumers have read past its own place.
 */
import { sql } from 'kysely';
import type { JetStreamManager, NatsConnection } from 'nats';
import type { Database } from '@inventory/db/pool.ts';
import { replaceNotedStream } from '@inventory/db/stream-standing.ts';
import { STREAM } from '@inventory/domain/subjects.ts';
import { TermOver } from '../leader/fence.ts';
import type { Lead } from '../leader/fence.ts';
import type { Parked } from '../publish/left-behind.ts';
import { readFrontier, takeOut } from '../publish/runs.ts';
import { publishChained, publisherTo } from '../publish/chain.ts';
import { compare } from './compare.ts';
import type { Finding } from './compare.ts';
import { initialState, publishBatch } from '../publish/batch.ts';
import type { BatchDeps } from '../publish/deps.ts';
import { maxPayloadOf } from '../stream/jetstream.ts';
import { MAX_AGE_MS, streamConfig, streamInfo } from '../stream/stream.ts';

export interface RepairDeps {
  /** For long readings. */
  readonly db: Database;
  /** The session that leads. */
  readonly session: Database;
  readonly lead: Lead;
  readonly nats: NatsConnection;
  readonly jsm: JetStreamManager;
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

/**
 * Makes a new stream where the old one is gone, and notes it as the log's. It begins with what is younger than a stream keeps,
 * or was never published; whoever leads fills it, in the order of the log.
 * @throws {TermOver}
 */
export async function renewStream({ db, session, lead, jsm, replicas }: Pick<RepairDeps, 'db' | 'session' | 'lead' | 'jsm' | 'replicas'>, epoch: number): Promise<void> {
  const frontier = await readFrontier(db);
  const { rows: [row] } = await sql<{ young: number | null }>`
    SELECT min(position) AS young FROM events
    WHERE timestamp > clock_timestamp() - make_interval(secs => ${MAX_AGE_MS / 1000})`.execute(db);
  const fromPosition = Math.min(row?.young ?? Infinity, frontier + 1);
  const info = await streamInfo(jsm.streams) ?? await jsm.streams.add(streamConfig({ epoch, replicas }));
  if (info.state.last_seq > 0) throw new Error(`a stream ${STREAM} with messages has turned up meanwhile`);
  const noted = await replaceNotedStream(session, { name: STREAM, created: String(info.created), epoch, fromPosition }, lead);
  if (!noted) throw new TermOver(lead.term);
}

/**
 * Publishes the backlog as a relay does, then the missing events again.
 * @throws {StreamConflict} when only `--restored` helps; {PublishInterrupted} and {TermOver}, after which it may be repeated
 */
export async function repairStream(deps: RepairDeps): Promise<Repaired> {
  const { db, session, lead, nats, jsm, replicas, signal } = deps;
  const publisher = publisherTo(nats, STREAM);
  let repaired = 0;
  const parked: Parked[] = [];
  const relay: BatchDeps = {
    db: session, lead, replicas, maxPayload: () => maxPayloadOf(nats), batchSize: BATCH, streams: jsm.streams,
    async publish(messages, base) {
      const outcome = await publishChained(publisher, messages, base);
      repaired += messages.slice(0, outcome.accepted).filter(({ headers }) => headers.some(([name]) => name === 'Repair')).length;
      return outcome;
    },
    observe: { ...silent, parked: (events) => { parked.push(...events); } },
  };
  // The relay that led before may still have a batch on its way. That is the beginning of this backlog, so either copy of an
  // event is the right one, and the rest of the batch is refused (docs/decisions/0014).
  await drain(relay, signal);
  const info = await jsm.streams.info(STREAM);
  for await (const findings of compare({ db, nats, signal }, info)) {
    for (const finding of findings) deps.onFinding(finding);
    const missing = findings.filter((finding) => finding.kind === 'missing').map(({ position }) => position);
    for (let from = 0; from < missing.length; from += BATCH) {
      signal.throwIfAborted();
      await takeOut(session, lead, String(info.created), missing.slice(from, from + BATCH));
    }
  }
  await drain(relay, signal);
  return { repaired, impossible: parked.map(({ row, reason }) => ({ event_id: row.id, reason })) };
}

async function drain(relay: BatchDeps, signal: AbortSignal): Promise<void> {
  const state = initialState();
  for (let more = true; more;) {
    const { published, more: left } = await publishBatch(relay, state, signal);
    // What is missing comes when nothing else is left.
    more = left || published > 0;
  }
}

const silent: BatchDeps['observe'] = {
  verified: () => undefined, published: () => undefined, foreign: () => undefined, parked: () => undefined,
  publishFailed: () => undefined, checked: () => undefined, failed: () => undefined,
};
