import { expect } from 'chai';
import { PassThrough } from 'node:stream';
import pg from 'pg';
import { RELAY_LEADER_LOCK } from '@inventory/db/locks.ts';
import { adminUrlFromEnvironment, createTestDatabase } from '@inventory/db/testing/database.ts';
import type { TestDatabase } from '@inventory/db/testing/database.ts';
import { createLogger } from '@inventory/runtime/log.ts';
import type { Loop } from '@inventory/runtime/loop.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { startElection } from './election.ts';
import type { Leadership, Role } from './election.ts';

interface Candidate {
  readonly loop: Loop;
  readonly roles: Role[];
  readonly terms: number[];
  readonly errors: string[];
  leadership: Leadership | undefined;
}

describe('leadership', () => {
  let database: TestDatabase;
  let admin: pg.Client;
  let candidates: Candidate[];
  beforeEach(async () => {
    database = await createTestDatabase(adminUrlFromEnvironment());
    admin = new pg.Client({ connectionString: database.url });
    await admin.connect();
    candidates = [];
  });
  afterEach(async () => {
    await Promise.all(candidates.map(({ loop }) => loop.stop()));
    await admin.end();
    await database.drop();
  });

  const log = createLogger({ process: 'test', instance: 'test', level: 'error', stream: new PassThrough().resume() });
  const aborted = (signal: AbortSignal) =>
    new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => {
        resolve();
      });
    });

  const campaign = (name: string): Candidate => {
    const roles: Role[] = [];
    const terms: number[] = [];
    const errors: string[] = [];
    const loop = startElection({
      connection: { url: database.url, applicationName: name },
      instance: name,
      log,
      onRole: (role) => { roles.push(role); },
      onError: (error) => { errors.push(error instanceof Error ? error.message : String(error)); },
      async lead(leadership) {
        candidate.leadership = leadership;
        terms.push(leadership.lead.term);
        await aborted(leadership.signal);
        candidate.leadership = undefined;
      },
    });
    const candidate: Candidate = { loop, roles, terms, errors, leadership: undefined };
    candidates.push(candidate);
    return candidate;
  };
  const becomes = (candidate: Candidate, role: Role, timeoutMs = 10_000) =>
    eventually(() => { expect(candidate.roles.at(-1)).to.equal(role); }, { timeoutMs });

  it('is one candidate\'s, and passes to the other as soon as it is given up', async () => {
    const first = campaign('first');
    await becomes(first, 'leader');
    const second = campaign('second');
    await becomes(second, 'standby');
    const stoppedAtMs = performance.now();
    await first.loop.stop();
    await becomes(second, 'leader');
    // Long before the other would have called the first one silent.
    expect(performance.now() - stoppedAtMs).to.be.below(2500);
    expect([first.terms, second.terms]).to.deep.equal([[1], [2]]);
    const { rows } = await admin.query('SELECT term::int, instance FROM relay_leader');
    expect(rows).to.deep.equal([{ term: 2, instance: 'second' }]);
  });

  it('ends at once when the session of its lock ends', async () => {
    const first = campaign('first');
    await becomes(first, 'leader');
    const second = campaign('second');
    await becomes(second, 'standby');
    await admin.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'first'");
    await becomes(second, 'leader');
    await becomes(first, 'standby');
    expect(first.leadership).to.equal(undefined);
    expect(first.errors[0]).to.match(/terminating connection|terminated/);
  });

  it('ends when another has raised the term', async () => {
    const first = campaign('first');
    await becomes(first, 'leader');
    await admin.query('UPDATE relay_leader SET term = 7');
    await eventually(() => { expect(first.terms).to.deep.equal([1, 8]); });
    expect(first.errors).to.deep.equal(['another relay has raised the term above 1']);
  });

  it('is taken from a holder that gives no sign of life for 5 s, and only from that backend', async function () {
    this.timeout(90_000);
    const frozen = new pg.Client({ connectionString: database.url, application_name: 'inventory-relay-frozen' });
    frozen.on('error', () => undefined);
    await frozen.connect();
    const elsewhere = await createTestDatabase(adminUrlFromEnvironment());
    const bystander = new pg.Client({ connectionString: elsewhere.url });
    await bystander.connect();
    await bystander.query('SELECT pg_advisory_lock($1)', [RELAY_LEADER_LOCK]);
    try {
      await frozen.query('SELECT pg_advisory_lock($1)', [RELAY_LEADER_LOCK]);
      const silentSinceMs = performance.now();
      const standby = campaign('standby');
      await becomes(standby, 'standby');
      await becomes(standby, 'leader');
      expect(performance.now() - silentSinceMs).to.be.within(5000, 6500);
      expect((await bystander.query('SELECT 1 AS alive')).rows).to.deep.equal([{ alive: 1 }]);
    } finally {
      await bystander.end();
      await frozen.end().catch(() => undefined);
      await elsewhere.drop();
    }
  });

  it('stays with a holder that beats, however long', async function () {
    this.timeout(90_000);
    const first = campaign('first');
    await becomes(first, 'leader');
    const second = campaign('second');
    await becomes(second, 'standby');
    const sinceMs = performance.now();
    await eventually(() => { expect(performance.now() - sinceMs).to.be.above(7000); });
    expect(second.roles).to.deep.equal(['standby']);
    expect(first.roles).to.deep.equal(['leader']);
  });

  it('pins no snapshot for longer than a second while it is waited for', async () => {
    const first = campaign('first');
    await becomes(first, 'leader');
    const second = campaign('second');
    await becomes(second, 'standby');
    const ages = new Set<number>();
    await eventually(async () => {
      const { rows } = await admin.query<{ age: number; xmin: string | null }>(
        `SELECT extract(epoch FROM clock_timestamp() - query_start)::float8 AS age, backend_xmin::text AS xmin
         FROM pg_stat_activity WHERE application_name = 'second'`);
      const [row] = rows;
      if (row?.xmin != null) ages.add(row.age);
      expect(ages.size).to.be.above(60);
    });
    expect(Math.max(...ages)).to.be.below(1.5);
  });
});
