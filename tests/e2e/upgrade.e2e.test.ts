/** Releases and schemas: a new process waits for its schema, an old one works on a newer one. */
import { adminUrlFromEnvironment, createTestDatabase, createTestPool } from '@inventory/db/testing/database.ts';
import type { TestDatabase } from '@inventory/db/testing/database.ts';
import { migrate } from '@inventory/db/migrate.ts';
import { expect } from 'chai';
import type pg from 'pg';
import { freePort } from '../../scripts/lib/process/ports.mjs';
import { createClient } from '@inventory/testkit/http/client.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { spawnProcess, startProcess } from '@inventory/testkit/processes/processes.ts';
import type { TestProcess } from '@inventory/testkit/processes/processes.ts';
import { createTestKeys } from '@inventory/testkit/http/tokens.ts';
import type { TestKeys } from '@inventory/testkit/http/tokens.ts';

const NOWHERE = '127.0.0.1:1';

describe('a process and a schema of another release', function () {
  this.timeout(120_000);
  let database: TestDatabase;
  let sql: pg.Pool;
  let keys: TestKeys;
  let started: TestProcess[];

  beforeEach(async () => {
    [database, keys] = await Promise.all([createTestDatabase(adminUrlFromEnvironment()), createTestKeys()]);
    sql = createTestPool(database.url, 1);
    started = [];
  });
  afterEach(async () => {
    await Promise.all(started.map((each) => each.stop()));
    await sql.end();
    await database.drop();
  });

  const env = () => ({
    DATABASE_URL: database.url, REDIS_URL: `redis://${NOWHERE}`, NATS_URL: `nats://${NOWHERE}`, JWT_PUBLIC_KEY: keys.publicKeyPem, PORT: '0',
  });

  it('an older schema is waited for: not ready, not listening, with a word on what to do, and ready once it is there', async () => {
    const [last = ''] = await migrate({ url: database.url, direction: 'down' });
    const [port, ...opsPorts] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
    started.push(...await Promise.all((['api', 'relay', 'projector'] as const).map((command, nth) => spawnProcess({
      command, args: command === 'api' ? [] : ['run'], env: { ...env(), PORT: String(port), OPS_PORT: String(opsPorts[nth]) },
    }))));
    const detail = `lacks ${last}: npm run migrate`;
    await Promise.all(started.map((each) => each.waitForLog(({ message, level, detail: said }) =>
      message === 'the schema is older than this release' && level === 'warn' && said === detail)));
    for (const opsPort of opsPorts) {
      const { status, text } = await createClient(`http://127.0.0.1:${opsPort}`).get('/readyz?verbose');
      expect(status).to.equal(503);
      expect(text).to.contain(detail);
    }
    const refused = await createClient(`http://127.0.0.1:${port}`).get('/api/v1/stores').then(() => 'answered', () => 'refused');
    expect(refused).to.equal('refused');

    expect(await started[2]?.stop(), 'waiting, it still ends when it is told to').to.deep.equal({ code: 0, signal: null });
    await migrate({ url: database.url, direction: 'up' });
    await started[0]?.waitForLog(({ message }) => message === 'ready');
    await eventually(async () => {
      // Not ready yet, without NATS.
      const { text } = await createClient(`http://127.0.0.1:${opsPorts[1]}`).get('/readyz?verbose');
      expect(text).to.contain('as new as this release');
    }, { what: 'the relay to go on' });
  });

  it('a newer schema is lived with: what a release to come may add is none of this one\'s business', async () => {
    await sql.query(`
      ALTER TABLE stock ADD COLUMN safety integer NOT NULL DEFAULT 0;
      ALTER TABLE events ADD COLUMN origin text;
      CREATE TABLE counts (id uuid PRIMARY KEY);
      INSERT INTO pgmigrations (name, run_on) VALUES ('9999_next', now());
      INSERT INTO products (id, sku, name, price) VALUES ('807acc38-bad3-5a9b-af8c-889c493a3230', 'SKU-1', 'One', 1);
      INSERT INTO stores (id, uid, name) VALUES ('MAD-001', gen_random_uuid(), 'Madrid')`);
    const api = await startProcess({ command: 'api', env: env() });
    started.push(api);
    const client = createClient(`http://127.0.0.1:${api.port}/api/v1`, await keys.token({ role: 'admin' }));
    const product_id = '807acc38-bad3-5a9b-af8c-889c493a3230';
    const receipt = { product_id, store_id: 'MAD-001', quantity_change: 3, reason: 'RESTOCK' };
    expect((await client.post('/stock', receipt)).status).to.equal(200);
    expect((await client.get(`/products/${product_id}/availability`)).body).to.include({ total_available: 3 });
  });
});
