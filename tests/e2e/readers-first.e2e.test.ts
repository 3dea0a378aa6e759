/**
 * A release that writes one version more than those that still run. The old ones are processes as they are built here; the new
 * api is made of its parts, with the history of schemas of a release to come.
 */
import { randomUUID } from 'node:crypto';
import { asLogin } from '@inventory/db/testing/database.ts';
import { tooNew } from '@inventory/domain/events-stored.ts';
import { TOMORROW, tomorrowHistory } from '@inventory/domain/testing/past-versions.ts';
import { createMetrics } from '@inventory/runtime/metrics.ts';
import { createReadiness } from '@inventory/runtime/readiness.ts';
import { captureLog } from '@inventory/runtime/testing/log.ts';
import { createClient } from '@inventory/testkit/http/client.ts';
import { createTestKeys } from '@inventory/testkit/http/tokens.ts';
import type { TestKeys } from '@inventory/testkit/http/tokens.ts';
import { spawnProcess, startProcess } from '@inventory/testkit/processes/processes.ts';
import type { ProcessName, TestProcess } from '@inventory/testkit/processes/processes.ts';
import { startNats, startRedis } from '@inventory/testkit/servers/services.ts';
import type { Service } from '@inventory/testkit/servers/service.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { FULL_FIELD } from '@inventory/view/keys.ts';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { freePort } from '../../scripts/lib/process/ports.mjs';
import { followFormats, heldUpNow, sentenceOf } from '@inventory/api/background/follow-formats.ts';
import { allowWithout } from '@inventory/api/cli/allow-formats.ts';
import { createCommitter } from '@inventory/api/commit/committer.ts';
import { addProduct, createTestStore, processEnv } from '@inventory/api/testing/api.ts';
import type { TestStore } from '@inventory/api/testing/api.ts';
import { outcomeOf, receive } from '@inventory/api/testing/committing.ts';
import type { Row } from '@inventory/api/testing/committing.ts';

const OLD = ['old-api', 'old-projector', 'old-relay'] as const;
const SENTENCE = tooNew(TOMORROW)?.message ?? '';

describe('an old relay, an old projector and an old api beside an api that writes a newer version', function () {
  this.timeout(120_000);
  let store: TestStore;
  let keys: TestKeys;
  let nats: Service;
  let redis: Service;
  let view: Redis;
  const started: TestProcess[] = [];
  const stop = new AbortController();
  before(async () => {
    [store, keys, nats, redis] = await Promise.all([createTestStore(), createTestKeys(), startNats(), startRedis()]);
    view = new Redis(redis.url);
  });
  after(async () => {
    stop.abort();
    view.disconnect();
    await Promise.allSettled(started.map((each) => each.stop()));
    await Promise.all([store.close(), nats.stop(), redis.stop()]);
  });

  const optionsOf = (command: ProcessName, instance: string, opsPort = 0) => ({
    command, args: command === 'api' ? [] : ['run'], env: {
      ...processEnv(store, keys.publicKeyPem), REDIS_URL: redis.url, NATS_URL: nats.url, INSTANCE_ID: instance, OPS_PORT: String(opsPort),
    },
  });
  const readiness = ({ opsPort }: Pick<TestProcess, 'opsPort'>) => createClient(`http://127.0.0.1:${opsPort}`).get('/readyz?verbose');
  const expectStopped = (process: Pick<TestProcess, 'opsPort'>) => eventually(async () => {
    const { status, text } = await readiness(process);
    expect(status).to.equal(503);
    expect(text).to.contain(JSON.stringify(SENTENCE).slice(1, -1));
  }, { timeoutMs: 20_000, what: 'a process that says why it has stopped' });
  const versions = async (row: Row) => (await store.pool.query<{ version: number }>(
    "SELECT schema_version AS version FROM events WHERE event_type = 'stock.updated' AND aggregate_id = $1 ORDER BY position", [row.productId]))
    .rows.map(({ version }) => version);
  const parked = async () => (await store.pool.query('SELECT FROM relay_parked')).rowCount;
  const fieldOf = async ({ productId, storeId }: Row): Promise<string | null> => {
    const [key = ''] = await view.keys(`*${productId}*`);
    return key === '' ? null : view.hget(key, storeId);
  };

  it('holds it up, by name, and once it is overridden stops, and parks, ends and closes nothing', async () => {
    const [api, projector, relay] = await Promise.all([
      startProcess(optionsOf('api', OLD[0])), startProcess(optionsOf('projector', OLD[1])), startProcess(optionsOf('relay', OLD[2])),
    ]);
    started.push(api, projector, relay);
    const { log } = captureLog();
    const metrics = createMetrics({ process: 'api', instance: 'new-api' });
    const formats = await followFormats({
      db: store.db, instance: 'new-api', log, metrics, readiness: createReadiness(), signal: stop.signal, past: tomorrowHistory,
    });
    const committer = createCommitter({
      url: asLogin(store.url, 'api'), applicationName: 'new-api', lanes: 1, newId: randomUUID, log, formats, metrics,
    });
    try {
      const row: Row = { productId: await addProduct(store.db), storeId: 'MAD-001' };
      await outcomeOf(committer, receive(row, 10));
      await eventually(async () => {
        const [held, ...others] = await heldUpNow(store.db, tomorrowHistory);
        expect(others).to.deep.equal([]);
        expect(held).to.include(TOMORROW);
        expect(await metrics.registry.metrics()).to.match(/^event_formats_held_up\{.*\} 1$/m);
        expect(held?.by.map(({ instance }) => instance)).to.deep.equal([...OLD]);
        expect(held === undefined ? '' : sentenceOf(held)).to.contain('stock.updated version 2 is not written yet').and.contain('relay old-relay reads up to version 1');
      }, { timeoutMs: 20_000 });
      await eventually(async () => { expect(await fieldOf(row)).to.match(/^1:10:0/); }, { timeoutMs: 20_000, what: 'the event in the view' });
      expect(await versions(row)).to.deep.equal([1]);
      const reader = createClient(`http://127.0.0.1:${api.port}/api/v1`, await keys.token({ role: 'admin', userId: 'admin-1' }));
      await eventually(async () => {
        expect((await reader.get(`/products/${row.productId}/availability`)).body['source']).to.equal('cache');
      }, { timeoutMs: 20_000, what: 'a full view' });
      for (const old of started) expect((await readiness(old)).status).to.equal(200);

      const done = await allowWithout(store.db, OLD, () => Promise.resolve(true), tomorrowHistory);
      expect(done).to.deep.equal({ allowed: [TOMORROW], held_up: [], agreed: true });
      await eventually(() => { expect(formats.allowed()).to.include({ 'stock.updated': 2 }); }, { timeoutMs: 20_000 });
      await outcomeOf(committer, receive(row, 5));
      expect(await versions(row)).to.deep.equal([1, 2]);

      for (const old of started) await expectStopped(old);
      expect(await parked()).to.equal(0);
      expect(await fieldOf(row), 'the view is as it was').to.match(/^1:10:0/);
      expect(await fieldOf({ ...row, storeId: FULL_FIELD }), 'and still one').to.equal('1');
      const { rowCount: leading } = await store.pool.query(
        "SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'inventory-relay-leader'");
      expect(leading, 'the lead is for others').to.equal(0);
      const { status, body } = await reader.get(`/stores/MAD-001/stock/${row.productId}/history`);
      expect([status, body['code']]).to.deep.equal([503, 'dependency_unavailable']);

      // One may not go back either: it does not begin.
      const opsPort = await freePort();
      const again = await spawnProcess(optionsOf('relay', 'older-still', opsPort));
      started.push(again);
      await again.waitForLog(({ message }) => message === 'the log may hold events that this release cannot read');
      await expectStopped({ opsPort });
      expect(await parked()).to.equal(0);
    } finally {
      await committer.stop();
      await formats.stop();
    }
  });
});
