import { createDatabase, createPool } from '@inventory/db/pool.ts';
import { migrate } from '@inventory/db/migrate.ts';
import { createMetrics } from '@inventory/runtime/metrics.ts';
import { createReadiness } from '@inventory/runtime/readiness.ts';
import type { Readiness } from '@inventory/runtime/readiness.ts';
import { captureLog } from '@inventory/runtime/testing/log.ts';
import { inContainers, startPostgres } from '@inventory/testkit/servers/services.ts';
import type { Service } from '@inventory/testkit/servers/service.ts';
import { makeSmallDisk, noSmallDisk } from '@inventory/testkit/servers/small-disk.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { expect } from 'chai';
import { sql } from 'kysely';
import pg from 'pg';
import { v7 } from 'uuid';
import { createCommitter } from '../commit/committer.ts';
import { watchDatabase, watchWrites } from './watch-database.ts';

const SOON = { timeoutMs: 20_000 };

/** Works with the two checks of an api on a server, which answers all the while. */
async function watched(url: string, lanes: number, work: (readiness: Readiness) => Promise<void>): Promise<void> {
  const { log } = captureLog();
  const readiness = createReadiness();
  const db = createDatabase(createPool({
    url, applicationName: 'watch-test', max: 1, maxLifetimeSeconds: 300, onIdleError: () => undefined,
  }));
  const committer = createCommitter({
    url, applicationName: 'watch-test', lanes, newId: v7, log, metrics: createMetrics({ process: 'api', instance: 'test' }),
  });
  const answers = await watchDatabase({ ping: () => sql`SELECT 1`.execute(db), readiness, log });
  const writes = await watchWrites({ prove: committer.prove, readiness, log });
  try {
    await work(readiness);
  } finally {
    await writes.stop();
    await answers.stop();
    await committer.stop();
    await db.destroy();
  }
}
const becomes = (readiness: Readiness, ready: boolean) => eventually(() => { expect(readiness.ready(), JSON.stringify(readiness.snapshot())).to.equal(ready); }, SOON);
const detailOf = (readiness: Readiness) => readiness.snapshot().find(({ name }) => name === 'writes')?.detail;

describe('the api is not ready while Postgres answers and takes no changes', function () {
  this.timeout(90_000);
  let server: Service;
  before(async () => {
    server = await startPostgres();
    await migrate({ url: server.url, direction: 'up' });
  });
  after(() => server.stop());

  const asAdmin = async (...statements: readonly string[]): Promise<void> => {
    const admin = new pg.Client({ connectionString: server.url });
    await admin.connect();
    try {
      for (const statement of statements) await admin.query(statement);
    } finally {
      await admin.end();
    }
  };

  it('because a lane gets no connection: the role has a limit, and the pool has what there is', async () => {
    await asAdmin("CREATE ROLE shop LOGIN PASSWORD 'x' CONNECTION LIMIT 2",
      'GRANT SELECT, INSERT, UPDATE, DELETE ON process_reports TO shop', 'GRANT SELECT ON log_epoch TO shop');
    const url = Object.assign(new URL(server.url), { username: 'shop', password: 'x' }).href;
    await watched(url, 2, async (readiness) => {
      await becomes(readiness, false);
      expect(detailOf(readiness)).to.include('too many connections for role');
      expect(readiness.snapshot()).to.deep.include({ name: 'postgres', ok: true, required: true, detail: 'answers' });
      await asAdmin('ALTER ROLE shop CONNECTION LIMIT 10');
      await becomes(readiness, true);
    });
  });

  it('because the server was told to take no writes', async () => {
    await watched(server.url, 1, async (readiness) => {
      await becomes(readiness, true);
      await asAdmin('ALTER SYSTEM SET default_transaction_read_only = on', 'SELECT pg_reload_conf()');
      await becomes(readiness, false);
      await asAdmin('SET transaction_read_only = off', 'ALTER SYSTEM RESET default_transaction_read_only', 'SELECT pg_reload_conf()');
      await becomes(readiness, true);
    });
  });

  const reason = inContainers ? 'a container has a disk of its own' : noSmallDisk();
  (reason === '' ? it : it.skip)(`because its disk is full${reason === '' ? '' : ` (skipped: ${reason})`}`, async () => {
    const disk = await makeSmallDisk(250);
    const small = await startPostgres({ parent: disk.path });
    try {
      await migrate({ url: small.url, direction: 'up' });
      await watched(small.url, 1, async (readiness) => {
        await becomes(readiness, true);
        await disk.fill();
        await becomes(readiness, false);
        expect(detailOf(readiness)).to.match(/No space left|does not answer|open/);
        await disk.free();
        await becomes(readiness, true);
      });
    } finally {
      await small.stop();
      await disk.remove();
    }
  });
});
