import { expect } from 'chai';
import { randomUUID } from 'node:crypto';
import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { addStockRows } from '@inventory/testkit/log/fixture.ts';
import { logEpoch, newestPosition, readEvents, settledPosition } from './events.ts';
import type { Database } from './pool.ts';
import { createDatabase } from './pool.ts';
import type { TestDatabase } from './testing/database.ts';
import { adminUrlFromEnvironment, createTestDatabase, createTestPool, patientConfig } from './testing/database.ts';

const INSERT = `INSERT INTO events (id, event_type, store_id, aggregate_id, payload, stream_id, stream_version)
  VALUES (gen_random_uuid(), 'stock.updated', 'MAD-001', gen_random_uuid(), '{}', $1, $2) RETURNING id, position`;

/** The same database, with something to do after each of its statements. */
function afterEachStatement(db: Database, work: () => Promise<void>): Database {
  return db.withPlugin({
    transformQuery: ({ node }) => node,
    transformResult: async ({ result }) => {
      await work();
      return result;
    },
  });
}

describe('the log', function () {
  this.timeout(60_000);
  let database: TestDatabase;
  let pool: pg.Pool;
  let db: Database;
  const clients: pg.Client[] = [];

  beforeEach(async () => {
    database = await createTestDatabase(adminUrlFromEnvironment());
    pool = createTestPool(database.url);
    db = createDatabase(pool);
  });
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.end()));
    await db.destroy();
    await database.drop();
  });

  async function connect(url = database.url): Promise<pg.Client> {
    const client = new pg.Client(patientConfig(url));
    clients.push(client);
    await client.connect();
    return client;
  }

  async function append(client: pg.Client | pg.Pool, streamId: string = randomUUID(), version = 1): Promise<number> {
    const { rows: [row] } = await client.query<{ position: number }>(INSERT, [streamId, version]);
    if (row === undefined) throw new Error('nothing was inserted');
    return row.position;
  }

  describe('is settled', () => {
    it('up to 0 while it is empty', async () => {
      expect(await newestPosition(db)).to.equal(0);
      expect(await settledPosition(db)).to.equal(0);
    });

    it('up to the newest event while nobody writes, and no further: what a rollback has drawn may be drawn again', async () => {
      await append(pool);
      const writer = await connect();
      await writer.query('BEGIN');
      await append(writer);
      await writer.query('ROLLBACK');
      expect(await settledPosition(db)).to.equal(1);
      // What a crash does to the sequence: it forgets numbers that nobody has used.
      await pool.query("SELECT setval('events_position', 1)");
      expect(await append(pool)).to.equal(2);
      expect(await settledPosition(db, 1)).to.equal(2);
    });

    it('nowhere while the sequence is behind what is in the log, which somebody has put there without it', async () => {
      for (let n = 0; n < 3; n += 1) await append(pool);
      await pool.query("SELECT setval('events_position', 2)");
      const said = await settledPosition(db).then(String, String);
      expect(said).to.equal('LogUntrusted: the sequence events_position stands at 2, behind the newest event at 3: set it with setval');
    });

    it('below what is in flight, however much was committed above it', async () => {
      await append(pool);
      const [slow, slower] = [await connect(), await connect()];
      await slow.query('BEGIN');
      const first = await append(slow);
      await slower.query('BEGIN');
      const second = await append(slower);
      for (let i = 0; i < 5; i += 1) await append(pool);
      expect(await settledPosition(db)).to.equal(first - 1);
      await slow.query('COMMIT');
      expect(await settledPosition(db)).to.equal(second - 1);
      await append(slower);
      expect(await settledPosition(db)).to.equal(second - 1);
      await slower.query('ROLLBACK');
      await append(pool);
      expect(await settledPosition(db)).to.equal(await newestPosition(db));
    });

    it('below what a writer may yet draw: it is announced before its first position', async () => {
      const writer = await connect();
      await writer.query('BEGIN');
      // No row comes out, so no position was drawn; the next statement of this transaction draws one.
      await writer.query(`INSERT INTO events (id, event_type, store_id, aggregate_id, payload, stream_id)
        SELECT gen_random_uuid(), 'x', 'MAD-001', gen_random_uuid(), '{}', gen_random_uuid() WHERE false`);
      await append(pool);
      expect(await settledPosition(db)).to.equal(0);
      await writer.query('COMMIT');
      expect(await settledPosition(db)).to.equal(1);
    });

    it('for a writer whose first statements were undone to a savepoint, as for any other', async () => {
      const writer = await connect();
      await writer.query('BEGIN; SAVEPOINT s');
      await append(writer);
      await writer.query('ROLLBACK TO s');
      const kept = await append(writer);
      await append(pool);
      expect(await settledPosition(db)).to.be.below(kept);
      await writer.query('COMMIT');
      expect(await settledPosition(db)).to.equal(3);
    });

    it('by two readings: what is drawn between them is not settled, what is committed between them is', async () => {
      const [beginning, ending] = [await connect(), await connect()];
      let between = async (): Promise<unknown> => {
        await beginning.query('BEGIN');
        await append(beginning);
        return append(pool);
      };
      let readings = 0;
      const watched = afterEachStatement(db, async () => {
        readings += 1;
        if (readings % 2 === 1) await between();
      });
      expect(await settledPosition(watched), 'position 1 is in flight').to.equal(0);
      await beginning.query('COMMIT');
      await ending.query('BEGIN');
      await append(ending);
      between = () => ending.query('COMMIT');
      expect(await settledPosition(watched)).to.equal(3);
      expect(readings).to.equal(4);
    });

    it('never less far than before', async () => {
      for (let i = 0; i < 3; i += 1) await append(pool);
      expect(await settledPosition(db, 2)).to.equal(3);
      expect(await settledPosition(db, 7)).to.equal(7);
    });

    it('with positions beyond 32 bits too', async () => {
      const far = 5 * 2 ** 40 + 123;
      await pool.query(`SELECT setval('events_position', $1)`, [far]);
      const writer = await connect();
      await writer.query('BEGIN');
      expect(await append(writer)).to.equal(far + 1);
      await append(pool);
      expect(await settledPosition(db)).to.equal(far);
      await writer.query('COMMIT');
      expect(await settledPosition(db)).to.equal(far + 2);
    });

    it('whatever other locks are held: of other databases, other namespaces, or of two keys', async () => {
      await append(pool);
      const other = await createTestDatabase(adminUrlFromEnvironment());
      try {
        const [neighbour, holder] = [await connect(other.url), await connect()];
        await neighbour.query('BEGIN');
        await append(neighbour);
        await holder.query('SELECT pg_advisory_lock_shared(8::bigint << 48), pg_advisory_lock(6::bigint << 48)');
        await holder.query('SELECT pg_advisory_lock(7 << 16, 0)');
        expect(await settledPosition(db)).to.equal(1);
      } finally {
        await Promise.all(clients.splice(0).map((client) => client.end()));
        await other.drop();
      }
    });
  });

  it('has an epoch, 1 at first', async () => {
    expect(await logEpoch(db)).to.equal(1);
  });

  describe('read by range', () => {
    it('comes in the order of positions, after the one, up to the other, filtered, and bounded', async () => {
      for (const [type, store] of [
        ['stock.updated', 'MAD-001'], ['reservation.created', 'MAD-001'], ['stock.updated', 'BCN-001'],
        ['stock.updated', 'MAD-001'],
      ]) {
        await pool.query(`INSERT INTO events (id, event_type, store_id, aggregate_id, payload, stream_id)
          VALUES (gen_random_uuid(), $1, $2, gen_random_uuid(), '{}', gen_random_uuid())`, [type, store]);
      }
      const positions = async (range: Partial<Parameters<typeof readEvents>[1]>) =>
        (await readEvents(db, { after: 0, upTo: 99, limit: 99, ...range })).map(({ position }) => position);
      expect(await positions({})).to.deep.equal([1, 2, 3, 4]);
      expect(await positions({ after: 1, upTo: 3 })).to.deep.equal([2, 3]);
      expect(await positions({ limit: 2 })).to.deep.equal([1, 2]);
      expect(await positions({ types: ['stock.updated'], storeIds: ['MAD-001'] })).to.deep.equal([1, 4]);
      expect(await positions({ types: [] })).to.deep.equal([]);
      expect(await positions({ storeIds: [] })).to.deep.equal([]);
    });
  });

  describe('followed by a reader while writers commit, linger and roll back', () => {
    const WRITERS = 12;
    const RUN_MS = 4_000;

    /** Everything committed by the writers, by the events' ids. */
    async function write(until: number, streams: readonly string[]): Promise<ReadonlySet<string>> {
      const committed = new Set<string>();
      const versions = new Map(streams.map((id) => [id, 0]));
      await Promise.all(Array.from({ length: WRITERS }, async () => {
        const client = await connect();
        while (performance.now() < until) {
          const stream = streams[Math.floor(Math.random() * streams.length)] ?? '';
          const ids: string[] = [];
          await client.query('BEGIN');
          await client.query('SELECT FROM stock WHERE id = $1 FOR UPDATE', [stream]);
          // Under the row's lock, so it is ours alone until the commit.
          const version = versions.get(stream) ?? 0;
          const events = 1 + Math.floor(Math.random() * 3);
          for (let i = 1; i <= events; i += 1) {
            const { rows } = await client.query<{ id: string }>(INSERT, [stream, version + i]);
            ids.push(...rows.map(({ id }) => id));
          }
          if (Math.random() < 0.5) await delay(Math.random() * 15);
          if (Math.random() < 0.15) {
            await client.query('ROLLBACK');
            continue;
          }
          // Before the commit: the next holder of the lock may run before we hear of it.
          versions.set(stream, version + events);
          await client.query('COMMIT');
          for (const id of ids) committed.add(id);
        }
      }));
      return committed;
    }

    interface Seen { readonly ids: string[]; readonly doubled: number; readonly outOfOrder: number }

    /** Follows the feed with a cursor until the writers are done and all is read. */
    async function follow(endOf: (previous: number) => Promise<number>, writing: Promise<unknown>): Promise<Seen> {
      let done = false;
      void writing.finally(() => { done = true; }).catch(() => undefined);
      const ids = new Set<string>();
      const versions = new Map<string, number>();
      let [cursor, end, doubled, outOfOrder, total] = [0, 0, 0, 0, 0];
      for (;;) {
        const last = done;
        end = await endOf(end);
        const page = await readEvents(db, { after: cursor, upTo: end, limit: 500 });
        for (const event of page) {
          if (ids.has(event.id)) doubled += 1;
          ids.add(event.id);
          if ((event.stream_version ?? 0) !== (versions.get(event.stream_id) ?? 0) + 1) outOfOrder += 1;
          versions.set(event.stream_id, event.stream_version ?? 0);
        }
        total += page.length;
        cursor = page.at(-1)?.position ?? cursor;
        if (last && page.length === 0) return { ids: [...ids], doubled, outOfOrder };
        await turn();
      }
    }

    it('up to the settled position: none missed, none doubled, each stream in order; without it, events are lost',
      async () => {
        const streams = await addStockRows(pool, { rows: 20 });
        const writing = write(performance.now() + RUN_MS, streams);
        const [committed, settled, naive] = await Promise.all([
          writing,
          follow((previous) => settledPosition(db, previous), writing),
          follow(() => Promise.resolve(Number.MAX_SAFE_INTEGER), writing),
        ]);
        expect(committed.size).to.be.above(100);
        expect(settled.ids).to.have.length(committed.size);
        expect(settled.ids.filter((id) => !committed.has(id))).to.deep.equal([]);
        expect(settled).to.deep.include({ doubled: 0, outOfOrder: 0 });
        // The demonstration: a cursor alone, on the same log at the same time.
        expect(naive.ids.length, 'nothing was late: the test proves nothing').to.be.below(committed.size);
      });
  });
});
