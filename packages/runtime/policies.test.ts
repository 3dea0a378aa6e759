import { expect } from 'chai';
import { captureLog } from './testing/log.ts';
import { createMetrics } from './metrics.ts';
import { PolicyError, createPolicy, type BreakerOptions, type BreakerState } from './policies.ts';
import { sleep } from './sleep.ts';

class Down extends Error {}
class Refused extends Error {}

function policyWith(
  more: { timeoutMs?: number; breaker?: BreakerOptions; bulkhead?: { limit: number; queue: number } } = {},
) {
  const metrics = createMetrics({ process: 'test', instance: '1' });
  const { log, lines } = captureLog();
  const policy = createPolicy({
    name: 'db', timeoutMs: 1000, breaker: { failures: 3, resetMs: 60_000 }, ...more,
    isFailure: (error) => error instanceof Down, log, metrics,
  });
  return { policy, metrics, said: () => lines().map(({ message }) => message) };
}

const down = () => Promise.reject(new Down('down'));
const refused = () => Promise.reject(new Refused('no'));
const never = () => new Promise<never>(() => undefined);
const fine = () => Promise.resolve('fine');

/** What a call ended with: its value, the kind of a PolicyError, or the message of another error. */
async function end(call: Promise<unknown>): Promise<unknown> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof PolicyError) return error.kind;
    return error instanceof Error ? error.message : error;
  }
}

describe('policy', () => {
  it('opens after so many failures in a row, and then does not even begin a call', async () => {
    const { policy } = policyWith();
    for (let i = 0; i < 3; i += 1) expect(await end(policy.execute(down))).to.equal('down');
    let begun = false;
    expect(await end(policy.execute(() => { begun = true; return fine(); }))).to.equal('open');
    expect(begun).to.equal(false);
    expect(policy.state()).to.equal('open');
  });

  it('says once that it is open, however often it tries, and once that it is closed again', async () => {
    const { policy, said } = policyWith({ breaker: { failures: 3, resetMs: 1 } });
    const tried: unknown[] = [];
    while (tried.length < 10) {
      const outcome = await end(policy.execute(down));
      if (outcome === 'down') tried.push(outcome);
      else await sleep(2);
    }
    expect(said()).to.deep.equal(['breaker db is open']);
    await sleep(2);
    expect(await end(policy.execute(fine))).to.equal('fine');
    for (let i = 0; i < 3; i += 1) await end(policy.execute(down));
    expect(said()).to.deep.equal(['breaker db is open', 'breaker db is closed again', 'breaker db is open']);
  });

  it('opens when the dependency hangs: the timeout is inside the breaker', async () => {
    const { policy } = policyWith({ timeoutMs: 5 });
    for (let i = 0; i < 3; i += 1) expect(await end(policy.execute(never))).to.equal('timeout');
    expect(await end(policy.execute(fine))).to.equal('open');
  });

  it('is not opened by errors that are answers, which pass through untouched', async () => {
    const { policy } = policyWith();
    for (let i = 0; i < 20; i += 1) expect(await end(policy.execute(refused))).to.equal('no');
    expect(policy.state()).to.equal('closed');
  });

  it('takes such an answer as a sign of health between two failures', async () => {
    const { policy } = policyWith();
    for (let i = 0; i < 10; i += 1) {
      await end(policy.execute(down));
      await end(policy.execute(down));
      await end(policy.execute(refused));
    }
    expect(policy.state()).to.equal('closed');
  });

  it('lets one call try after the pause, turns the others away at once, and closes when it succeeds', async () => {
    const { policy } = policyWith({ breaker: { failures: 1, resetMs: 20 } });
    const states: BreakerState[] = [];
    policy.onChange((state) => { states.push(state); });
    await end(policy.execute(down));
    await sleep(25);
    const probe = Promise.withResolvers<string>();
    const probing = policy.execute(() => probe.promise);
    expect(policy.state()).to.equal('half_open');
    expect(await end(policy.execute(fine))).to.equal('open');
    probe.resolve('back');
    expect(await probing).to.equal('back');
    expect(await policy.execute(fine)).to.equal('fine');
    expect(states).to.deep.equal(['open', 'half_open', 'closed']);
  });

  it('opens again when the try fails, for another pause', async () => {
    const { policy } = policyWith({ breaker: { failures: 1, resetMs: 20 } });
    await end(policy.execute(down));
    await sleep(25);
    expect(await end(policy.execute(down))).to.equal('down');
    expect(await end(policy.execute(fine))).to.equal('open');
    await sleep(25);
    expect(await policy.execute(fine)).to.equal('fine');
  });

  it('recovers in time although the clock was set back', async () => {
    const { policy } = policyWith({ breaker: { failures: 1, resetMs: 20 } });
    await end(policy.execute(down));
    const now = Date.now;
    try {
      Date.now = () => now() - 3_600_000;
      await sleep(25);
      expect(await policy.execute(fine)).to.equal('fine');
    } finally {
      Date.now = now;
    }
  });

  it('opens at a share of failures within a window', async () => {
    const breaker = { failureRatio: 0.5, samplingMs: 1000, minimumPerSecond: 5, resetMs: 60_000 };
    const { policy } = policyWith({ breaker });
    for (let i = 0; i < 5; i += 1) await end(policy.execute(fine));
    for (let i = 0; i < 4; i += 1) await end(policy.execute(down));
    expect(policy.state()).to.equal('closed');
    for (let i = 0; i < 3; i += 1) await end(policy.execute(down));
    expect(policy.state()).to.equal('open');
  });

  it('lets so many calls in, keeps so many waiting, and turns the rest away', async () => {
    const { policy } = policyWith({ bulkhead: { limit: 2, queue: 1 } });
    const gate = Promise.withResolvers<string>();
    let running = 0;
    const calls = Array.from({ length: 5 }, () => end(policy.execute(() => { running += 1; return gate.promise; })));
    await sleep(1);
    expect(running).to.equal(2);
    gate.resolve('in');
    expect(await Promise.all(calls)).to.deep.equal(['in', 'in', 'in', 'bulkhead', 'bulkhead']);
    expect(policy.state()).to.equal('closed');
  });

  it('does not begin waiting calls any more when the breaker has opened meanwhile', async () => {
    const { policy } = policyWith({ breaker: { failures: 1, resetMs: 60_000 }, bulkhead: { limit: 1, queue: 10 } });
    let begun = 0;
    const calls = Array.from({ length: 5 }, () => end(policy.execute(() => { begun += 1; return down(); })));
    expect(await Promise.all(calls)).to.deep.equal(['down', 'open', 'open', 'open', 'open']);
    expect(begun).to.equal(1);
  });

  it('aborts the signal of a call that takes too long', async () => {
    const { policy } = policyWith({ timeoutMs: 5 });
    let seen: AbortSignal | undefined;
    await end(policy.execute((signal) => { seen = signal; return never(); }));
    expect(seen?.aborted).to.equal(true);
  });

  it('leaves no unhandled rejection behind when a call fails after its timeout', async () => {
    const { policy } = policyWith({ timeoutMs: 5 });
    const unhandled: unknown[] = [];
    const listener = (reason: unknown): void => { unhandled.push(reason); };
    process.on('unhandledRejection', listener);
    await end(policy.execute(async () => { await sleep(10); throw new Down('late'); }));
    await sleep(20);
    process.off('unhandledRejection', listener);
    expect(unhandled).to.deep.equal([]);
  });

  it('reports its state and what it turned away', async () => {
    const { policy, metrics } = policyWith();
    for (let i = 0; i < 5; i += 1) await end(policy.execute(down));
    const text = await metrics.registry.metrics();
    expect(text).to.contain('policy_breaker_open{policy="db",process="test"} 1');
    expect(text).to.contain('policy_refusals_total{policy="db",kind="open",process="test"} 2');
  });
});
