import { expect } from 'chai';
import type pg from 'pg';
import { adminUrlFromEnvironment, createTestDatabase, createTestPool, PATIENT } from '@inventory/db/testing/database.ts';
import type { TestDatabase } from '@inventory/db/testing/database.ts';
import { quantile } from '@inventory/runtime/quantile.ts';
import { MAX_RUN } from './runs.ts';

const EVENTS = 5_000_000;
const A_STATEMENT = 250_000;
const LOOK_UPS = 1_000;
/** A relay's statement may take 2 s; a person who asks for one event does not want to wait. */
const MOST_MS = 50;

describe(`a log of ${EVENTS} events in runs of ${MAX_RUN}`, function () {
  this.timeout(1_800_000);
  let database: TestDatabase;
  let pool: pg.Pool;
  before(async () => {
    database = await createTestDatabase(adminUrlFromEnvironment());
    pool = createTestPool(database.url, 1, { ...PATIENT, statementMs: 600_000 });
    for (let done = 0; done < EVENTS; done += A_STATEMENT) {
      await pool.query(`
        INSERT INTO events (id, event_type, store_id, aggregate_id, payload, stream_id, stream_version)
        SELECT gen_random_uuid(), 'stock.updated', 'MAD-001', gen_random_uuid(), '{}', lpad(to_hex(n % 1000), 32, '0')::uuid, n / 1000
        FROM generate_series($1::int, $1::int + $2::int - 1) n`, [done + 1000, A_STATEMENT]);
    }
    await pool.query(`INSERT INTO relay_stream (name, created, epoch) VALUES ('INVENTORY', 'a stream', 1)`);
    await pool.query(`
      INSERT INTO published_runs (stream, first_position, last_position, first_sequence, count, term)
      SELECT 'a stream', first, least(first + $1::int - 1, $2::int), first, least($1::int, $2::int - first + 1), 1
      FROM generate_series(1, $2::int, $1::int) first`, [MAX_RUN, EVENTS]);
    await pool.query('VACUUM ANALYZE events, published_runs');
  });
  after(async () => {
    await pool.end();
    await database.drop();
  });

  for (const [what, positionOf] of [
    ['any event', () => 1 + Math.floor(Math.random() * EVENTS)],
    ['the last event of a run', () => MAX_RUN * (1 + Math.floor(Math.random() * Math.floor(EVENTS / MAX_RUN)))],
  ] as const) {
    it(`says of ${what} at which sequence it was published within ${MOST_MS} ms`, async () => {
      const took: number[] = [];
      for (let n = 0; n < LOOK_UPS; n += 1) {
        const position = positionOf();
        const begun = performance.now();
        const { rows } = await pool.query<{ sequence: number; processed: boolean }>(
          'SELECT e.published_seq::float8 AS sequence, e.processed FROM events e WHERE e.position = $1', [position]);
        took.push(performance.now() - begun);
        expect(rows).to.deep.equal([{ sequence: position, processed: true }]);
      }
      took.sort((a, b) => a - b);
      const [half = Infinity, most = Infinity] = [quantile(took, 0.5), quantile(took, 0.99)];
      process.stdout.write(`      ${what}: p50 ${half.toFixed(2)} ms, p99 ${most.toFixed(2)} ms\n`);
      expect(half).to.be.below(MOST_MS);
    });
  }
});
