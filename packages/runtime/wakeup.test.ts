import { expect } from 'chai';
import { createWakeup } from './wakeup.ts';

describe('wakeup', () => {
  it('remembers what arrives while nobody waits, once', async () => {
    const wakeup = createWakeup();
    wakeup.notify();
    wakeup.notify();
    expect(await wakeup.wait(10_000)).to.equal('notified');
    expect(await wakeup.wait(1)).to.equal('timeout');
  });

  it('ends the wait under way', async () => {
    const wakeup = createWakeup();
    const waiting = wakeup.wait(10_000);
    wakeup.notify();
    expect(await waiting).to.equal('notified');
    expect(await wakeup.wait(1)).to.equal('timeout');
  });

  it('returns at once on a signal that has aborted already', async () => {
    expect(await createWakeup().wait(10_000, AbortSignal.abort())).to.equal('aborted');
  });

  it('ends a wait when the signal aborts, and keeps no listener on a signal that outlives the wait', async () => {
    const controller = new AbortController();
    let listeners = 0;
    const { signal } = controller;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => { listeners += 1; add(...args); };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => { listeners -= 1; remove(...args); };
    const wakeup = createWakeup();
    for (let i = 0; i < 20; i += 1) await wakeup.wait(0, signal);
    expect(listeners).to.equal(0);
    const waiting = wakeup.wait(10_000, signal);
    controller.abort();
    expect(await waiting).to.equal('aborted');
  });

  it('remembers what comes after a notification has ended the wait, before the waiter runs on', async () => {
    const wakeup = createWakeup();
    const waiting = wakeup.wait(10_000);
    wakeup.notify();
    wakeup.notify();
    await waiting;
    expect(await wakeup.wait(1)).to.equal('notified');
  });
});
