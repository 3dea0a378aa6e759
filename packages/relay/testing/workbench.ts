/** The workbench of a test file: a private database, a NATS server without streams, and the parts of a relay. */
import { AckPolicy, DeliverPolicy, connect, consumerOpts } from 'nats';
import type { JetStreamManager, NatsConnection } from 'nats';
import type pg from 'pg';
import { createDatabase } from '@inventory/db/pool.ts';
import type { Database } from '@inventory/db/pool.ts';
import { adminUrlFromEnvironment, asLogin, createTestDatabase, createTestPool, PATIENT } from '@inventory/db/testing/database.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import type { Service } from '@inventory/testkit/servers/service.ts';
import type { Parked } from '../publish/outbox.ts';
import { publishChained, publisherTo } from '../publish/chain.ts';
import { initialState, publishBatch } from '../publish/batch.ts';
import type { BatchDeps, BatchState } from '../publish/batch.ts';
import { STREAM } from '@inventory/domain/subjects.ts';
import { managerOf, maxPayloadOf } from '../stream/jetstream.ts';

export interface Workbench {
  readonly url: string;
  /** For the parts of a relay, by the login that a relay has. */
  readonly db: Database;
  /** For the test itself, which may do everything. */
  readonly pool: pg.Pool;
  readonly nats: NatsConnection;
  readonly jsm: JetStreamManager;
  /** Raises the term in the table, as a take-over does. @returns the new term */
  newTerm(): Promise<number>;
  /** The parts of a relay that leads in this term. */
  relay(term: number, changes?: Partial<BatchDeps>): BatchDeps & { readonly observed: Observed };
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
}

/** A workbench with a new database, on the server of DATABASE_URL by default, and no stream on `server`. */
export async function createWorkbench(server: Service, adminUrl = adminUrlFromEnvironment()): Promise<Workbench> {
  const database = await createTestDatabase(adminUrl);
  // Long time-outs, as in other tests, but not for locks: some tests are about what a held lock leads to.
  const poolOf = (url: string): pg.Pool => createTestPool(url, 20, { ...PATIENT, lockMs: 1000 });
  const pool = poolOf(database.url);
  const db = createDatabase(poolOf(asLogin(database.url, 'relay')));
  const nats = await connect({ servers: server.url, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
  const jsm = await managerOf(nats);
  for await (const { config } of jsm.streams.list()) await jsm.streams.delete(config.name);
  return {
    url: database.url, db, pool, nats, jsm,
    async newTerm() {
      const { rows } = await pool.query<{ term: number }>('UPDATE relay_leader SET term = term + 1 RETURNING term');
      return Number(rows[0]?.term);
    },
    relay(term, changes = {}) {
      const observed: Observed = { parked: [], verified: [], checked: [] };
      const publisher = publisherTo(nats, STREAM);
      return {
        db, streams: jsm.streams, term, batchSize: 512, replicas: 1,
        maxPayload: () => maxPayloadOf(nats),
        publish: (messages, base) => publishChained(publisher, messages, base),
        observe: {
          verified: (tail) => { observed.verified.push(tail); },
          published: () => undefined,
          parked: (events) => { observed.parked.push(...events); },
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
      await Promise.all([db.destroy(), pool.end()]);
      await database.drop();
    },
  };
}

/** Steps until nothing is left. */
export async function drain(deps: BatchDeps, state: BatchState = initialState()): Promise<BatchState> {
  const never = new AbortController().signal;
  for (let more = true; more;) ({ more } = await publishBatch(deps, state, never));
  return state;
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

/** How long a whole stream may take to read. A consumer that a cluster has just lost brings nothing more, and says nothing. */
const READ_MS = 20_000;

/** All messages of a stream in order, by an ordered push consumer (docs/traps.md, 17). @throws {Error} when it takes longer than 20 s */
export async function readStream(nats: NatsConnection, name: string = STREAM): Promise<readonly Stored[]> {
  const jsm = await managerOf(nats);
  const { state } = await jsm.streams.info(name);
  if (state.messages === 0) return [];
  const options = consumerOpts();
  options.bindStream(name);
  options.orderedConsumer();
  const subscription = await nats.jetstream().subscribe('>', options);
  const stored: Stored[] = [];
  const late = setTimeout(() => { subscription.unsubscribe(); }, READ_MS);
  for await (const message of subscription) {
    const payload: unknown = message.data.length === 0 ? {} : message.json();
    const version =
      typeof payload === 'object' && payload !== null && 'version' in payload ? Number(payload.version) : 0;
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

/** What is wrong between a log and its stream (docs/invariants.md, I7 to I10), in words; empty when nothing is. */
export async function streamFaults(workbench: Pick<Workbench, 'db' | 'nats'>): Promise<readonly string[]> {
  const events = await workbench.db
    .selectFrom('events')
    .select(['id', 'stream_id', 'stream_version', 'published_seq', 'processed'])
    .orderBy('position')
    .execute();
  const stored = await readStream(workbench.nats);
  const faults: string[] = [];
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
    else if (event.processed && event.published_seq !== sequence)
      faults.push(`event ${event.id} stands at ${sequence}, marked at ${event.published_seq}`);
  }
  return faults;
}
