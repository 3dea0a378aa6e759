/** A rolling restart of everything that is ours, behind a real nginx and under load: no request may fail. */
import { Agent } from 'node:https';
import { expect } from 'chai';
import { nextFreePort } from '../../scripts/lib/process/ports.mjs';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { expectInvariants } from '@inventory/testkit/invariants/invariants.ts';
import { DRAIN_MS, noEdge, startEdge } from './edge.ts';
import type { Edge } from './edge.ts';
import { startSteadyLoad } from './steady-load.ts';
import type { Ask, SteadyLoad } from './steady-load.ts';
import { startSystem } from './system.ts';
import type { System } from './system.ts';
import { seededProducts } from '@inventory/testkit/http/traffic.ts';
import { expectEqualCopies } from './equal-copies.ts';

const skipped = noEdge === '' ? '' : ` (skipped: ${noEdge})`;
const KEEPING_CLIENTS = 6;
const CLOSING_CLIENTS = 2;

(noEdge === '' ? describe : describe.skip)(`a rolling restart under load, through a real nginx${skipped}`, function () {
  this.timeout(600_000);
  let system: System;
  let edge: Edge;
  let load: SteadyLoad;
  const agents: Agent[] = [];

  before(async () => {
    // Below those that the system gives to connections: a restarted api finds its port free.
    const ports: number[] = [];
    while (ports.length < 3) ports.push(await nextFreePort((ports.at(-1) ?? 21_000) + 1));
    system = await startSystem({
      apis: 3, relays: 2, projectors: 2,
      apiEnv: (nth) => ({ PORT: String(ports[nth]), TRUST_PROXY: '127.0.0.1', HTTP_DRAIN_MS: DRAIN_MS }),
    });
    edge = await startEdge(system.apis.map(({ port }) => port));
    const keeping = Array.from({ length: KEEPING_CLIENTS }, (): Ask => {
      // Keeps its connections to nginx; Node's agent does not send on one whose last answer said that it ends.
      const agent = new Agent({ keepAlive: true });
      agents.push(agent);
      return (method, path, options) => edge.ask(method, path, { ...options, agent });
    });
    const closing = Array.from({ length: CLOSING_CLIENTS }, (): Ask => (method, path, options) =>
      edge.ask(method, path, { ...options, headers: { ...options?.headers, connection: 'close' } }));
    load = startSteadyLoad([...keeping, ...closing], {
      token: await system.keys.token({ role: 'admin' }), products: await seededProducts(system),
    });
  });
  after(async () => {
    agents.forEach((agent) => { agent.destroy(); });
    await edge.stop();
    await system.stop();
  });

  /** As run.md says: the next one when nginx has taken this one back. */
  const takenBack = async (nth: number): Promise<void> => {
    const answered = (): boolean => system.apis[nth]?.logs.some(({ route }) => route !== undefined) === true;
    await eventually(() => { expect(answered()).to.equal(true); },
      { timeoutMs: 60_000, what: `nginx to ask api number ${nth} again` });
  };

  for (const command of ['api', 'relay', 'projector'] as const) {
    it(`costs no request: each ${command}`, async () => {
      for (const nth of { api: [0, 1, 2], relay: [0, 1], projector: [0, 1] }[command]) {
        const [begun, answered] = [performance.now(), load.answered()];
        await system.restart(command, nth);
        const restartedMs = performance.now() - begun;
        if (command === 'api') await takenBack(nth);
        await eventually(() => { expect(load.answered() - answered).to.be.above(500); }, { what: 'the load to go on', timeoutMs: 60_000 });
        console.log(`      ${command} ${nth}: stopped and ready again in ${restartedMs.toFixed(0)} ms, `
          + `${load.answered() - answered} requests answered until the next one, ${load.failures.length} failed`);
        expect(load.failures).to.deep.equal([]);
      }
    });
  }

  it('was felt by nginx and by the standby, and by nobody else: each write once, no read wrong, all copies equal', async () => {
    await load.stop(system.sql);
    console.log(`      ${load.summary()}`);
    const log = await edge.log();
    expect(log, 'requests that nginx took to the next instance').to.match(/"upstream":"[^",]+, [^"]+"/);
    const { rows: [leader] } = await system.sql.query<{ term: number }>('SELECT term::int FROM relay_leader');
    expect(leader?.term, 'terms of the relay').to.be.above(1);
    await expectEqualCopies(system);
    await expectInvariants(system.sql);
    const { stdout } = await system.command('packages/projector/main.ts', ['verify', '--deep']);
    expect(stdout).to.contain(' 0 differences, 0 streams that do not fold');
  });
});
