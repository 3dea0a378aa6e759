/** The workbench of a test file: a private database, a NATS server without streams, and the parts of a relay. */
import { randomUUID } from 'node:crypto';
import { AckPolicy, DeliverPolicy, connect, consumerOpts } from 'nats';
import type { JetStreamManager, NatsConnection } from 'nats';
import { sql } from 'kysely';
import type pg from 'pg';
import { createDatabase, sessionDatabase } from '@inventory/db/pool.ts';
import type { Database } from '@inventory/db/pool.ts';
import { PLANNED_ONCE } from '@inventory/db/prepared.ts';
import { endConnection } from '@inventory/db/session/connection.ts';
import { openClient } from '@inventory/db/session/open.ts';
import { adminUrlFromEnvironment, asLogin, createTestDatabase, createTestPool, PATIENT } from '@inventory/db/testing/database.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import type { Service } from '@inventory/testkit/servers/service.ts';
import type { Lead } from '../leader/fence.ts';
import type { Parked } from '../publish/left-behind.ts';
import type { Foreign } from '../publish/tail.ts';
import { publishChained, publisherTo } from '../publish/chain.ts';
import { initialState, publishBatch } from '../publish/batch.ts';
import type { BatchState } from '../publish/batch.ts';
import type { BatchDeps } from '../publish/deps.ts';
import { STREAM } from '@inventory/domain/subjects.ts';
import { managerOf, maxPayloadOf } from '../stream/jetstream.ts';

export interface Workbench {
  readonly url: string;
  /** For what a relay reads, by the login that a relay has. */
  readonly db: Database;
  /** The session of the lead, by that login. */
  readonly session: Database;
  /** For the test itself, which may do everything. */
  readonly pool: pg.Pool;
  readonly nats: NatsConnection;
  readonly jsm: JetStreamManager;
  /** Raises the term, as a take-over does: the session of the lead has another nonce now, and a former leader writes nothing. */
  newTerm(): Promise<Lead>;
  /** The parts of a relay that leads in this term. */
  relay(lead: Lead, changes?: Partial<BatchDeps>): BatchDeps & { readonly observed: Observed };
  /** Resolves when NATS answers again. */
  reconnected(): Promise<void>;
  /** Consumes so many messages with a durable consumer, `reader` by default. @returns their sequences */
  consume(count: number, durable?: string): Promise<readonly number[]>;
  close(): Promise<void>;
}

interface Observed {
  readonly parked: Parked[];
  readonly verified: {
    readonly sequence: number;
    readonly marked: number;
    readonly refilled: number;
    readonly drift: readonly string[];
  }[];
  readonly checked: { readonly drift: readonly string[] }[];
  readonly foreign: Foreign[];
}

/** A workbench with a new database, on the server of DATABASE_URL by default, and no stream on `server`. */
export async function createWorkbench(server: Service, adminUrl = adminUrlFromEnvironment()): Promise<Workbench> {
  const database = await createTestDatabase(adminUrl);
  // Long time-outs, as in other tests, but not for locks: some tests are about what a held lock leads to.
  const poolOf = (url: string): pg.Pool => createTestPool(url, 20, { ...PATIENT, lockMs: 1000 });
  const pool = poolOf(database.url);
  const db = createDatabase(poolOf(asLogin(database.url, 'relay')));
  const leading = await openClient(
    { url: asLogin(database.url, 'relay'), applicationName: 'inventory-relay-leader', limits: { ...PATIENT, lockMs: 1000 }, settings: PLANNED_ONCE },
    { queryTimeoutMs: 60_000, connectTimeoutMs: 60_000 });
  const session = sessionDatabase(leading);
  const nats = await connect({ servers: server.url, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
  const jsm = await managerOf(nats);
  for await (const { config } of jsm.streams.list()) await jsm.streams.delete(config.name);
  return {
    url: database.url, db, session, pool, nats, jsm,
    async newTerm() {
      const { rows } = await pool.query<{ term: number }>('UPDATE relay_leader SET term = term + 1 RETURNING term');
      const lead = { term: Number(rows[0]?.term), nonce: randomUUID() };
      await leading.query("SELECT set_config('inventory.lead', $1, false)", [lead.nonce]);
      return lead;
    },
    relay(lead, changes = {}) {
      const observed: Observed = { parked: [], verified: [], checked: [], foreign: [] };
      const publisher = publisherTo(nats, STREAM);
      return {
        db: session, lead, streams: jsm.streams, batchSize: 512, replicas: 1,
        maxPayload: () => maxPayloadOf(nats),
        publish: (messages, base) => publishChained(publisher, messages, base),
        observe: {
          verified: (tail) => { observed.verified.push(tail); },
          published: () => undefined,
          parked: (events) => { observed.parked.push(...events); },
          foreign: ({ messages }) => { observed.foreign.push(...messages); },
          publishFailed: () => undefined,
          checked: (stream) => { observed.checked.push(stream); },
          failed: () => undefined,
        },
        observed,
        ...changes,
      };
    },
    async reconnected() {
      // A request that was lost with the old connection fails after five seconds.
      await eventually(() => jsm.getAccountInfo(), { timeoutMs: 30_000, what: 'an answer of the restarted broker' });
    },
    async consume(count, durable = 'reader') {
      await jsm.consumers.add(STREAM, {
        durable_name: durable,
        ack_policy: AckPolicy.Explicit,
        deliver_policy: DeliverPolicy.All,
      });
      const sequences: number[] = [];
      while (sequences.length < count) {
        for await (const message of nats
          .jetstream()
          .fetch(STREAM, durable, { batch: Math.min(256, count - sequences.length), expires: 2000 })) {
          message.ack();
          sequences.push(message.seq);
        }
      }
      // The acknowledgements are on their way; the answer to this request comes after them.
      await eventually(async () => {
        const { num_ack_pending: pending } = await jsm.consumers.info(STREAM, durable);
        if (pending > 0) throw new Error(`${pending} acknowledgements are missing`);
      });
      return sequences;
    },
    async close() {
      await nats.close();
      await Promise.all([db.destroy(), pool.end(), endConnection(leading)]);
      await database.drop();
    },
  };
}

/** Steps until nothing is left. */
export async function drain(deps: BatchDeps, state: BatchState = initialState()): Promise<BatchState> {
  const never = new AbortController().signal;
  for (let more = true; more;) {
    const { published, more: left } = await publishBatch(deps, state, never);
    more = left || published > 0;
  }
  return state;
}

/** Publishes as the relay would, which then loses its lead before it has marked anything: as if it was killed in between. */
export function killedBehind(relay: BatchDeps): BatchDeps['publish'] {
  return async (messages, base) => {
    const outcome = await relay.publish(messages, base);
    await sql`SELECT set_config('inventory.lead', 'somebody else', false)`.execute(relay.db);
    return outcome;
  };
}

/** The sequence of each event by the runs, in the order of the log; null for one that no run has. */
export async function sequencesInTheLog({ pool }: Pick<Workbench, 'pool'>): Promise<readonly (number | null)[]> {
  const { rows } = await pool.query<{ sequence: number | null }>(
    'SELECT e.published_seq::float8 AS sequence FROM events e ORDER BY e.position');
  return rows.map(({ sequence }) => sequence);
}

/** The error with which a promise is expected to reject. */
export async function rejection(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

interface Stored {
  readonly sequence: number;
  readonly subject: string;
  readonly id: string;
  readonly position: number;
  readonly streamId: string;
  readonly version: number;
  readonly repair: boolean;
}

/** How long the next message may take. A consumer that a cluster has just lost brings nothing more, and says nothing. */
const SILENT_MS = 20_000;

/** All messages of a stream in order, by an ordered push consumer (docs/traps.md, 17). @throws {Error} after 20 s without a message */
export async function readStream(nats: NatsConnection, name: string = STREAM): Promise<readonly Stored[]> {
  const jsm = await managerOf(nats);
  const { state } = await jsm.streams.info(name);
  if (state.messages === 0) return [];
  const options = consumerOpts();
  options.bindStream(name);
  options.orderedConsumer();
  const subscription = await nats.jetstream().subscribe('>', options);
  const stored: Stored[] = [];
  const late = setTimeout(() => { subscription.unsubscribe(); }, SILENT_MS);
  for await (const message of subscription) {
    const payload: unknown = message.data.length === 0 ? {} : message.json();
    const version =
      typeof payload === 'object' && payload !== null && 'version' in payload ? Number(payload.version) : 0;
    late.refresh();
    stored.push({
      sequence: message.seq,
      subject: message.subject,
      id: message.headers?.get('ce-id') ?? '',
      position: Number(message.headers?.get('ce-sequence')),
      streamId: message.headers?.get('ce-partitionkey') ?? '',
      version,
      repair: message.headers?.has('Repair') === true,
    });
    if (message.seq >= state.last_seq) break;
  }
  clearTimeout(late);
  subscription.unsubscribe();
  const reached = stored.at(-1)?.sequence ?? 0;
  if (reached < state.last_seq) throw new Error(`the stream ends at ${state.last_seq}, and brought nothing more after ${reached}`);
  return stored;
}

/** What is wrong between a log, its runs and its stream (docs/invariants.md, I7 to I10), in words; empty when nothing is. */
export async function streamFaults({ pool, nats }: Pick<Workbench, 'pool' | 'nats'>): Promise<readonly string[]> {
  // In one pass over the runs: the computed columns take as long for each event as its run is long before it.
  const { rows: events } = await pool.query<{ id: string; processed: boolean; sequence: number | null }>(`
    SELECT e.id, e.position <= frontier.position AND l.position IS NULL AS processed, placed.sequence::float8 AS sequence
    FROM events e CROSS JOIN (SELECT events_frontier() AS position) frontier
    LEFT JOIN relay_left_behind l ON l.position = e.position
    LEFT JOIN (
      SELECT b.position, r.first_sequence + row_number() OVER (PARTITION BY r.first_sequence ORDER BY b.position) - 1 AS sequence
      FROM published_runs r JOIN relay_stream s ON s.name = 'INVENTORY' AND s.created = r.stream
      JOIN events b ON b.position BETWEEN r.first_position AND r.last_position
    ) placed ON placed.position = e.position ORDER BY e.position`);
  const stored = (await readStream(nats)).filter(({ id }) => id !== '');
  const faults: string[] = [...await runFaults(pool)];
  const sequences = new Map<string, number>();
  const versions = new Map<string, number>();
  for (const { id, sequence, streamId, version, repair } of stored) {
    const first = sequences.get(id);
    if (first !== undefined) faults.push(`I8: event ${id} stands at ${first} and at ${sequence}`);
    else sequences.set(id, sequence);
    const before = versions.get(streamId) ?? 0;
    // A repaired event is out of order, and has a header that says so.
    if (repair) continue;
    if (version <= before) faults.push(`I10: ${streamId}: version ${version} at ${sequence} after ${before}`);
    versions.set(streamId, Math.max(before, version));
  }
  const ids = new Set(events.map(({ id }) => id));
  for (const { id, sequence } of stored) {
    if (!ids.has(id)) faults.push(`I7: message ${sequence} is no event of the log`);
  }
  for (const event of events) {
    const sequence = sequences.get(event.id);
    if (sequence === undefined) faults.push(`${event.processed ? 'I9' : 'I7'}: event ${event.id} is not in the stream`);
    else if (event.processed && event.sequence !== sequence)
      faults.push(`event ${event.id} stands at ${sequence}, marked at ${event.sequence}`);
  }
  return faults;
}

/** What is wrong with the runs alone: what one says of itself, and where two overlap. */
async function runFaults(pool: pg.Pool): Promise<readonly string[]> {
  const { rows } = await pool.query<{ fault: string }>(`
    WITH runs AS (
      SELECT r.*, (SELECT count(*) FROM events e WHERE e.position BETWEEN r.first_position AND r.last_position) AS events,
        lag(last_position) OVER (PARTITION BY stream ORDER BY first_position) AS position_before,
        lag(first_sequence + count - 1) OVER (PARTITION BY stream ORDER BY first_sequence) AS sequence_before
      FROM published_runs r WHERE stream <> ''
    )
    SELECT format('the run at %s: count %s of %s events', first_sequence, count, events) AS fault FROM runs WHERE count <> events
    UNION ALL
    SELECT format('the run at %s overlaps', first_sequence) FROM runs
    WHERE first_position <= position_before OR first_sequence <= sequence_before
    UNION ALL
    SELECT format('position %s is listed and in a run', l.position) FROM relay_left_behind l
    JOIN runs r ON l.position BETWEEN r.first_position AND r.last_position`);
  return rows.map(({ fault }) => fault);
}
