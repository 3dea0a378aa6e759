import { expect } from 'chai';
import { sql } from 'kysely';
import type { Database } from './pool.ts';
import { createDatabase } from './pool.ts';
import { CURRENT_SECONDS, HISTORY_SECONDS, readHistory, readReports, removeReport, writeReport } from './process-reports.ts';
import type { TestDatabase } from './testing/database.ts';
import { adminUrlFromEnvironment, createTestDatabase, createTestPool } from './testing/database.ts';

describe('the reports of processes', () => {
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

  const grow = (instance: string, hours: number) => sql`
    UPDATE process_reports SET reported_at = statement_timestamp() - make_interval(secs => ${hours * 3600})
    WHERE instance = ${instance}`.execute(db);
  const names = async (options?: Parameters<typeof readReports>[1]) =>
    (await readReports(db, options)).map(({ process, instance }) => `${process} ${instance}`);

  it('are the last word of each instance, the newest first, and how old it is', async () => {
    await writeReport(db, { process: 'relay', instance: 'a', report: { n: 1 } });
    await writeReport(db, { process: 'projector', instance: 'a', report: { n: 2 } });
    await writeReport(db, { process: 'relay', instance: 'a', report: { n: 3 } });
    await grow('a', 0.001);
    await writeReport(db, { process: 'relay', instance: 'b', report: { n: 4 } });
    const reports = await readReports(db);
    expect(reports.map(({ process, instance, report }) => ({ process, instance, report }))).to.deep.equal([
      { process: 'relay', instance: 'b', report: { n: 4 } },
      { process: 'projector', instance: 'a', report: { n: 2 } },
      { process: 'relay', instance: 'a', report: { n: 3 } },
    ]);
    expect(reports[0]?.age_seconds).to.be.within(0, 3);
    expect(reports[1]?.age_seconds).to.be.within(3, 9);
    expect(await names({ process: 'relay' })).to.deep.equal(['relay b', 'relay a']);
    await grow('a', CURRENT_SECONDS / 3600);
    expect(await names({ seconds: CURRENT_SECONDS })).to.deep.equal(['relay b']);
  });

  for (const process of ['relay', 'projector'] as const) {
    it(`of a ${process} are kept for a day, then go with the next one's`, async () => {
      await writeReport(db, { process, instance: 'gone', report: {} });
      await writeReport(db, { process, instance: 'me', report: {} });
      await grow('gone', 23.9);
      await writeReport(db, { process, instance: 'me', report: {} });
      expect(await names()).to.deep.equal([`${process} me`, `${process} gone`]);
      await grow('gone', 24.1);
      expect(await names(), 'too old to be shown').to.deep.equal([`${process} me`]);
      await writeReport(db, { process, instance: 'me', report: {} });
      const { rows } = await sql<{ instance: string }>`SELECT instance FROM process_reports`.execute(db);
      expect(rows).to.deep.equal([{ instance: 'me' }]);
    });
  }

  it('are taken back, each for itself', async () => {
    await writeReport(db, { process: 'relay', instance: 'a', report: {} });
    await writeReport(db, { process: 'projector', instance: 'a', report: {} });
    await removeReport(db, { process: 'relay', instance: 'a' });
    expect(await names()).to.deep.equal(['projector a']);
  });

  describe('of the last quarter of an hour', () => {
    const age = (n: number, seconds: number) => sql`
      UPDATE process_report_history SET reported_at = date_trunc('minute', clock_timestamp()) - make_interval(secs => ${seconds})
      WHERE report ->> 'n' = ${String(n)}`.execute(db);
    const past = async (everySeconds: number) =>
      (await readHistory(db, { seconds: HISTORY_SECONDS, everySeconds })).map(({ process, report }) => [process, report]);

    it('are those of the leader and of the projector, thinned out, the oldest first', async () => {
      const say = (n: number, process: 'relay' | 'projector', role: string) => writeReport(db, { process, instance: 'a', report: { n, role } });
      await say(1, 'relay', 'leader');
      await say(2, 'relay', 'standby');
      await say(3, 'projector', 'none');
      await say(4, 'projector', 'none');
      for (const [n, seconds] of [[1, 60], [2, 58], [3, 120], [4, 118]] as const) await age(n, seconds);
      expect((await past(2)).map(([process, report]) => [process, report])).to.deep.equal([
        ['projector', { n: 3, role: 'none' }], ['projector', { n: 4, role: 'none' }], ['relay', { n: 1, role: 'leader' }],
      ]);
      expect(await past(60), 'the newest of each minute').to.deep.equal([['projector', { n: 4, role: 'none' }], ['relay', { n: 1, role: 'leader' }]]);
    });

    it('are of those that people see: an api says nothing about how far it is', async () => {
      await writeReport(db, { process: 'api', instance: 'a', report: { n: 1 } });
      expect(await past(2)).to.deep.equal([]);
    });

    it('go with the next report when they are older', async () => {
      await writeReport(db, { process: 'relay', instance: 'a', report: { n: 1 } });
      await age(1, HISTORY_SECONDS + 1);
      await writeReport(db, { process: 'relay', instance: 'a', report: { n: 2 } });
      const { rows } = await sql<{ n: string }>`SELECT report ->> 'n' AS n FROM process_report_history`.execute(db);
      expect(rows).to.deep.equal([{ n: '2' }]);
    });
  });
});
