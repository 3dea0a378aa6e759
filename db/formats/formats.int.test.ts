import { expect } from 'chai';
import { readdirSync } from 'node:fs';
import { newestVersions, pastVersions, TooNew } from '@inventory/domain/events-stored.ts';
import { TOMORROW, tomorrowHistory } from '@inventory/domain/testing/past-versions.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { sql } from 'kysely';
import pg from 'pg';
import { allowFormats, announceReader, firstTooNew, heldUp, readFormats, readReaders, requireReadable, unreadable } from './formats.ts';
import { FORMATS_LOCK } from '../locks.ts';
import { migrate } from '../migrate.ts';
import { createDatabase } from '../pool.ts';
import { migrationsFolder } from '../schema-version.ts';
import type { Database } from '../pool.ts';
import { CURRENT_SECONDS, writeReport } from '../process-reports.ts';
import type { TestDatabase } from '../testing/database.ts';
import { adminUrlFromEnvironment, createTestDatabase, createTestPool, patientConfig } from '../testing/database.ts';
import { FORMATS_CHECK, waitForFormats } from './wait.ts';

const TYPE = TOMORROW.type;

describe('the versions in which events may be written', () => {
  let database: TestDatabase;
  let db: Database;
  beforeEach(async () => {
    database = await createTestDatabase(adminUrlFromEnvironment());
    db = createDatabase(createTestPool(database.url));
  });
  afterEach(async () => {
    await db.destroy();
    await database.drop();
  });

  const allow = (without: readonly string[] = []) => allowFormats(db, { by: 'a test', past: tomorrowHistory, without });
  const report = (process: 'relay' | 'projector' | 'api', instance: string, past = pastVersions) =>
    writeReport(db, { process, instance, report: { reads: newestVersions(past) } });
  const namesOf = (by: readonly { readonly instance: string }[]) => by.map(({ instance }) => instance);

  it('are, at first, those of every release so far', async () => {
    expect(await readFormats(db)).to.deep.equal(newestVersions());
    expect(await allowFormats(db, { by: 'a test' })).to.deep.equal({ allowed: [], heldUp: [] });
  });

  it('grow when all that run read the next one, and not before', async () => {
    await report('relay', 'old');
    await report('api', 'new', tomorrowHistory);
    // A release that says nothing of it reads the first version.
    await writeReport(db, { process: 'projector', instance: 'silent', report: {} });
    const { allowed, heldUp: waiting } = await allow();
    expect(allowed).to.deep.equal([]);
    expect(waiting.map(({ type, version, by }) => ({ type, version, by: namesOf(by) })))
      .to.deep.equal([{ ...TOMORROW, by: ['silent', 'old'] }]);
    expect((await readFormats(db))[TYPE]).to.equal(1);

    await report('relay', 'old', tomorrowHistory);
    await sql`UPDATE process_reports SET reported_at = reported_at - make_interval(secs => ${CURRENT_SECONDS}) WHERE instance = 'silent'`.execute(db);
    expect(await allow()).to.deep.equal({ allowed: [TOMORROW], heldUp: [] });
    expect((await readFormats(db))[TYPE]).to.equal(2);
    expect(await allow()).to.deep.equal({ allowed: [], heldUp: [] });
  });

  it('grow without a reader that is named, and not without any other', async () => {
    await report('relay', 'crashes');
    await report('projector', 'old');
    expect(namesOf((await allow(['crashes'])).heldUp.flatMap(({ by }) => by))).to.deep.equal(['old']);
    expect((await allow(['crashes', 'old'])).allowed).to.deep.equal([TOMORROW]);
  });

  it('grow one after the other: what holds up one holds up those behind it', () => {
    const [step] = tomorrowHistory[TYPE] ?? [];
    if (step === undefined) throw new Error('no step');
    const three = { [TYPE]: [step, step] };
    const reader = { process: 'relay', instance: 'old', reads: newestVersions() };
    expect(heldUp(newestVersions(), [reader], three).map(({ version, by }) => [version, by.length])).to.deep.equal([[2, 1], [3, 1]]);
  });

  it('never shrink', async () => {
    for (const statement of ['DELETE FROM log_formats', 'UPDATE log_formats SET version = 9']) {
      const refused = await sql.raw(statement).execute(db).catch((error: unknown) => error);
      expect(refused, statement).to.be.instanceOf(pg.DatabaseError).with.property('code', '23001');
    }
  });

  it('are read by a reader only behind its report, so an api waits for it, or it for the api', async () => {
    const holder = new pg.Client(patientConfig(database.url));
    await holder.connect();
    try {
      await holder.query('BEGIN');
      await holder.query('SELECT pg_advisory_xact_lock($1)', [FORMATS_LOCK]);
      const announced = announceReader(db, { process: 'relay', instance: 'late' });
      await eventually(async () => { expect(namesOf(await readReaders(db))).to.deep.equal(['late']); });
      // As an api that has read the reports before.
      await holder.query('INSERT INTO log_formats VALUES ($1, 2, now(), $2)', [TYPE, 'a test']);
      await holder.query('COMMIT');
      expect(unreadable(await announced).map(({ format }) => format)).to.deep.equal([TOMORROW]);
    } finally {
      await holder.end();
    }
  });

  it('make an event too new where they list it; what nobody may have written is broken, and no matter of releases', async () => {
    const events = [{ type: TYPE, version: 1 }, { type: 'stock.stolen', version: 1 }, TOMORROW, { type: TYPE, version: 3 }];
    expect(await firstTooNew(db, events)).to.equal(undefined);
    await requireReadable(db, events);
    await allow();
    expect(await firstTooNew(db, events)).to.include({ index: 2 });
    const refused = await requireReadable(db, events).catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(TooNew).with.property('message').that.contains('start a release that reads it');
    await requireReadable(db, events, tomorrowHistory);
  });

  it('keep a process from starting that does not read them, and it holds nobody up', async () => {
    await allow();
    const checks: { name: string; ok: boolean; detail: string }[] = [];
    const logged: string[] = [];
    const stop = new AbortController();
    const waiting = waitForFormats({
      db, process: 'projector', instance: 'old', signal: stop.signal,
      log: { error: (_message, { detail }) => { logged.push(detail); } },
      readiness: { set: (name, { ok, detail }) => { checks.push({ name, ok, detail }); } },
    }).then(() => 'started', () => 'stopped');
    await eventually(() => { expect(checks.length).to.be.above(1); });
    expect(checks[0]).to.include({ name: FORMATS_CHECK, ok: false }).with.property('detail').that.contains(`${TYPE} in schema version 2`);
    expect(logged, 'said once').to.have.length(1);
    await eventually(async () => { expect(await readReaders(db)).to.deep.equal([]); });
    stop.abort();
    expect(await waiting).to.equal('stopped');
  });

  it('forbid the way back to the release before the list, once there is more than it read', async () => {
    await allow();
    const all = readdirSync(migrationsFolder).toSorted();
    const count = all.length - all.findIndex((name) => name.endsWith('_formats.sql'));
    const refused = await migrate({ url: database.url, direction: 'down', count }).catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(Error).with.property('message').that.contains(`${TYPE} 2`);
  });
});
