/** A real Prometheus watches the real processes, with the files of deploy/prometheus: what it shows, and when it calls. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { TEST_EPOCH } from '@inventory/db/testing/database.ts';
import { productKey } from '@inventory/view/keys.ts';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { spawnGuarded } from '../../scripts/lib/process/guard.mjs';
import { freePort } from '../../scripts/lib/process/ports.mjs';
import { createClient } from '@inventory/testkit/http/client.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { missingPrograms, requireProgram } from '@inventory/testkit/processes/programs.ts';
import { inContainers, startPostgres } from '@inventory/testkit/servers/services.ts';
import type { Service } from '@inventory/testkit/servers/service.ts';
import { makeSmallDisk, noSmallDisk } from '@inventory/testkit/servers/small-disk.ts';
import type { SmallDisk } from '@inventory/testkit/servers/small-disk.ts';
import { dashboardQueries } from '../repository/watched.ts';
import { startSystem } from './system.ts';
import type { System } from './system.ts';

const DEPLOY = join(import.meta.dirname, '..', '..', 'deploy/prometheus');
const missing = missingPrograms({ prometheus: 'prometheus' });
const skipped = missing === '' ? '' : ` (skipped: ${missing})`;
/** Room for a cluster, its databases and some WAL. */
const DISK_MEBIBYTES = 400;
const noDisk = inContainers ? 'a server in a container has its own disk' : noSmallDisk();
const withoutDisk = noDisk === '' ? '' : ` (skipped: ${noDisk})`;
const alertsSchema = z.object({ data: z.object({ alerts: z.array(z.object({
  labels: z.looseObject({ alertname: z.string() }), state: z.string(),
})) }) });
const resultSchema = z.object({ status: z.literal('success'), data: z.object({ result: z.array(z.unknown()) }) });

(missing === '' ? describe : describe.skip)(`a real Prometheus${skipped}`, function () {
  this.timeout(240_000);
  let system: System;
  let folder: string;
  let url: string;
  /** What ends what was started, also after half a start. */
  const endings: (() => Promise<void>)[] = [];
  let disk: SmallDisk | undefined;
  let postgres: Service | undefined;

  before(async () => {
    if (noDisk === '') {
      const small = await makeSmallDisk(DISK_MEBIBYTES);
      disk = small;
      endings.push(() => small.remove());
      const cluster = await startPostgres({ parent: small.path });
      postgres = cluster;
      endings.push(() => cluster.stop());
    }
    system = await startSystem(postgres === undefined ? {} : { adminUrl: postgres.url });
    endings.push(() => system.stop());
    folder = await mkdtemp(join(tmpdir(), 'testkit-prometheus-'));
    // As deployed, but for where the processes are, how often it looks and how long an alert waits.
    let text = (await readFile(join(DEPLOY, 'prometheus.yml'), 'utf8')).replaceAll(': 5s', ': 1s');
    for (const [job, [process]] of Object.entries({ api: system.apis, relay: system.relays, projector: system.projectors })) {
      const target = `static_configs: [{ targets: ["127.0.0.1:${process?.opsPort}"] }]`;
      text = text.replace(new RegExp(`(job_name: inventory-${job}\\n +)dns_sd_configs:.*`), `$1${target}`);
    }
    await writeFile(join(folder, 'prometheus.yml'), text);
    const alerts = await readFile(join(DEPLOY, 'alerts.yml'), 'utf8');
    await writeFile(join(folder, 'alerts.yml'), alerts.replace(/for: \d+m/g, 'for: 1s'));
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const prometheus = requireProgram('prometheus');
    const server = await spawnGuarded({
      command: prometheus.path, env: prometheus.env,
      args: [`--config.file=${folder}/prometheus.yml`, `--storage.tsdb.path=${folder}/data`, `--web.listen-address=127.0.0.1:${port}`],
      output: 'pipe',
    });
    server.child.stdout?.resume();
    server.child.stderr?.resume();
    endings.push(async () => {
      await server.stop(20_000);
      await rm(folder, { recursive: true, force: true });
    });
  });
  after(async () => {
    await disk?.free();
    for (const end of endings.reverse()) await end();
  });

  /** Those that call now, by name. */
  const firing = async (): Promise<readonly string[]> => {
    const { data } = alertsSchema.parse((await createClient(url).get('/api/v1/alerts')).body);
    return data.alerts.filter(({ state }) => state === 'firing').map(({ labels }) => labels.alertname);
  };
  const fires = (name: string) => eventually(async () => { expect(await firing()).to.include(name); }, {
    what: `${name} to fire`, timeoutMs: 90_000, everyMs: 500,
  });
  const isOver = (name: string) => eventually(async () => { expect(await firing()).to.not.include(name); }, {
    what: `${name} to be over`, timeoutMs: 90_000, everyMs: 500,
  });

  it('answers every query of the dashboards with data, while all is well, and calls nobody', async () => {
    const admin = await system.client('admin');
    const product_id = await system.product(1);
    await eventually(async () => {
      // Something of everything, so that the rates are of something.
      await admin.post('/api/v1/stock', { product_id, store_id: 'MAD-001', quantity_change: 1, reason: 'RESTOCK' });
      await admin.get(`/api/v1/products/${product_id}/availability`);
      const answers = await Promise.all(dashboardQueries().map(async (query) => {
        const filled = query.replaceAll('$__rate_interval', '10s');
        const { body, text } = await createClient(url).get(`/api/v1/query?query=${encodeURIComponent(filled)}`);
        const result = resultSchema.safeParse(body);
        return { query, good: result.data !== undefined && result.data.data.result.length > 0, text };
      }));
      expect(answers.filter(({ good }) => !good).map(({ query, text }) => `${query}: ${text}`)).to.deep.equal([]);
    }, { what: 'data for every query', timeoutMs: 90_000, everyMs: 500 });
    expect(await firing()).to.deep.equal([]);
  });

  it('calls for a view that differed and was repaired, and for a difference that no repair of the view changes', async () => {
    const redis = new Redis(system.redis.url);
    const id = await system.product(2);
    const before = await redis.hget(productKey(TEST_EPOCH, id), 'MAD-001');
    expect(before).to.be.a('string');
    await redis.hset(productKey(TEST_EPOCH, id), 'MAD-001', String(before).replace(/\d+/, '9999'));
    await fires('ViewRepaired');
    expect(await redis.hget(productKey(TEST_EPOCH, id), 'MAD-001')).to.equal(before);
    redis.disconnect();
    const change = (by: number) => system.sql.query(
      "UPDATE stock SET quantity = quantity + $2 WHERE product_id = $1 AND store_id = 'MAD-001'", [id, by]);
    await change(1);
    await fires('ViewDiverges');
    await change(-1);
    await isOver('ViewDiverges');
  });

  it('calls for an event that cannot be published, until it is skipped', async () => {
    const { rows: [event] } = await system.sql.query<{ id: string }>(`
      INSERT INTO events (id, event_type, store_id, aggregate_id, payload, stream_id, stream_version)
      VALUES (gen_random_uuid(), 'stock.exploded', 'MAD-001', gen_random_uuid(), '{}', gen_random_uuid(), 1) RETURNING id`);
    await fires('EventsParked');
    await system.command('packages/relay/main.ts', ['parked', 'skip', event?.id ?? '']);
    await isOver('EventsParked');
  });

  it('calls when Redis is away, until it is back', async () => {
    await system.redis.kill();
    await fires('ViewNotSealed');
    await system.redis.restart();
    await isOver('ViewNotSealed');
  });

  (noDisk === '' ? it : it.skip)(`calls when the disk of Postgres is full, until there is room again${withoutDisk}`, async () => {
    const admin = await system.client('admin');
    const product_id = await system.product(3);
    const receive = () => admin.post('/api/v1/stock', { product_id, store_id: 'MAD-001', quantity_change: 1, reason: 'RESTOCK' });
    const { rows: [before] } = await system.sql.query<{ n: number }>('SELECT count(*)::int AS n FROM events');
    let acknowledged = 0;
    const refused = new Set<string>();
    let over = false;
    const writing = (async (): Promise<void> => {
      for (; !over; await delay(20)) {
        const { status, body } = await receive();
        if (status === 200) acknowledged += 1;
        else refused.add(`${status} ${String(body['code'])}`);
      }
    })();
    await disk?.fill();
    await fires('DatabaseUnavailable');
    const read = await admin.get(`/api/v1/products/${product_id}/availability`);
    expect([read.status, read.body['source']], 'reads go on').to.deep.equal([200, 'cache']);
    const atMost = acknowledged;
    await disk?.free();
    await isOver('DatabaseUnavailable');
    await eventually(() => { expect(acknowledged).to.be.above(atMost); }, { what: 'writes to go on by themselves' });
    over = true;
    await writing;
    expect([...refused], 'a clear word, and nothing else').to.deep.equal(['503 dependency_unavailable']);
    const { rows: [behind] } = await system.sql.query<{ n: number }>('SELECT count(*)::int AS n FROM events');
    expect((behind?.n ?? 0) - (before?.n ?? 0), 'what was acknowledged, and nothing that was refused').to.equal(acknowledged);
    console.log(`      ${acknowledged} receipts, ${atMost} of them before the disk was full; each refusal was ${[...refused].join()}`);
  });

  it('calls when the relay has stopped', async () => {
    await system.relays[0]?.stop();
    await fires('NobodyPublishes');
    await fires('ProcessDown');
  });
});
