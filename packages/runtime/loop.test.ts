import { expect } from 'chai';
import { captureLog } from './testing/log.ts';
import { createHalt, startLoop, type StepOutcome } from './loop.ts';
import { createReadiness } from './readiness.ts';
import { createWakeup, type Wakeup } from './wakeup.ts';

const FAR = 60_000;

/** A loop whose steps return what the list says, and a promise for the moment when the list is used up. */
function scripted(
  outcomes: readonly (StepOutcome | Error)[],
  more: { readonly minMs?: number; readonly wakeup?: Wakeup } = {},
) {
  const capture = captureLog();
  const at: number[] = [];
  const finished = Promise.withResolvers<undefined>();
  const loop = startLoop({
    name: 'scripted',
    step() {
      at.push(performance.now());
      const outcome = outcomes[at.length - 1];
      if (at.length >= outcomes.length) finished.resolve(undefined);
      if (outcome instanceof Error) return Promise.reject(outcome);
      return Promise.resolve(outcome ?? FAR);
    },
    idleMs: FAR,
    backoff: { minMs: more.minMs ?? 1, maxMs: 1000 },
    log: capture.log,
    ...(more.wakeup === undefined ? {} : { wakeup: more.wakeup }),
  });
  return { loop, at, finished: finished.promise, lines: capture.lines };
}

describe('loop', () => {
  it('goes again at once while there is more, and lets other work have its turn in between', async () => {
    let turns = 0;
    const timer = setInterval(() => { turns += 1; }, 0);
    const { loop, finished, at } = scripted([...Array.from({ length: 2000 }, () => 'more' as const), 'idle']);
    await finished;
    clearInterval(timer);
    await loop.stop();
    expect(at).to.have.length(2001);
    expect(turns).to.be.greaterThan(0);
  });

  it('waits idle until it is woken', async () => {
    const wakeup = createWakeup();
    const { loop, finished, at } = scripted(['idle', 'idle'], { wakeup });
    wakeup.notify();
    await finished;
    await loop.stop();
    expect(at).to.have.length(2);
  });

  it('waits as long as a step asks for', async () => {
    const { loop, finished, at } = scripted([30, 'idle']);
    await finished;
    await loop.stop();
    expect((at[1] ?? 0) - (at[0] ?? 0)).to.be.within(28, 500);
  });

  it('backs off from a failing step instead of spinning, however often it is woken', async () => {
    const wakeup = createWakeup();
    const { loop, finished, at } = scripted([new Error('no')], { minMs: 1000, wakeup });
    await finished;
    for (let i = 0; i < 50; i += 1) {
      wakeup.notify();
      await new Promise(setImmediate);
    }
    expect(at).to.have.length(1);
    await loop.stop();
  });

  it('tries again after its backoff', async () => {
    const { loop, finished, at } = scripted([new Error('a'), new Error('b'), 'idle'], { minMs: 40 });
    await finished;
    await loop.stop();
    // Half of 40 + 80 at the least.
    expect((at[2] ?? 0) - (at[0] ?? 0)).to.be.within(58, 5000);
  });

  it('logs a repeated failure once, another one again, and the recovery', async () => {
    const [a, b] = [new Error('a'), new Error('b')];
    const { loop, finished, lines } = scripted([a, a, a, b, 'idle']);
    await finished;
    await loop.stop();
    expect(lines().map(({ level, message }) => `${String(level)} ${String(message)}`)).to.deep.equal([
      'error scripted failed, repeating', 'error scripted failed, repeating', 'info scripted works again',
    ]);
    expect(lines()[0]).to.have.nested.property('error.message', 'a');
  });

  it('stops only when the step in hand has ended, and every call of stop waits for that', async () => {
    const inHand = Promise.withResolvers<StepOutcome>();
    const ends: string[] = [];
    let aborted: boolean | undefined;
    const loop = startLoop({
      name: 'slow',
      async step(signal) {
        const outcome = await inHand.promise;
        ends.push('step');
        aborted = signal.aborted;
        return outcome;
      },
      idleMs: FAR,
      backoff: { minMs: 1, maxMs: 1 },
      log: captureLog().log,
    });
    const stopped = [loop.stop(), loop.stop(), loop.done].map((end) => end.then(() => ends.push('stopped')));
    inHand.resolve('more');
    await Promise.all(stopped);
    expect(ends).to.deep.equal(['step', 'stopped', 'stopped', 'stopped']);
    expect(aborted).to.equal(true);
  });

  it('does not report the error of a step that was interrupted by the stop', async () => {
    const { log, lines } = captureLog();
    const loop = startLoop({
      name: 'interrupted',
      step: (signal) => new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => { reject(new Error('aborted')); });
      }),
      idleMs: FAR, backoff: { minMs: 1, maxMs: 1 }, log,
    });
    await loop.stop();
    expect(lines()).to.deep.equal([]);
  });
});

class Final extends Error {}

describe('a process that has met what only another release cures', () => {
  const never = new AbortController().signal;
  const make = () => {
    const readiness = createReadiness();
    const { log, lines } = captureLog();
    return { readiness, lines, halt: createHalt({ check: 'formats', isFinal: (error) => error instanceof Final, readiness, log }) };
  };

  it('does nothing any more, in none of its steps, and says why, once', async () => {
    const { halt, readiness, lines } = make();
    let worked = 0;
    const works = halt.guard(() => Promise.resolve(worked += 1));
    await works(never);
    const fails = halt.guard(() => Promise.reject(new Error('a batch was not written', { cause: new Final('too new') })));
    expect(await fails(never)).to.equal('idle');
    expect(await works(never)).to.equal('idle');
    expect(halt.halts(new Final('too new'))).to.equal(true);
    expect(worked).to.equal(1);
    expect(readiness.ready()).to.equal(false);
    expect(readiness.snapshot()).to.deep.equal([{ name: 'formats', ok: false, required: true, detail: 'too new' }]);
    expect(lines().filter(({ level }) => level === 'error')).to.have.length(1);
  });

  it('goes on after any other failure', async () => {
    const { halt, readiness } = make();
    const failure = await halt.guard(() => Promise.reject(new Error('away')))(never).catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(Error).with.property('message', 'away');
    expect(halt.halts(failure)).to.equal(false);
    expect(await halt.guard(() => Promise.resolve('more'))(never)).to.equal('more');
    expect(readiness.ready()).to.equal(true);
  });
});
