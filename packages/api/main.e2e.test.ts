import { createClient } from '@inventory/testkit/http/client.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { expectInvariants } from '@inventory/testkit/invariants/invariants.ts';
import { spawnProcess, startProcess } from '@inventory/testkit/processes/processes.ts';
import type { TestProcess } from '@inventory/testkit/processes/processes.ts';
import { createTestKeys } from '@inventory/testkit/http/tokens.ts';
import type { TestKeys } from '@inventory/testkit/http/tokens.ts';
import { expect } from 'chai';
import { addProduct, admin, createTestStore, processEnv } from './testing/api.ts';
import type { TestStore } from './testing/api.ts';
import { eventsOf, stockOf } from './testing/committing.ts';

describe('the api process', () => {
  let store: TestStore;
  let keys: TestKeys;
  let token: string;
  let productId: string;
  before(async () => {
    store = await createTestStore();
    keys = await createTestKeys();
    token = await keys.token(admin);
  });
  beforeEach(async () => { productId = await addProduct(store.db); });
  after(() => expectInvariants(store.db).finally(() => store.close()));

  const start = (more?: Readonly<Record<string, string>>): Promise<TestProcess> =>
    startProcess({ command: 'api', env: processEnv(store, keys.publicKeyPem, more) });
  const receipt = () => ({ product_id: productId, store_id: 'MAD-001', quantity_change: 20, reason: 'RESTOCK' });
  const clientOf = ({ port }: TestProcess) => createClient(`http://127.0.0.1:${port}/api/v1`, token);

  it('refuses a wrong configuration: every problem at once, on stderr, exit code 2, nothing started', async () => {
    const api = await spawnProcess({
      command: 'api',
      env: { DATABASE_URL: 'mysql://somewhere', PORT: '80x', LOG_LEVEL: 'loud', PG_POOL_MAX: '0', JWT_PUBLIC_KEY: 'not a key' },
    });
    expect(await api.exited).to.deep.equal({ code: 2, signal: null });
    const said = api.noise.join('\n');
    for (const name of ['DATABASE_URL', 'REDIS_URL', 'PORT', 'LOG_LEVEL', 'PG_POOL_MAX', 'JWT_PUBLIC_KEY']) {
      expect(said).to.match(new RegExp(`^ +${name} `, 'm'));
    }
    expect(said).to.not.include('somewhere');
    expect(api.logs).to.deep.equal([]);
  });

  it('needs a way to verify tokens, and only one', async () => {
    const env = processEnv(store, keys.publicKeyPem, { JWT_JWKS_URL: 'https://identity.example/keys' });
    const { JWT_PUBLIC_KEY: _without, ...neither } = processEnv(store, keys.publicKeyPem);
    for (const wrong of [env, neither]) {
      const api = await spawnProcess({ command: 'api', env: wrong });
      expect(await api.exited).to.deep.equal({ code: 2, signal: null });
      expect(api.noise.join('\n')).to.include('exactly one of JWT_PUBLIC_KEY and JWT_JWKS_URL');
    }
  });

  it('starts and serves while Redis is away, and reports it', async () => {
    const api = await start();
    try {
      expect((await clientOf(api).post('/stock', receipt())).status).to.equal(200);
      const seen = await clientOf(api).get(`/products/${productId}/availability`);
      expect(seen.body).to.deep.include({ total_available: 20, source: 'database' });
      const ready = await createClient(`http://127.0.0.1:${api.opsPort}`).get('/readyz?verbose');
      expect([ready.status, ready.text.includes('redis')]).to.deep.equal([200, true]);
    } finally {
      await api.stop();
    }
  });

  for (const { point, when, effects } of [
    { point: 'after-commit', when: 'between COMMIT and the answer', effects: 1 },
    { point: 'before-commit', when: 'with its decision made and nothing committed', effects: 0 },
  ] as const) {
    it(`when it is killed ${when}, the same Idempotency-Key gives one effect and the answer`, async () => {
      const headers = { 'idempotency-key': `killed-${point}` };
      const doomed = await start({ TEST_FAULT_POINT: point });
      const lost = await clientOf(doomed).post('/stock', receipt(), { headers }).then(() => 'answered', () => 'no answer');
      expect(lost).to.equal('no answer');
      expect(await doomed.exited).to.deep.equal({ code: null, signal: 'SIGKILL' });
      expect(await eventsOf(store.pool, productId)).to.have.length(effects);

      const next = await start();
      try {
        const answer = await clientOf(next).post('/stock', receipt(), { headers });
        expect(answer.status).to.equal(200);
        expect(answer.body).to.deep.include({ quantity: 20, version: 1 });
        expect(answer.headers.get('idempotency-replayed')).to.equal(effects === 1 ? 'true' : null);
        expect(answer.headers.get('etag')).to.equal('"1"');
      } finally {
        await next.stop();
      }
      expect(await stockOf(store.pool, { productId, storeId: 'MAD-001' })).to.deep.equal(
        { quantity: 20, reserved: 0, version: 1 });
    });
  }

  it('has no more connections to Postgres than PG_POOL_MAX, lanes and hints included, and says so when that is too few', async () => {
    const [max, lanes] = [8, 4];
    const refused = await spawnProcess({
      command: 'api', env: processEnv(store, keys.publicKeyPem, { PG_POOL_MAX: String(max - 1), COMMIT_LANES: String(lanes) }),
    });
    expect(await refused.exited).to.deep.equal({ code: 2, signal: null });
    expect(refused.noise.join('\n')).to.include('PG_POOL_MAX must be at least COMMIT_LANES + 4');
    const api = await start({ PG_POOL_MAX: String(max), COMMIT_LANES: String(lanes) });
    try {
      const client = clientOf(api);
      const counts: number[] = [];
      let done = false;
      const load = Promise.all(Array.from({ length: 12 }, async () => {
        for (let n = 0; n < 15; n += 1) {
          await client.post('/stock', { ...receipt(), product_id: await addProduct(store.db) });
          await client.get(`/products/${productId}/availability`);
          await client.get('/events');
        }
      })).finally(() => { done = true; });
      while (!done) {
        const { rows: [row] } = await store.pool.query<{ n: number }>(
          "SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'inventory-api %'");
        counts.push(row?.n ?? 0);
      }
      await load;
      expect(Math.max(...counts)).to.be.within(lanes, max);
    } finally {
      await api.stop();
    }
  });

  it('told to stop, finishes the requests in hand, accepts no new ones and exits with 0', async () => {
    const api = await start();
    const client = clientOf(api);
    expect((await client.post('/stock', receipt())).status).to.equal(200);
    const holder = await store.pool.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT 1 FROM stock WHERE product_id = $1 FOR UPDATE', [productId]);
    const inHand = Promise.all(Array.from({ length: 20 }, () => client.post('/stock', receipt())));
    await eventually(async () => {
      const { rowCount } = await store.pool.query(`
        SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`);
      expect(rowCount).to.equal(1);
    }, { everyMs: 5 });
    const begun = performance.now();
    await api.kill('SIGTERM');
    await api.waitForLog(({ message }) => message === 'stopping');
    await eventually(async () => {
      const refused = await client.get(`/products/${productId}/availability`).then(() => 'served', () => 'refused');
      expect(refused).to.equal('refused');
    }, { everyMs: 5, timeoutMs: 900 });
    await holder.query('ROLLBACK');
    holder.release();
    const answers = await inHand;
    const exit = await api.exited;
    expect(answers.map(({ status }) => status)).to.deep.equal(Array.from({ length: 20 }, () => 200));
    expect(exit).to.deep.equal({ code: 0, signal: null });
    expect(performance.now() - begun, 'connections that are kept alive do not hold it').to.be.below(5000);
    expect(await stockOf(store.pool, { productId, storeId: 'MAD-001' })).to.deep.include({ quantity: 420 });
  });
});
