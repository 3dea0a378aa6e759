/** The tail on a real server: each event once and in order, whatever becomes of its connections, its server and its log. */
import { createDatabase } from '@inventory/db/pool.ts';
import type { LoggedEvent } from '@inventory/db/events.ts';
import { adminUrlFromEnvironment, createTestDatabase, createTestPool } from '@inventory/db/testing/database.ts';
import { captureLog } from '@inventory/runtime/testing/log.ts';
import { startProxy } from '@inventory/testkit/servers/proxy.ts';
import type { Proxy } from '@inventory/testkit/servers/proxy.ts';
import { addStockRows, appendStockEvents } from '@inventory/testkit/log/fixture.ts';
import { startWriters } from '@inventory/testkit/log/writers.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { expect } from 'chai';
import type pg from 'pg';
import { createReader } from './reader.ts';
import type { Reader } from './reader.ts';
import { createRing } from './ring.ts';
import type { Filter, Place } from './table.ts';
import { createTail } from './tail.ts';
import type { Head, Tail } from './tail.ts';

const PATIENCE = { timeoutMs: 20_000 };

describe('the tail of the log', function () {
  this.timeout(60_000);
  let [url, pool, proxy, stockIds]: [string, pg.Pool | undefined, Proxy | undefined, readonly string[]] = ['', undefined, undefined, []];
  const undo: (() => unknown)[] = [];
  const sql = async (text: string, values: readonly unknown[] = []): Promise<readonly Readonly<Record<string, unknown>>[]> =>
    (await (pool ?? expect.fail()).query<Record<string, unknown>>(text, [...values])).rows;

  beforeEach(async () => {
    const database = await createTestDatabase(adminUrlFromEnvironment());
    undo.push(database.drop);
    const owner = createTestPool(database.url);
    undo.push(() => owner.end());
    pool = owner;
    const { port, hostname } = new URL(database.url);
    proxy = await startProxy({ targetPort: Number(port), ...(hostname === '' ? {} : { targetHost: hostname }) });
    undo.push(proxy.close);
    const through = new URL(database.url);
    through.host = `127.0.0.1:${proxy.port}`;
    url = through.href;
    stockIds = await addStockRows(owner, { rows: 6 });
  });
  afterEach(async () => {
    for (const each of undo.splice(0).reverse()) await each();
  });

  /** A tail with a follower, through the proxy. @param hints where it listens */
  function follow(ring = createRing(), lingerMs?: number, hints = url) {
    const db = createDatabase(createTestPool(url, 3, { statementMs: 1000, lockMs: 1000, idleInTransactionMs: 5000 }));
    const tail = createTail({
      db, connection: { url: hints, applicationName: 'tail-test' }, log: captureLog().log, ring, ...(lingerMs === undefined ? {} : { lingerMs }),
    });
    const seen: LoggedEvent[] = [];
    const resets: Head[] = [];
    const end = tail.follow({ onEvents: (events) => { seen.push(...events); }, onReset: (head) => { resets.push(head); } });
    undo.push(() => db.destroy(), tail.stop);
    return { tail, db, seen, resets, end };
  }
  const ready = (tail: Tail) => tail.ready(AbortSignal.timeout(20_000));
  const inLog = async () => (await sql('SELECT id FROM events ORDER BY position')).map(({ id }) => id);
  const backend = (application: string) => sql(
    `SELECT pid FROM pg_stat_activity WHERE application_name = $1 AND query LIKE 'LISTEN%' AND datname = current_database()`, [application]);

  it('gives each event of four writers once, in the order of the log, while they write, linger and roll back', async () => {
    const { tail, seen } = follow();
    await ready(tail);
    const writers = startWriters(pool ?? expect.fail(), { stockIds, pauseMs: 3 });
    await eventually(() => { expect(writers.committed()).to.be.above(400); }, PATIENCE);
    await writers.stop();
    await eventually(async () => { expect(seen.map(({ id }) => id)).to.deep.equal(await inLog()); }, PATIENCE);
  });

  it('finds an event without any hint', async () => {
    const { tail, seen } = follow(createRing(), undefined, 'postgres://nobody@127.0.0.1:1/none');
    await ready(tail);
    for (let n = 1; n <= 3; n += 1) {
      await appendStockEvents(pool ?? expect.fail(), { stockIds });
      await eventually(() => { expect(seen).to.have.length(n * 6); }, PATIENCE);
    }
  });

  it('goes on when its listening session is killed, again and again', async () => {
    const { tail, seen } = follow();
    await ready(tail);
    await eventually(async () => { expect(await backend('tail-test')).to.have.length(1); }, PATIENCE);
    for (let n = 1; n <= 5; n += 1) {
      await sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tail-test' AND query LIKE 'LISTEN%'`);
      await appendStockEvents(pool ?? expect.fail(), { stockIds, each: 2 });
      await eventually(() => { expect(seen).to.have.length(n * 12); }, PATIENCE);
    }
    expect(seen.map(({ id }) => id)).to.deep.equal(await inLog());
    await eventually(async () => { expect(await backend('tail-test'), 'it listens again').to.have.length(1); }, PATIENCE);
  });

  it('misses nothing and doubles nothing over a server that answers nothing for a while, cut connections and half-open ones', async () => {
    const { tail, seen } = follow();
    await ready(tail);
    let written = 0;
    for (const fault of ['blackhole', 'cut', 'strand'] as const) {
      proxy?.[fault]();
      written += await appendStockEvents(pool ?? expect.fail(), { stockIds, each: 3 });
      if (fault !== 'cut') await new Promise((resolve) => { setTimeout(resolve, 300); });
      proxy?.heal();
      written += await appendStockEvents(pool ?? expect.fail(), { stockIds });
      await eventually(() => { expect(seen, fault).to.have.length(written); }, PATIENCE);
    }
    expect(seen.map(({ id }) => id)).to.deep.equal(await inLog());
  });

  it('ends before what is not settled, and says as of when it is whole', async () => {
    const { tail, seen } = follow();
    const first = await ready(tail);
    expect(first.asOf).to.not.equal(undefined);
    const writer = await (pool ?? expect.fail()).connect();
    const insert = `INSERT INTO events (id, event_type, store_id, aggregate_id, payload, stream_id)
      VALUES (gen_random_uuid(), 'reservation.rejected', 'MAD-001', gen_random_uuid(), '{}', gen_random_uuid())`;
    await writer.query('BEGIN');
    await writer.query(insert);
    await sql(insert);
    const looked = tail.head();
    // A candidate that the open transaction holds back, at least one look later.
    await eventually(async () => {
      const [{ at } = { at: 0 }] = await sql('SELECT clock_timestamp() - interval \'600 ms\' AS at');
      expect(at).to.be.instanceOf(Date);
      expect(Number(at)).to.be.above(tail.head()?.asOf?.ms ?? Infinity);
    }, PATIENCE);
    expect([seen.length, tail.head()?.position]).to.deep.equal([0, looked?.position]);
    await writer.query('COMMIT');
    writer.release();
    await eventually(async () => {
      expect(seen.map(({ id }) => id)).to.deep.equal(await inLog());
      const [{ at } = { at: 0 }] = await sql('SELECT max(timestamp) AS at FROM events');
      expect(tail.head()?.asOf?.ms).to.be.above(Number(at));
    }, PATIENCE);
  });

  it('tells of another epoch, and of a log that has gone back under the same one', async () => {
    const { tail, seen, resets } = follow();
    await ready(tail);
    await appendStockEvents(pool ?? expect.fail(), { stockIds });
    await eventually(() => { expect(seen).to.have.length(6); }, PATIENCE);
    await sql('UPDATE log_epoch SET epoch = epoch + 1');
    await eventually(() => { expect(resets).to.have.length(1); }, PATIENCE);
    expect(tail.newest.size()).to.equal(0);
    await appendStockEvents(pool ?? expect.fail(), { stockIds });
    await eventually(() => { expect(seen).to.have.length(12); }, PATIENCE);
    await sql('ALTER TABLE events DISABLE TRIGGER USER');
    await sql('DELETE FROM events WHERE position > (SELECT max(position) - 6 FROM events)');
    await eventually(() => { expect(resets).to.have.length(2); }, PATIENCE);
    expect(resets[1]?.epoch).to.equal(resets[0]?.epoch);
  });

  it('stands still on a server that nobody has accepted, and begins anew when it is', async () => {
    const { tail, seen, resets } = follow();
    const head = await ready(tail);
    await sql("UPDATE log_epoch SET server = '7000000000000000000.1'");
    await appendStockEvents(pool ?? expect.fail(), { stockIds });
    const [{ server } = { server: '' }] = await sql("SELECT current_setting('inventory.server', true) AS server");
    await new Promise((resolve) => { setTimeout(resolve, 1500); });
    expect([seen.length, tail.head()?.position]).to.deep.equal([0, head.position]);
    await sql('UPDATE log_epoch SET server = $1, epoch = epoch + 1', [server]);
    await eventually(() => { expect(resets.map(({ epoch }) => epoch)).to.deep.equal([head.epoch + 1]); }, PATIENCE);
  });

  it('costs nothing while nobody reads: no session listens, and nothing is kept', async () => {
    const { tail, end } = follow(createRing(), 0);
    await ready(tail);
    await eventually(async () => { expect(await backend('tail-test')).to.have.length(1); }, PATIENCE);
    end();
    await eventually(async () => { expect([await backend('tail-test'), tail.head()]).to.deep.equal([[], undefined]); }, PATIENCE);
    const again: LoggedEvent[] = [];
    undo.push(tail.follow({ onEvents: (events) => { again.push(...events); }, onReset: () => undefined }));
    await ready(tail);
    await appendStockEvents(pool ?? expect.fail(), { stockIds });
    await eventually(() => { expect(again).to.have.length(6); }, PATIENCE);
  });

  describe('a reader', () => {
    /** Reads until so many events came; what came, with resets as their reason. */
    async function read(reader: Reader, until: number): Promise<readonly string[]> {
      const came: string[] = [];
      const patience = AbortSignal.timeout(20_000);
      while (came.length < until) {
        const page = await reader.next(patience);
        if (page === undefined) break;
        came.push(...page.kind === 'reset' ? [page.reason] : page.events.map(({ id }) => id));
      }
      return came;
    }
    const readerOf = ({ tail, db }: ReturnType<typeof follow>, filter: Filter, from: Place | undefined, mostBehind?: number): Reader => {
      const reader = createReader({ tail, db }, filter, from, mostBehind);
      undo.push(reader.stop);
      return reader;
    };

    it('goes on from the table where the ring does not go back so far, then from the ring, then live: each event once', async () => {
      await appendStockEvents(pool ?? expect.fail(), { stockIds, each: 100 });
      const rig = follow(createRing({ events: 50 }));
      const { epoch } = await ready(rig.tail);
      const reader = readerOf(rig, {}, { epoch, position: 0 });
      const first = await read(reader, 1);
      await appendStockEvents(pool ?? expect.fail(), { stockIds, each: 30 });
      const second = await read(reader, 780 - first.length);
      const live = read(reader, 6);
      await appendStockEvents(pool ?? expect.fail(), { stockIds });
      expect([...first, ...second, ...await live]).to.deep.equal(await inLog());
      expect(rig.tail.newest.size()).to.equal(50);
    });

    it('goes on where it was after Postgres has answered nothing in the middle of what it had missed', async () => {
      await appendStockEvents(pool ?? expect.fail(), { stockIds, each: 100 });
      const rig = follow(createRing({ events: 50 }));
      const { epoch } = await ready(rig.tail);
      const reader = readerOf(rig, {}, { epoch, position: 0 });
      const came = [...await read(reader, 1)];
      proxy?.blackhole();
      const asked = reader.next(AbortSignal.timeout(20_000)).then(() => 'answered', () => 'failed');
      await new Promise((resolve) => { setTimeout(resolve, 300); });
      proxy?.cut();
      expect(await asked).to.equal('failed');
      proxy?.heal();
      // Connections of the pool are made anew meanwhile.
      await eventually(async () => { came.push(...await read(reader, 600 - came.length)); expect(came).to.have.length(600); }, PATIENCE);
      expect(came).to.deep.equal(await inLog());
    });

    it('takes its own pace: one that does not read holds nothing, and finds everything later', async () => {
      const rig = follow(createRing({ events: 20 }));
      await ready(rig.tail);
      const [fast, slow] = [readerOf(rig, {}, rig.tail.head()), readerOf(rig, {}, rig.tail.head())];
      for (let n = 0; n < 5; n += 1) {
        const came = read(fast, 60);
        await appendStockEvents(pool ?? expect.fail(), { stockIds, each: 10 });
        expect(await came).to.have.length(60);
      }
      expect(rig.tail.newest.size()).to.equal(20);
      expect(await read(slow, 300)).to.deep.equal(await inLog());
    });

    it('gets what its filter fits, from ring and table alike, and moves on over the rest', async () => {
      const rig = follow(createRing({ events: 4 }));
      const { epoch, position } = await ready(rig.tail);
      await appendStockEvents(pool ?? expect.fail(), { stockIds, each: 4 });
      const madrid = (await sql("SELECT id FROM events WHERE store_id = 'MAD-001' ORDER BY position")).map(({ id }) => id);
      expect(madrid).to.have.length(8);
      expect(await read(readerOf(rig, { storeIds: ['MAD-001'] }, { epoch, position }), 8)).to.deep.equal(madrid);
      const none = readerOf(rig, { types: ['product.created'] }, { epoch, position });
      const page = await none.next(AbortSignal.timeout(20_000));
      expect(page?.kind === 'events' && [page.events, page.place.position > position]).to.deep.equal([[], true]);
    });

    it('is told to begin anew where its place is too old, of another epoch, or of a log that has gone back', async () => {
      await appendStockEvents(pool ?? expect.fail(), { stockIds, each: 20 });
      const rig = follow();
      const { epoch, position } = await ready(rig.tail);
      expect(await read(readerOf(rig, {}, { epoch, position: 0 }, 100), 1)).to.deep.equal(['TOO_OLD']);
      expect(await read(readerOf(rig, {}, { epoch: epoch - 1, position: 5 }), 1)).to.deep.equal(['EPOCH']);
      const reader = readerOf(rig, {}, { epoch, position });
      const told = read(reader, 1);
      await sql('UPDATE log_epoch SET epoch = epoch + 1');
      expect(await told).to.deep.equal(['EPOCH']);
      const again = read(reader, 1);
      await sql('ALTER TABLE events DISABLE TRIGGER USER');
      await sql('DELETE FROM events WHERE position > 60');
      expect(await again).to.deep.equal(['EPOCH']);
      const live = read(reader, 1);
      await appendStockEvents(pool ?? expect.fail(), { stockIds: stockIds.slice(0, 1) });
      const newest = await sql('SELECT id FROM events ORDER BY position DESC LIMIT 1');
      expect(await live).to.deep.equal(newest.map(({ id }) => id));
    });

    it('goes on over a server that was accepted and had come along so far, without a reset', async () => {
      await appendStockEvents(pool ?? expect.fail(), { stockIds });
      const rig = follow();
      const { epoch, position } = await ready(rig.tail);
      const reader = readerOf(rig, {}, { epoch, position });
      await sql('UPDATE log_epoch SET epoch = epoch + 1');
      await sql('INSERT INTO log_forks (epoch, server, newest_position, accepted_epoch) VALUES ($1, \'1.1\', $2, $3)', [epoch, position, epoch + 1]);
      await eventually(() => { expect(rig.tail.head()?.epoch).to.equal(epoch + 1); }, PATIENCE);
      const live = read(reader, 6);
      await appendStockEvents(pool ?? expect.fail(), { stockIds });
      expect(await live).to.deep.equal((await inLog()).slice(6));
    });
  });
});
