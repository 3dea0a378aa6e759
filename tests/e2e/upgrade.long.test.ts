/** A migration under load: the api's requests neither fail nor wait for it, on the schema before it and on that behind it. */
import { expect } from 'chai';
import { createClient } from '@inventory/testkit/http/client.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { expectInvariants } from '@inventory/testkit/invariants/invariants.ts';
import { commandsOf, type } from '../repository/runbooks.ts';
import { startSteadyLoad } from './steady-load.ts';
import type { Ask, SteadyLoad } from './steady-load.ts';
import { startSystem } from './system.ts';
import type { System } from './system.ts';
import { seededProducts } from '@inventory/testkit/http/traffic.ts';

describe('an upgrade under load', function () {
  this.timeout(300_000);
  let system: System;
  let load: SteadyLoad;

  before(async () => {
    system = await startSystem({ apis: 2, relays: 2, projectors: 2 });
    const token = await system.keys.token({ role: 'admin' });
    const clients = system.apis.flatMap(({ port }) => Array.from({ length: 4 }, () => createClient(`http://127.0.0.1:${port}`, token)));
    const asks = clients.map((client): Ask => (method, path, { body, ...options } = {}) => client.request(method, path, body, options));
    load = startSteadyLoad(asks, { token, products: await seededProducts(system), pauseMs: 10 });
  });
  after(() => system.stop());

  const more = async (count: number): Promise<void> => {
    const before = load.answered();
    await eventually(() => { expect(load.answered() - before).to.be.above(count); }, { timeoutMs: 60_000, what: `${count} more answers` });
    expect(load.failures).to.deep.equal([]);
  };
  const migrate = async (command: string): Promise<string> => {
    const begun = performance.now();
    const { code, stdout, stderr } = await type(command, system.env);
    expect(code, stdout + stderr).to.equal(0);
    console.log(`      $ ${command}: ${stdout.trim().split('\n').at(-1)}, ${(performance.now() - begun).toFixed(0)} ms with npm`);
    return stdout;
  };
  const [upgrade = ''] = commandsOf('run.md', '## Upgrading');

  // A log in which events bear refs of customers cannot go back to a release that does not read them.
  it('cannot be taken back once events bear refs: down is refused, says why, and costs no request', async () => {
    await more(500);
    const { code, stderr } = await type(`${upgrade} -- down --yes`, system.env);
    expect(code).to.equal(1);
    expect(stderr).to.contain('refs of customers');
    await more(500);
    expect(await migrate(upgrade)).to.contain('up to date');
  });

  it('costs none either where the change is one of the busiest tables, and each process is replaced on the newer schema', async () => {
    // What a next release might bring.
    for (const change of ['events ADD COLUMN origin text', 'stock ADD COLUMN safety integer NOT NULL DEFAULT 0']) {
      await eventually(() => system.sql.query(`SET LOCAL lock_timeout = 250; ALTER TABLE ${change}`), { everyMs: 500, what: change });
    }
    await system.sql.query('INSERT INTO pgmigrations (name, run_on) VALUES (\'9999_next\', now())');
    await more(500);
    await system.restart('relay', 0);
    await system.restart('projector', 0);
    await more(500);
    expect(await migrate(upgrade), 'the release before has nothing to add').to.contain('up to date');
  });

  it('leaves nothing behind: each write once, no read wrong, all published', async () => {
    await load.stop(system.sql);
    console.log(`      ${load.summary()}`);
    await eventually(async () => {
      const { rows: [row] } = await system.sql.query<{ left: number }>('SELECT count(*)::int AS left FROM events_unpublished');
      expect(row?.left).to.equal(0);
    }, { timeoutMs: 60_000, what: 'everything to be published' });
    await expectInvariants(system.sql);
  });
});
