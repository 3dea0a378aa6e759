import { expect } from 'chai';
import pg from 'pg';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { startDatabase } from './start.ts';
import type { TestDatabase } from './testing/database.ts';
import { adminUrlFromEnvironment, createTestDatabase } from './testing/database.ts';

describe('the database of a process', function () {
  this.timeout(30_000);
  let database: TestDatabase;
  let admin: pg.Client;
  before(async () => {
    database = await createTestDatabase(adminUrlFromEnvironment());
    admin = new pg.Client({ connectionString: database.url });
    await admin.connect();
  });
  after(async () => {
    await admin.end();
    await database.drop();
  });

  it('keeps the process from being ready while no session can be had, with one line in its log, until there is one', async () => {
    const said: string[] = [];
    const stops: (() => Promise<void>)[] = [];
    const checks = new Map<string, { readonly ok: boolean; readonly detail: string }>();
    const refused: string[] = [];
    await admin.query(`ALTER DATABASE ${database.name} SET default_transaction_read_only = on`);
    try {
      await startDatabase({
        config: { DATABASE_URL: database.url, POSTGRES_IDENTITY: 'on', PG_POOL_MAX: 4, PG_CONNECTION_LIFETIME_SECONDS: 300 },
        log: { warn: (message) => { said.push(message); } },
        metrics: { sessionsRefused: { inc: ({ reason }) => { refused.push(reason); } }, serverKnown: { set: () => undefined }, poolWait: { observe: () => undefined } },
        readiness: { set: (name, check) => { checks.set(name, check); } },
        signal: new AbortController().signal,
        parts: { add: ({ stop }) => { stops.unshift(stop); } },
      }, { applicationName: 'start-test', reserved: 1 });
      await eventually(() => { expect(refused.length).to.be.above(1); });
      expect(new Set(refused)).to.deep.equal(new Set(['read_only']));
      expect(checks.get('session')).to.include({ ok: false });
      expect(checks.get('session')?.detail).to.match(/takes no writes \(default_transaction_read_only is on\)/);
      expect(said).to.deep.equal(['a connection to postgres was refused']);
      await admin.query(`ALTER DATABASE ${database.name} RESET default_transaction_read_only`);
      // Nobody asks the process for anything meanwhile.
      await eventually(() => { expect(checks.get('session')).to.include({ ok: true }); });
    } finally {
      for (const stop of stops) await stop();
    }
  });
});
