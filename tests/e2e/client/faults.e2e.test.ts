/**
 * The promise of the client under faults of the network, held against the tables and the log: what a call says has
 * happened, has happened once; what it says has not, has not; and where it does not know, it happened at most once.
 */
import { expect } from 'chai';
import { createClient as httpClient } from '@inventory/testkit/http/client.ts';
import { expectInvariants } from '@inventory/testkit/invariants/invariants.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import type { System } from '../system.ts';
import { clientOf } from './clients.ts';
import { openFaultyNetwork } from './faulty-network.ts';
import type { FaultyNetwork } from './faulty-network.ts';

/** Within this time of the end of a fault the api is ready (docs/invariants.md, I19). */
const READY_MS = 10_000;
/** Some hundred of them lose their request or their answer; faults.long.test.ts makes ten thousand. */
const CALLS = 2500;

describe('the client, when the network fails', function () {
  this.timeout(300_000);
  let network: FaultyNetwork;
  let system: System;

  before(async () => {
    network = await openFaultyNetwork();
    ({ system } = network);
  });
  after(() => network.close());

  it(`does nothing twice in ${CALLS} calls under cut connections, delays and lost answers, and tells each as it is`, () =>
    network.expectNothingTwice(CALLS));

  it('says of each change that fails whether it may have happened, and under its key tells later', async () => {
    const client = await clientOf(system, 'admin', { baseUrl: network.url, retries: 0 });
    const told = await network.underFaults(7, () => network.tellAll(client, 1500, 'once'));
    const inDoubt = told.filter(({ outcomeUnknown }) => outcomeUnknown === true);
    expect(await network.refuted(told, 'once')).to.deep.equal([]);
    expect(inDoubt.length, 'calls that nobody answered').to.be.above(50);

    const lost = inDoubt.flatMap(({ change, key }) => (change === undefined || key === undefined ? [] : [{ change, key }]));
    const calm = await clientOf(system, 'admin');
    const later = await Promise.all(lost.map(({ change, key }) => calm.changeStock(change, { idempotencyKey: key })));
    const happened = later.filter((row) => calm.responseOf(row)?.headers.get('idempotency-replayed') === 'true');
    console.info(`      ${inDoubt.length} of ${told.length} calls in doubt; of ${later.length} changes among them ${happened.length} had happened`);
    expect(happened.length).to.be.within(1, later.length - 1);
    expect(await network.refuted(lost.map(({ change: { reference = '' } }, nth) => ({ reference, version: later[nth]?.version ?? 0, replayed: false })), 'once')).to.deep.equal([]);
  });

  it('finds out what became of a change whose COMMIT the database never answered', async () => {
    const codes = new Map<string, number>();
    const client = await clientOf(system, 'admin', {
      retryBudget: 1, deadlineMs: 60_000,
      onAttempt: ({ code = 'success' }) => { codes.set(code, (codes.get(code) ?? 0) + 1); },
    });
    const { apiToDatabase } = system.proxies();
    let [commits, dropping] = [0, false];
    apiToDatabase.transform((chunk, direction) => {
      if (direction === 'to_server') {
        // Five in all: after each, the api asks the database again only after a second.
        if (chunk.includes('COMMIT')) dropping = (commits += 1) % 4 === 0 && commits <= 20;
        return 0;
      }
      if (!dropping) return 0;
      dropping = false;
      setImmediate(() => { apiToDatabase.cut(); });
      return null;
    });
    const told = await network.tellAll(client, 300, 'commit', 10).finally(() => { apiToDatabase.heal(); });
    console.info(`      ${[...codes].map(([code, count]) => `${code} ${count}`).join(', ')}`);
    expect(await network.refuted(told, 'commit')).to.deep.equal([]);
    expect(codes.get('outcome_unknown'), 'changes whose outcome the api did not know').to.be.above(2);
    expect(told.filter(({ outcomeUnknown }) => outcomeUnknown === true)).to.deep.equal([]);
  });

  it('adds no more than its budget to the load of an api that refuses', async () => {
    let attempts = 0;
    const client = await clientOf(system, 'admin', { onAttempt: () => { attempts += 1; } });
    const { apiToDatabase } = system.proxies();
    apiToDatabase.refuse();
    const told = await network.tellAll(client, 500, 'refused').finally(() => { apiToDatabase.heal(); });
    const failed = told.filter(({ error }) => error !== undefined);
    console.info(`      ${told.length} calls, ${failed.length} of them refused, in ${attempts} attempts`);
    expect(failed.length).to.be.above(400);
    expect(attempts).to.be.within(told.length, told.length * 1.1 + 10);
    expect(await network.refuted(told, 'refused')).to.deep.equal([]);
  });

  it('leaves every invariant intact, and the api in its senses', async () => {
    await expectInvariants(system.sql);
    const ops = httpClient(`http://127.0.0.1:${system.apis[0]?.opsPort ?? 0}`);
    await eventually(async () => { expect((await ops.get('/readyz')).status).to.equal(200); }, { timeoutMs: READY_MS });
  });
});
