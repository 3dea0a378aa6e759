import { captureLog } from '@inventory/runtime/testing/log.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { expect } from 'chai';
import { unauthenticated } from '../http/auth/verifier.ts';
import type { Line } from './line.ts';
import { createViewers } from './viewers.ts';

const PATIENCE = { timeoutMs: 20_000 };

describe('viewers', function () {
  this.timeout(60_000);

  /** Adds a viewer whose token is checked so; what he was told is in `sent`. */
  const watch = (viewers: ReturnType<typeof createViewers>, key: string, check: () => Promise<unknown>): { readonly sent: readonly string[] } => {
    const sent: string[] = [];
    let ended = false;
    const line: Line = {
      send: (frame) => { sent.push(typeof frame === 'string' ? frame : frame.bytes.toString()); }, clear: () => true, unsent: () => 0, closed: () => ended, whenClear: () => undefined,
      end: (frame) => {
        sent.push(frame);
        ended = true;
        leave();
      },
      destroy: () => undefined,
    };
    const leave = viewers.add({
      line, idAt: () => undefined, endsWithEpoch: true,
      session: { actor: { id: 'cust-1', role: 'customer', storeIds: new Set() }, user: 'cust-1', key, check },
    });
    return { sent };
  };

  it('hear goodbye although nobody can tell whether one of them is still allowed', async () => {
    const viewers = createViewers({ head: () => undefined, log: captureLog().log });
    const { promise: told, resolve: tell } = Promise.withResolvers<void>();
    let asked = 0;
    const { sent } = watch(viewers, 'token', () => {
      asked += 1;
      return told;
    });
    await eventually(() => { expect(asked).to.equal(1); }, PATIENCE);
    const stopping = viewers.stop();
    await eventually(() => { expect(sent.at(-1)).to.match(/^event: bye\n/); }, PATIENCE);
    expect(asked).to.equal(1);
    tell();
    await stopping;
  });

  it('are sent away when their token is over, although nobody can tell of another one', async () => {
    const viewers = createViewers({ head: () => undefined, log: captureLog().log });
    const { promise: told, resolve: tell } = Promise.withResolvers<void>();
    watch(viewers, 'first', () => told);
    const { sent } = watch(viewers, 'second', () => Promise.reject(unauthenticated()));
    await eventually(() => { expect(sent.at(-1)).to.match(/^event: bye\n.*TOKEN/s); }, PATIENCE);
    tell();
    await viewers.stop();
  });
});
