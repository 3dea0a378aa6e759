import { expect } from 'chai';
import { readdirSync } from 'node:fs';
import pg from 'pg';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { RELAY_LEADER_LOCK } from './locks.ts';
import { migrate } from './migrate.ts';
import { migrationsFolder } from './schema-version.ts';
import type { TestDatabase } from './testing/database.ts';
import { adminUrlFromEnvironment, createTestDatabase, createTestPool } from './testing/database.ts';

const names = readdirSync(migrationsFolder).sort();
const FROM_RUNS = names.length - names.indexOf('0013_published_runs.sql');

/** What a relay of the release before did first, when it was given the lock. */
const OLD_TAKE_OVER = 'UPDATE relay_leader l SET term = l.term + 1, pid = pg_backend_pid() RETURNING term';

describe('the upgrade from marks to runs', function () {
  this.timeout(60_000);
  let database: TestDatabase;
  let pool: pg.Pool;

  /** 20 000 events of 20 streams at every second position, as an older release has left them. */
  beforeEach(async () => {
    database = await createTestDatabase(adminUrlFromEnvironment());
    pool = createTestPool(database.url);
    await migrate({ url: database.url, direction: 'down', count: FROM_RUNS });
    await pool.query(`
      ALTER SEQUENCE events_position INCREMENT BY 2;
      INSERT INTO relay_stream (name, created, epoch) VALUES ('INVENTORY', '2026-11-01T10:00:00Z', 1);
      INSERT INTO events (id, event_type, store_id, aggregate_id, payload, stream_id, stream_version)
      SELECT gen_random_uuid(), 'x', 'MAD-001', gen_random_uuid(), '{}', lpad(to_hex(n % 20), 32, '0')::uuid, n / 20
      FROM generate_series(1, 20000) n;
      ALTER SEQUENCE events_position INCREMENT BY 1;
      UPDATE events SET processed = true, published_seq = (position + 1) / 2, published_at = clock_timestamp() WHERE position < 39000`);
    // Of one stream 9 and what waits behind it, of another one that was skipped; one that was freed, one that was repaired, one
    // whose repair was cut short, and a foreign message in the middle.
    const lateFrom = (sequence: number) => `published_seq = published_seq + 1 WHERE published_seq >= ${sequence}`;
    await pool.query(`
      INSERT INTO relay_parked (event_id, stream_id, position, reason, state)
      SELECT id, stream_id, position, 'test', 'parked' FROM events WHERE position IN (20011, 20013, 20015);
      UPDATE relay_parked SET state = 'skipped' WHERE position = 20013;
      UPDATE relay_parked SET state = 'released' WHERE position = 20015;
      ALTER TABLE events DISABLE TRIGGER events_marks_stay;
      UPDATE events SET processed = false, published_seq = NULL WHERE position < 39000 AND (position = 20013
        OR (position >= 20011 AND stream_id = (SELECT stream_id FROM events WHERE position = 20011)));
      ALTER TABLE events ENABLE TRIGGER events_marks_stay;
      UPDATE events SET published_seq = 30000 WHERE position = 20015;
      UPDATE events SET published_seq = 30001 WHERE position = 555;
      UPDATE events SET published_seq = NULL WHERE position = 777;
      UPDATE events SET ${lateFrom(15_000)} AND published_seq < 30000`);
  });
  afterEach(async () => {
    await pool.end();
    await database.drop();
  });

  const BEFORE = 'SELECT position::int, processed, published_seq::int AS sequence FROM events ORDER BY position';
  // Of every 25th event, and of all where something is special: the column takes as long as the run is long before the event.
  const isLookedAt = (position: number): boolean => position % 50 === 5 || position > 38_900
    || (position > 19_900 && position < 20_100) || [553, 555, 557, 775, 777, 779].includes(position);
  const AFTER = 'SELECT e.position::int, e.processed, e.published_seq::int AS sequence FROM events e WHERE e.position = ANY ($1) ORDER BY position';
  const up = () => migrate({ url: database.url, direction: 'up' });

  it('says of each event what the marks said, in runs whose counts are true, and back', async () => {
    const { rows: before } = await pool.query(BEFORE);
    await up();
    const lookedAt = before.filter(({ position }) => isLookedAt(position));
    const { rows: after } = await pool.query(AFTER, [lookedAt.map(({ position }) => position)]);
    // The one whose repair was cut short is not published any more: the relay puts it back.
    expect(after).to.deep.equal(lookedAt.map((row) => (row.position === 777 ? { ...row, processed: false } : row)));
    const { rows: runs } = await pool.query(`
      SELECT count(*)::int AS runs, max(count) AS longest, sum(count)::int AS events,
        count(*) FILTER (WHERE count <> (SELECT count(*) FROM events WHERE position BETWEEN first_position AND last_position))::int AS wrong,
        array_agg(first_position::int) FILTER (WHERE repair) AS repaired FROM published_runs`);
    expect(runs[0]).to.include({ longest: 8192, wrong: 0, events: before.filter(({ sequence }) => sequence !== null).length });
    expect(runs[0].repaired).to.deep.equal([555]);
    const { rows: listed } = await pool.query('SELECT why, count(*)::int FROM relay_left_behind GROUP BY why ORDER BY why');
    expect(listed.map(({ why }) => why)).to.deep.equal(['missing', 'parked', 'skipped', 'waiting']);
    await migrate({ url: database.url, direction: 'down', count: FROM_RUNS });
    const { rows: again } = await pool.query(BEFORE);
    expect(again).to.deep.equal(before);
  });

  it('is refused while a relay leads, and nothing has changed', async () => {
    const relay = new pg.Client({ connectionString: database.url });
    await relay.connect();
    await relay.query('SELECT pg_advisory_lock($1)', [RELAY_LEADER_LOCK]);
    const { rows: before } = await pool.query(BEFORE);
    const refused = await up().catch((error: unknown) => error);
    expect(String(refused)).to.contain('a relay leads: stop all relays, then migrate');
    expect((await pool.query(BEFORE)).rows).to.deep.equal(before);
    await relay.end();
    await up();
  });

  it('may be killed in the middle and begun again', async () => {
    const { rows: before } = await pool.query(BEFORE);
    // It waits for this reader when it drops the columns.
    const reader = await pool.connect();
    await reader.query('BEGIN; SELECT 1 FROM events LIMIT 1');
    const killed = up().catch((error: unknown) => error);
    await eventually(async () => {
      const { rows } = await pool.query(`SELECT pg_terminate_backend(pid) AS killed FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'inventory-migrate' AND wait_event_type = 'Lock'`);
      expect(rows).to.deep.equal([{ killed: true }]);
    }, { everyMs: 5, timeoutMs: 30_000 });
    expect(await killed).to.be.instanceOf(Error);
    await reader.query('COMMIT');
    reader.release();
    expect((await pool.query(BEFORE)).rows).to.deep.equal(before);
    await up();
    expect((await pool.query('SELECT FROM published_runs WHERE stream <> \'\'')).rowCount).to.be.above(3);
  });

  it('lets no relay of the release before take over', async () => {
    expect((await pool.query(OLD_TAKE_OVER)).rowCount).to.equal(1);
    await up();
    const refused = await pool.query(OLD_TAKE_OVER).catch((error: unknown) => error);
    expect(String(refused)).to.contain('column "pid" of relation "relay_leader" does not exist');
  });
});
