import { expect } from 'chai';
import { readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { migrate } from './migrate.ts';
import { migrationsFolder } from './schema-version.ts';
import type { TestDatabase } from './testing/database.ts';
import { adminUrlFromEnvironment, createTestDatabase, createTestPool, PATIENT } from './testing/database.ts';

const EVENTS = 1_000_000;
const A_STATEMENT = 100_000;
/** A change gives up after a second. */
const LONGEST_WAIT_MS = 1_000;
const names = readdirSync(migrationsFolder).sort();
const FROM_RUNS = names.length - names.indexOf('0013_published_runs.sql');

describe(`the upgrade of ${EVENTS} events from marks to runs`, function () {
  this.timeout(900_000);
  let database: TestDatabase;
  let pool: pg.Pool;

  before(async () => {
    database = await createTestDatabase(adminUrlFromEnvironment());
    pool = createTestPool(database.url, 4, { ...PATIENT, statementMs: 600_000 });
    await migrate({ url: database.url, direction: 'down', count: FROM_RUNS });
    await pool.query("INSERT INTO relay_stream (name, created, epoch) VALUES ('INVENTORY', '2026-11-01T10:00:00Z', 1)");
    for (let done = 0; done < EVENTS; done += A_STATEMENT) {
      await pool.query(`
        INSERT INTO events (id, event_type, store_id, aggregate_id, payload, stream_id, stream_version, position, processed, published_seq, published_at)
        SELECT gen_random_uuid(), 'x', 'MAD-001', gen_random_uuid(), jsonb_build_object('of', n), lpad(to_hex(n % 1000), 32, '0')::uuid, n / 1000,
          nextval('events_position'), true, n - 999, clock_timestamp()
        FROM generate_series($1::int, $1::int + $2::int - 1) n`, [done + 1000, A_STATEMENT]);
    }
    await pool.query('VACUUM ANALYZE events');
  });
  after(async () => {
    await pool.end();
    await database.drop();
  });

  const digest = async (): Promise<unknown> => (await pool.query(`
    SELECT md5(string_agg(md5(id::text || payload::text), '' ORDER BY position)) AS digest FROM events WHERE position <= $1`, [EVENTS])).rows;

  it('keeps every event, and nobody who writes meanwhile waits for longer than a change may', async () => {
    const before = await digest();
    const waits: number[] = [];
    let over = false;
    const writing = (async () => {
      for (let n = 1; !over; n += 1) {
        const begun = performance.now();
        await pool.query(`INSERT INTO events (id, event_type, store_id, aggregate_id, payload, stream_id, stream_version)
          VALUES (gen_random_uuid(), 'x', 'MAD-001', gen_random_uuid(), '{}', 'ffffffff-0000-4000-8000-000000000000', $1)`, [n]);
        waits.push(performance.now() - begun);
        await delay(5);
      }
    })();
    const begun = performance.now();
    await migrate({ url: database.url, direction: 'up', count: 1 });
    const seconds = (performance.now() - begun) / 1000;
    over = true;
    await writing;
    const longest = Math.max(...waits);
    process.stdout.write(`      ${seconds.toFixed(1)} s without publishing; ${waits.length} events written meanwhile, the longest wait ${longest.toFixed(0)} ms\n`);
    expect(await digest()).to.deep.equal(before);
    const { rows } = await pool.query(`
      SELECT sum(count)::int AS events, max(count) AS longest, (SELECT count(*)::int FROM events_unpublished) AS unpublished,
        count(*) FILTER (WHERE count <> (SELECT count(*) FROM events WHERE position BETWEEN first_position AND last_position))::int AS wrong
      FROM published_runs`);
    expect(rows).to.deep.equal([{ events: EVENTS, longest: 8192, unpublished: waits.length, wrong: 0 }]);
    expect(longest).to.be.below(LONGEST_WAIT_MS);
  });
});
