import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { asLogin } from '@inventory/db/testing/database.ts';
import { processEnv } from '@inventory/runtime/config/config.ts';
import { expect } from 'chai';
import { createTestStore } from '../../testing/api.ts';
import type { TestStore } from '../../testing/api.ts';

const run = promisify(execFile);
const EVENTS = 1_000_000;
const CUSTOMERS = 20_000;
const SCRIPT = join(import.meta.dirname, '..', '..', 'cli', 'customers.ts');

/** The quick sibling is conversion.int.test.ts. */
describe(`${EVENTS} events that name customers`, function () {
  this.timeout(900_000);
  let store: TestStore;
  before(async () => { store = await createTestStore(); });
  after(() => store.close());

  const env = () => ({ ...processEnv(), DATABASE_URL: asLogin(store.url, 'owner') });
  const named = async () => (await store.pool.query<{ n: number }>(
    "SELECT count(*)::int AS n FROM events WHERE schema_version = 1 AND event_type LIKE 'reservation.%'")).rows[0]?.n;

  it('are converted, although the command is killed twice, and the digest of all else is the same', async () => {
    for (let made = 0; made < EVENTS; made += 20_000) {
      await store.pool.query(`
        INSERT INTO events (id, event_type, store_id, aggregate_id, payload, stream_id, metadata)
        SELECT id, 'reservation.rejected', 'MAD-001', id, jsonb_build_object('attempt_id', id, 'product_id', id, 'store_id', 'MAD-001',
          'customer_id', 'cust-' || n % $1, 'requested', 5, 'available', 3, 'suppressed', 0), id,
          jsonb_build_object('actor', jsonb_build_object('id', 'cust-' || n % $1, 'role', 'customer'), 'request_id', id)
        FROM (SELECT gen_random_uuid() AS id, n FROM generate_series(1, 20000) AS n) AS made`, [CUSTOMERS]);
    }
    for (let kill = 0; kill < 2; kill += 1) {
      const child = spawn(process.execPath, [SCRIPT, 'convert', '--json'], { env: env(), stdio: ['ignore', 'pipe', 'inherit'] });
      const before = await named() ?? 0;
      const ended = new Promise((resolve) => { child.on('close', resolve); });
      child.stdout.on('data', (data: Buffer) => { if (/"step":"events","done":[1-9]/.test(data.toString())) child.kill('SIGKILL'); });
      await ended;
      expect(child.signalCode).to.equal('SIGKILL');
      expect(await named()).to.be.below(before).and.above(0);
    }
    const left = await named();
    const began = performance.now();
    const { stdout } = await run(process.execPath, [SCRIPT, 'convert', '--json'], { env: env(), maxBuffer: 1e8 });
    const took = performance.now() - began;
    const summary: { events: number; digest: { before: string; after: string } } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
    console.info(`      the last ${left} events in ${Math.round(took)} ms`);
    expect(summary.events).to.equal(left);
    expect(summary.digest.after).to.equal(summary.digest.before);
    expect(await named()).to.equal(0);
    const { rows: [row] } = await store.pool.query('SELECT converted::int FROM customer_conversions');
    expect(row).to.deep.equal({ converted: EVENTS });
  });
});
