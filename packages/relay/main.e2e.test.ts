import { expect } from 'chai';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { addStockRows, appendStockEvents } from '@inventory/testkit/log/fixture.ts';
import { createRelays } from './testing/relays.ts';
import type { Relays } from './testing/relays.ts';

describe('the command relay', () => {
  let relays: Relays;
  beforeEach(async () => { relays = await createRelays(); });
  afterEach(() => relays.close());

  const run: Relays['run'] = (args, env) => relays.run(args, env);

  it('shows who leads, who stands by, how far behind publishing is, and stream against log', async function () {
    this.timeout(120_000);
    const { workbench } = relays;
    const stockIds = await addStockRows(workbench.pool, { rows: 10 });
    await appendStockEvents(workbench.pool, { stockIds, each: 5 });
    const leader = await relays.start({ INSTANCE_ID: 'relay-a' });
    await relays.leads(leader);
    await relays.start({ INSTANCE_ID: 'relay-b' });
    await relays.everythingPublished();
    const status = await eventually(async () => {
      const { code, said } = await run(['status', '--json']);
      expect(code, said).to.equal(0);
      const parsed = JSON.parse(said);
      // The report of an instance is up to two seconds old.
      expect(
        parsed.instances.map(({ instance, role }: { instance: string; role: string }) => [instance, role]),
      ).to.deep.equal([
        ['relay-a', 'leader'],
        ['relay-b', 'standby'],
      ]);
      return parsed;
    }, { timeoutMs: 20_000 });
    expect(status.leader).to.include({ instance: 'relay-a', term: 1 });
    expect(status.log).to.include({
      epoch: 1,
      backlog: 0,
      oldest_seconds: null,
      settled_position: 50,
      newest_position: 50,
    });
    expect(status.stream).to.include({ messages: 50, last_sequence: 50, last_marked_sequence: 50 });
    expect(status.stream.drift).to.deep.equal([]);

    await leader.stop();
    // Which relay leads is in the table at once; the report of an instance comes up to two seconds later.
    await eventually(async () => {
      const table = await run(['status']);
      expect(table.said)
        .to.match(/^Leader +relay-b, term 2, for \d+\.\d s$/m)
        .and.match(/^relay-b +leader/m)
        .and.not.match(/relay-a/);
    }, { timeoutMs: 20_000 });
  });

  it('says that nobody leads, and that NATS does not answer, with exit code 1', async function () {
    this.timeout(120_000);
    const { code, said } = await run(['status'], { NATS_URL: 'nats://127.0.0.1:9' });
    expect(code).to.equal(1);
    expect(said).to.match(/^! no relay leads$/m).and.match(/^! NATS does not answer: /m);
  });

  it('lists every problem of its configuration and ends with 2', async function () {
    this.timeout(120_000);
    const wrong = await run(['run'], { NATS_URL: 'localhost', STREAM_REPLICAS: '9', TEST_WITHOUT_CHAIN: 'true' });
    expect(wrong.code).to.equal(2);
    expect(wrong.said)
      .to.match(/^ {2}NATS_URL must be a URL/m)
      .and.match(/^ {2}STREAM_REPLICAS must be a whole number from 1 to 5/m);
    const unsafe = await run(['run'], { TEST_WITHOUT_CHAIN: 'true', NODE_ENV: 'production' });
    expect(unsafe.code).to.equal(2);
    expect(unsafe.said).to.match(/^ {2}TEST_WITHOUT_CHAIN is for NODE_ENV=test only/m);
    expect((await run(['run', '--bogus'])).code).to.equal(2);
    expect((await run(['publish'])).code).to.equal(2);
  });

  it('teaches its use', async function () {
    this.timeout(120_000);
    const { code, said } = await run(['--help']);
    expect(code).to.equal(0);
    expect(said)
      .to.match(/run \[options\]/)
      .and.match(/replay \[options\]/)
      .and.match(/status \[options\]/)
      .and.match(/dead +events that cannot be published/)
      .and.match(/Exit codes: 0 done/);
  });
});
