import { expect } from 'chai';
import pg from 'pg';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import type { Service } from '@inventory/testkit/servers/service.ts';
import { startPostgres } from '@inventory/testkit/servers/services.ts';
import { createNotifier, startListening } from './listen.ts';
import type { Notifier } from './listen.ts';

const CHANNEL = 'Listen "test"';

describe('a listener and a notifier', function () {
  this.timeout(90_000);
  let server: Service;
  let admin: pg.Client;
  const stops: (() => Promise<void>)[] = [];

  before(async () => {
    server = await startPostgres();
    admin = new pg.Client({ connectionString: server.url });
    await admin.connect();
  });
  after(async () => {
    await admin.end();
    await server.stop();
  });
  afterEach(() => Promise.all(stops.splice(0).map((stop) => stop())));

  interface Heard { hints: number; readonly states: boolean[]; readonly stop: () => Promise<void> }

  async function listen(): Promise<Heard> {
    const heard = listenTo(server.url);
    await eventually(() => { expect(heard.states).to.deep.equal([true]); });
    return heard;
  }

  function listenTo(url: string): Heard {
    const states: boolean[] = [];
    let hints = 0;
    const { stop } = startListening({
      url, applicationName: 'listen-test', channel: CHANNEL,
      onHint: () => { hints += 1; },
      onState: (listening) => { states.push(listening); },
    });
    stops.push(stop);
    return { states, stop, get hints() { return hints; }, set hints(value) { hints = value; } };
  }

  function notifier(): Notifier {
    const made = createNotifier({ url: server.url, applicationName: 'notify-test', channel: CHANNEL });
    stops.push(made.stop);
    return made;
  }

  /** Ends the backends of a name, once there is one. */
  const terminate = (name: string): Promise<void> => eventually(async () => {
    const { rowCount } = await admin.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1', [name]);
    expect(rowCount).to.be.above(0);
  });

  it('bring a hint, and one at the start for what came before', async () => {
    const heard = await listen();
    expect(heard.hints).to.equal(1);
    notifier().notify();
    await eventually(() => { expect(heard.hints).to.equal(2); });
  });

  it('coalesce: a thousand calls are two notifications, and none is the last without one after it', async () => {
    const heard = await listen();
    const { notify } = notifier();
    notify();
    await eventually(() => { expect(heard.hints).to.equal(2); });
    for (let i = 0; i < 1_000; i += 1) notify();
    await eventually(() => { expect(heard.hints).to.be.above(3); });
    await admin.query('SELECT pg_sleep(0.1)');
    expect(heard.hints, 'one under way, one for all that came meanwhile').to.equal(4);
  });

  it('listen again after the listener\'s backend has died, and say so, with a hint for what was missed', async () => {
    const heard = await listen();
    await terminate('listen-test');
    await eventually(() => { expect(heard.states).to.deep.equal([true, false, true]); });
    expect(heard.hints).to.equal(2);
    notifier().notify();
    await eventually(() => { expect(heard.hints).to.equal(3); });
  });

  it('notify again after the notifier\'s backend has died', async () => {
    const heard = await listen();
    const { notify } = notifier();
    notify();
    await eventually(() => { expect(heard.hints).to.equal(2); });
    await terminate('notify-test');
    // The hint in hand may be lost with the connection; the next ones arrive.
    await eventually(() => {
      notify();
      expect(heard.hints).to.be.above(2);
    });
  });

  it('outlive the server: after its death and return hints arrive again', async () => {
    const heard = await listen();
    const { notify } = notifier();
    notify();
    await admin.end();
    await server.kill();
    await eventually(() => { expect(heard.states.at(-1)).to.equal(false); });
    for (let i = 0; i < 10; i += 1) notify();
    await server.restart();
    admin = new pg.Client({ connectionString: server.url });
    await admin.connect();
    await eventually(() => { expect(heard.states.at(-1)).to.equal(true); });
    const before = heard.hints;
    await eventually(() => {
      notify();
      expect(heard.hints).to.be.above(before);
    });
  });

  it('stop at once, twice as well as once, and leave no connection behind', async () => {
    const heard = await listen();
    const { notify, stop } = notifier();
    notify();
    await Promise.all([heard.stop(), heard.stop(), stop(), stop()]);
    await stop();
    notify();
    await eventually(async () => {
      const { rows } = await admin.query(
        `SELECT application_name FROM pg_stat_activity WHERE application_name IN ('listen-test', 'notify-test')`);
      expect(rows).to.deep.equal([]);
    });
    expect(heard.states).to.deep.equal([true]);
  });

  it('stop while still connecting, and connected to a frozen server too, within a second or so', async () => {
    const early = listenTo(server.url);
    await early.stop();
    const settled = await listen();
    const late = listenTo(server.url);
    await server.freeze();
    try {
      const frozen = listenTo(server.url);
      const { notify, stop } = notifier();
      notify();
      const start = performance.now();
      await Promise.all([frozen.stop(), late.stop(), settled.stop(), stop()]);
      expect(performance.now() - start).to.be.below(3_000);
      expect([...early.states, ...frozen.states]).to.deep.equal([]);
    } finally {
      await server.resume();
    }
  });

  it('try again by themselves while there is no server, until they are stopped', async () => {
    const heard = listenTo('postgres://postgres@127.0.0.1:1/postgres');
    await eventually(() => { expect(heard.states).to.have.length.above(1); });
    expect(new Set(heard.states)).to.deep.equal(new Set([false]));
    await heard.stop();
    const told = heard.states.length;
    await admin.query('SELECT pg_sleep(0.6)');
    expect(heard.states).to.have.length(told);
  });
});
