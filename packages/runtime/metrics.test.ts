import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { createMetrics } from './metrics.ts';

describe('metrics', () => {
  it('exposes what was counted, set and observed, with the name of the process', async () => {
    const metrics = createMetrics({ process: 'demo', instance: 'demo-1' });
    metrics.counter({ name: 'calls_total', help: 'h', labels: ['kind'] }).inc({ kind: 'a' }, 2);
    metrics.counter({ name: 'plain_total', help: 'h' }).inc();
    let asked = 0;
    metrics.gauge({ name: 'depth', help: 'h', collect: (gauge) => { gauge.set(asked += 1); } });
    metrics.histogram({ name: 'took_seconds', help: 'h', buckets: [0.1, 1] }).observe(0.5);
    await metrics.registry.metrics();
    const text = await metrics.registry.metrics();
    expect(text).to.contain('calls_total{kind="a",process="demo"} 2');
    expect(text).to.contain('plain_total{process="demo"} 1');
    expect(text).to.contain('depth{process="demo"} 2');
    expect(text).to.contain('took_seconds_bucket{le="1",process="demo"} 1');
    expect(text).to.contain('process_info{id="demo-1",process="demo"} 1');
    expect(text).to.contain('nodejs_eventloop_lag_seconds');
  });

  it('tells how late the event loop was since the last scrape, without the time between two looks', async () => {
    const { registry } = createMetrics({ process: 'demo', instance: 'demo-1' });
    const lag = async () => {
      const text = await registry.metrics();
      const [min = NaN, max = NaN] = ['min', 'max'].map((figure) =>
        Number(new RegExp(`^nodejs_eventloop_lag_${figure}_seconds\\{.*\\} (.*)$`, 'm').exec(text)?.[1]));
      return { min, max };
    };
    expect(await lag(), 'nothing was seen yet').to.deep.equal({ min: 0, max: 0 });
    // Two looks at least, and a loop that stood still for longer than the time between them.
    await delay(250);
    const until = performance.now() + 400;
    while (performance.now() < until);
    await delay(250);
    const { min, max } = await lag();
    expect(max).to.be.within(0.25, 60);
    expect(min).to.be.at.most(max);
    expect((await lag()).max, 'told once').to.be.below(max);
  });

  it('says nothing of the server of the log before a session has told which one it is', async () => {
    const { registry, serverKnown } = createMetrics({ process: 'demo', instance: 'demo-1' });
    expect(await registry.metrics()).to.not.match(/^pg_server_known\{/m);
    serverKnown.set(0);
    expect(await registry.metrics()).to.match(/^pg_server_known\{process="demo"\} 0$/m);
  });

  it('refuses a second metric of the same name', () => {
    const metrics = createMetrics({ process: 'demo', instance: 'demo-1' });
    metrics.counter({ name: 'calls_total', help: 'h' });
    expect(() => metrics.counter({ name: 'calls_total', help: 'h' })).to.throw();
  });

  it('keeps the registries of two processes apart', () => {
    createMetrics({ process: 'a', instance: '1' }).counter({ name: 'calls_total', help: 'h' });
    createMetrics({ process: 'b', instance: '1' }).counter({ name: 'calls_total', help: 'h' });
  });
});
