import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { sql } from 'kysely';
import pg from 'pg';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import type { Service } from '@inventory/testkit/servers/service.ts';
import { inContainers, startPostgres } from '@inventory/testkit/servers/services.ts';
import type { Database } from './pool.ts';
import { createDatabase, createPool } from './pool.ts';
import { clientConfig } from './session/connection.ts';
import { classify } from './sqlstate.ts';

// Mocha fails a test on an 'error' event without a listener, which would end a process (docs/traps.md, 4).
describe('a pool', function () {
  this.timeout(90_000);
  let server: Service;
  let pool: pg.Pool;
  let db: Database;
  let idleErrors: Error[];

  before(async () => { server = await startPostgres(); });
  after(() => server.stop());
  beforeEach(() => {
    idleErrors = [];
    pool = createPool({
      url: server.url, applicationName: 'pool-test', max: 2, maxLifetimeSeconds: 300,
      onIdleError: (error) => { idleErrors.push(error); },
    });
    db = createDatabase(pool);
  });
  afterEach(() => db.destroy());

  const pidOf = async (from: Database): Promise<number> => {
    const { rows: [row] } = await sql<{ pid: number }>`SELECT pg_backend_pid() AS pid`.execute(from);
    return row?.pid ?? 0;
  };
  const sleep = (from: Database, seconds = 0) => sql`SELECT pg_sleep(${seconds})`.execute(from);

  /** The backends of two connections of a pool. */
  const backends = (from: Database): Promise<readonly number[]> => from.connection().execute(async (first) =>
    from.connection().execute(async (second) => [await pidOf(first), await pidOf(second)]));

  async function asAdmin(work: (admin: pg.Client) => Promise<unknown>): Promise<void> {
    const admin = new pg.Client({ connectionString: server.url });
    await admin.connect();
    await work(admin).finally(() => admin.end());
  }
  const terminate = (pids: readonly number[]): Promise<void> => asAdmin((admin) =>
    admin.query('SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) AS pid', [pids]));

  /** The error of work that must fail, and how long it took, in ms. */
  async function failure(work: Promise<unknown>): Promise<{ error: unknown; ms: number }> {
    const start = performance.now();
    const error: unknown = await work.then(() => 'it succeeded', (thrown: unknown) => thrown);
    return { error, ms: performance.now() - start };
  }
  const inTime = (ms: number) => ({ timeoutMs: ms, what: 'the pool serves again' });

  it('tells how long each taker waited for a connection', async () => {
    const waits: number[] = [];
    const counted = createPool({
      url: server.url, applicationName: 'pool-waits', max: 1, maxLifetimeSeconds: 300, onIdleError: () => undefined,
      onWait: (seconds) => { waits.push(seconds); },
    });
    const from = createDatabase(counted);
    try {
      await Promise.all([sleep(from, 0.3), sleep(from)]);
      expect(waits).to.have.length(2);
      expect(Math.max(...waits), 'the second waits for the first').to.be.within(0.3, 5);
    } finally {
      await from.destroy();
    }
  });

  it('serves again after its connections went half-open, which alone Kysely would hang on for good', async () => {
    // A frozen backend is a peer that is gone without a word, while new connections succeed.
    const impatient = { ...clientConfig({ url: server.url, applicationName: 'control' }), max: 2, query_timeout: 700 };
    const control = createDatabase(new pg.Pool(impatient));
    const frozen = [...await backends(db), ...await backends(control)];
    await server.signal(frozen, 'SIGSTOP');
    try {
      const [ours, other] = await Promise.all([
        Promise.all([failure(sleep(db)), failure(sleep(db))]),
        Promise.all([failure(sleep(control)), failure(sleep(control))]),
      ]);
      for (const { error, ms } of ours) {
        expect(classify(error)).to.equal('unavailable');
        expect(ms).to.be.below(6_500);
      }
      const next = performance.now();
      await Promise.all([1, 2, 3, 4].map(() => sleep(db)));
      expect(performance.now() - next).to.be.below(3_000);
      expect(other.map(({ error }) => classify(error))).to.deep.equal(['unavailable', 'unavailable']);
      const again = await failure(sleep(control));
      expect(classify(again.error), 'the control has no fault to show').to.equal('unavailable');
    } finally {
      await server.signal(frozen, 'SIGCONT');
      await control.destroy();
    }
  });

  it('does not hand on a connection that went half-open inside a transaction', async () => {
    let pid = 0;
    const work = db.transaction().execute(async (trx) => {
      pid = await pidOf(trx);
      await server.signal([pid], 'SIGSTOP');
      await sleep(trx);
    });
    try {
      const { error, ms } = await failure(work);
      expect(classify(error)).to.equal('unavailable');
      expect(ms).to.be.below(6_500);
      await Promise.all([sleep(db), sleep(db)]);
      expect(await backends(db)).not.to.include(pid);
    } finally {
      await server.signal([pid], 'SIGCONT');
    }
  });

  it('survives the death of a backend inside a transaction, before, between and in its statements', async () => {
    const between = await failure(db.transaction().execute(async (trx) => {
      await terminate([await pidOf(trx)]);
      await sleep(trx);
    }));
    expect(classify(between.error)).to.equal('unavailable');
    const inside = await failure(db.transaction().execute(async (trx) => {
      const pid = await pidOf(trx);
      await Promise.all([sleep(trx, 2.5), terminate([pid])]);
    }));
    expect(classify(inside.error)).to.equal('unavailable');
    expect(inside.ms).to.be.below(2_400);
    const idle = await failure(db.transaction().execute(async (trx) => {
      await sql`SET LOCAL idle_in_transaction_session_timeout = 50`.execute(trx);
      const pid = await pidOf(trx);
      await eventually(() => asAdmin(async (admin) => {
        const { rowCount } = await admin.query('SELECT FROM pg_stat_activity WHERE pid = $1', [pid]);
        expect(rowCount).to.equal(0);
      }));
      await sleep(trx);
    }));
    expect(classify(idle.error)).to.equal('unavailable');
    await Promise.all([1, 2, 3, 4].map(() => sleep(db)));
  });

  it('survives the death of idle backends, and tells of each', async () => {
    await terminate(await backends(db));
    await eventually(() => { expect(idleErrors).to.have.length(2); });
    expect(idleErrors.map(classify)).to.deep.equal(['unavailable', 'unavailable']);
    await Promise.all([sleep(db), sleep(db)]);
  });

  it('waits for no frozen server longer than its time-outs, and serves as soon as that wakes', async () => {
    const [busy] = await backends(db);
    expect(busy).to.be.a('number');
    await server.freeze();
    try {
      const inHand = await Promise.all([failure(sleep(db)), failure(sleep(db))]);
      for (const { error, ms } of inHand) {
        expect(classify(error)).to.equal('unavailable');
        expect(ms).to.be.within(3_900, 6_500);
      }
      const fresh = await failure(sleep(db));
      expect(classify(fresh.error)).to.equal('unavailable');
      expect(fresh.ms).to.be.within(900, 3_000);
    } finally {
      await server.resume();
    }
    await eventually(() => sleep(db), inTime(2_000));
  });

  it('serves again after the server was killed and restarted', async () => {
    await backends(db);
    await server.kill();
    expect(classify((await failure(sleep(db))).error)).to.equal('unavailable');
    await server.restart();
    await eventually(() => Promise.all([sleep(db), sleep(db)]), inTime(5_000));
  });

  it('ends all its connections when one shows that the server takes no writes any more', async () => {
    const before = await backends(db);
    const set = (change: string) => asAdmin(async (admin) => {
      await admin.query(`ALTER SYSTEM ${change}`);
      await admin.query('SELECT pg_reload_conf()');
    });
    const write = () => sql`CREATE TABLE IF NOT EXISTS written (n int)`.execute(db);
    await set('SET default_transaction_read_only = on');
    try {
      await eventually(async () => { expect((await failure(write())).error).to.have.property('code', '25006'); });
    } finally {
      await set('RESET default_transaction_read_only');
    }
    await eventually(write);
    expect((await backends(db)).filter((pid) => before.includes(pid))).to.deep.equal([]);
  });

  it('keeps a connection whose statement was ended by the server\'s time-out', async () => {
    await db.connection().execute(async (connection) => {
      const pid = await pidOf(connection);
      await sql`SET statement_timeout = 50`.execute(connection);
      expect(await failure(sleep(connection, 5))).to.have.nested.property('error.code', '57014');
      expect(await pidOf(connection)).to.equal(pid);
    });
  });

  it('asks the server for every limit too, under its own name', async () => {
    const { rows } = await sql<{ name: string; setting: string }>`
      SELECT name, setting FROM pg_settings WHERE name IN ('application_name', 'statement_timeout', 'lock_timeout',
        'idle_in_transaction_session_timeout') ORDER BY name`.execute(db);
    expect(Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))).to.deep.equal({
      application_name: 'pool-test', statement_timeout: '3000', lock_timeout: '1000',
      idle_in_transaction_session_timeout: '5000',
    });
  });

  const reason = process.platform !== 'linux' ? '/proc/net/tcp is Linux\'s'
    : inContainers ? 'a server in a container sees another port than ours' : undefined;
  (reason === undefined ? it : it.skip)(`has the kernel ask after a silent peer within ten seconds${
    reason === undefined ? '' : ` (skipped: ${reason})`}`, async () => {
    await db.connection().execute(async (connection) => {
      const { rows: [row] } = await sql<{ port: number }>`SELECT inet_client_port() AS port`.execute(connection);
      const local = `0100007F:${row?.port.toString(16).toUpperCase().padStart(4, '0')}`;
      const fields = readFileSync('/proc/net/tcp', 'utf8').split('\n').map((line) => line.trim().split(/\s+/));
      const [timer, ticks] = fields.find((line) => line[1] === local)?.[5]?.split(':') ?? [];
      expect(timer, 'the keepalive timer').to.equal('02');
      expect(Number.parseInt(ticks ?? '', 16) / 100).to.be.within(5, 10);
    });
  });

  it('reads int8 as a number, refuses what a number cannot carry, and leaves pg itself alone', async () => {
    const read = (value: string) => sql<{ n: unknown }>`SELECT ${value}::int8 AS n`.execute(db);
    expect((await read('10')).rows).to.deep.equal([{ n: 10 }]);
    expect((await read('9007199254740991')).rows).to.deep.equal([{ n: Number.MAX_SAFE_INTEGER }]);
    expect((await failure(read('9007199254740993'))).error).to.be.instanceOf(RangeError);
    expect((await read('-7')).rows).to.deep.equal([{ n: -7 }]);
    expect((await sql<{ n: unknown }>`SELECT count(*) AS n`.execute(db)).rows).to.deep.equal([{ n: 1 }]);
    expect(pg.types.getTypeParser(20, 'text')('10')).to.equal('10');
  });
});
