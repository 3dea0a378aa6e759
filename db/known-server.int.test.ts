import { expect } from 'chai';
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import pg from 'pg';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { startProxy } from '@inventory/testkit/servers/proxy.ts';
import type { Proxy } from '@inventory/testkit/servers/proxy.ts';
import { inContainers, startPostgres } from '@inventory/testkit/servers/services.ts';
import type { Service } from '@inventory/testkit/servers/service.ts';
import { noStandby, startStandby } from '@inventory/testkit/servers/standby.ts';
import { epochHere, logEpoch, settledHere, settledPosition } from './events.ts';
import { LogUntrusted, UNKNOWN_SERVER } from './known-server.ts';
import { migrate } from './migrate.ts';
import type { Database } from './pool.ts';
import { createDatabase, createPool } from './pool.ts';
import type { Identity } from './session/connection.ts';
import { streamStanding } from './stream-standing.ts';

const reason = inContainers ? 'a server in a container keeps its files to itself' : noStandby();

(reason === '' ? describe : describe.skip)(`the server that the log is on${reason === '' ? '' : ` (skipped: ${reason})`}`, function () {
  this.timeout(90_000);
  let primary: Service;
  let standby: Service;
  let replication: Proxy;

  const open = (service: Service, identity: Identity = 'on'): Database => createDatabase(createPool({
    url: service.url, applicationName: 'server-test', identity, max: 2, maxLifetimeSeconds: 300, onIdleError: () => undefined,
  }));
  async function on<T>(service: Service, work: (db: Database) => Promise<T>, identity?: Identity): Promise<T> {
    const db = open(service, identity);
    return work(db).finally(() => db.destroy());
  }
  const append = (db: Database) => sql`INSERT INTO events (id, event_type, store_id, aggregate_id, payload, stream_id)
    VALUES (${randomUUID()}, 'x', 'MAD-001', ${randomUUID()}, '{}', ${randomUUID()})`.execute(db);
  const errorOf = (work: Promise<unknown>): Promise<unknown> => work.then(() => undefined, (error: unknown) => error);
  const forks = (db: Database) => db.selectFrom('log_forks').select(['epoch', 'newest_position', 'accepted_epoch']).execute();

  beforeEach(async () => {
    primary = await startPostgres();
    await migrate({ url: primary.url, direction: 'up' });
    replication = await startProxy({ targetPort: primary.port });
    standby = await startStandby(primary, { port: replication.port });
  });
  afterEach(async () => {
    await replication.close();
    await standby.stop();
    await primary.stop();
  });

  /** The standby as a primary, behind by what was written since nothing passed between the two. */
  async function promote(): Promise<void> {
    replication.refuse();
    const admin = new pg.Client({ connectionString: standby.url });
    await admin.connect();
    await admin.query('SELECT pg_promote(true, 30)').finally(() => admin.end());
  }
  const arrived = (count: number) => eventually(async () => {
    const client = new pg.Client({ connectionString: standby.url });
    await client.connect();
    const { rows: [row] } = await client.query<{ n: number }>('SELECT count(*)::int AS n FROM events').finally(() => client.end());
    expect(row?.n).to.equal(count);
  });

  it('is noted by the first session, and stays the known one while the server is restarted', async () => {
    await on(primary, async (db) => {
      await append(db);
      expect(await settledPosition(db)).to.equal(1);
      const { server } = await db.selectFrom('log_epoch').select('server').executeTakeFirstOrThrow();
      expect(server).to.match(/^\d{15,20}\.1$/);
    });
    await primary.restart();
    await on(primary, async (db) => {
      expect(await settledPosition(db)).to.equal(1);
      expect(await forks(db)).to.deep.equal([]);
    });
  });

  it('is no standby: no session begins there, so none survives its promotion', async () => {
    await on(primary, append);
    await arrived(1);
    expect(String(await errorOf(on(standby, logEpoch)))).to.match(/is a standby/);
    expect(String(await errorOf(on(standby, logEpoch, 'off')))).to.match(/is a standby/);
  });

  it('is another one after a promotion: nothing is derived from the log there, changes are taken, and the fork is noted before', async () => {
    await on(primary, async (db) => {
      for (let n = 0; n < 3; n += 1) await append(db);
      await arrived(3);
      replication.blackhole();
      for (let n = 0; n < 2; n += 1) await append(db);
      expect(await settledPosition(db)).to.equal(5);
    });
    await promote();
    await on(standby, async (db) => {
      await append(db);
      const before = await sql<{ n: number }>`SELECT count(*)::int AS n FROM events`.execute(db);
      expect(before.rows).to.deep.equal([{ n: 4 }]);
      for (const error of [await errorOf(settledPosition(db)), await errorOf(logEpoch(db))]) {
        expect(error).to.be.instanceOf(LogUntrusted);
        expect(String(error)).to.include('relay reconcile --promoted');
      }
      expect(await streamStanding(db, { name: 'X', created: undefined, lastSequence: 0 }))
        .to.deep.include({ state: 'conflict', problem: UNKNOWN_SERVER });
      expect(await epochHere(db)).to.deep.include({ epoch: 1, known: false });
      expect(await settledHere(db)).to.be.above(3);
      expect(await forks(db)).to.deep.equal([{ epoch: 1, newest_position: 3, accepted_epoch: null }]);
    });
    // Where identity is off nobody notices: that is what it says.
    await on(standby, async (db) => { expect(await logEpoch(db)).to.equal(1); }, 'off');
  });

  it('has positions that go on ahead of the last one that was used: comparing them would show nothing', async () => {
    await on(primary, append);
    await arrived(1);
    await promote();
    const position = await on(standby, async (db) => {
      await append(db);
      const { rows: [row] } = await sql<{ newest: number }>`SELECT max(position) AS newest FROM events`.execute(db);
      return row?.newest ?? 0;
    });
    expect(position).to.be.above(2);
  });
});
