import { UsageError } from '@inventory/runtime/cli/usage.ts';
import { expect } from 'chai';
import { parseDurables } from './durables.ts';

describe('the consumers of a replay', () => {
  it('have names that NATS takes, each once', () => {
    expect(parseDurables(['pricing', 'analytics', 'pricing'])).to.deep.equal(['analytics', 'pricing']);
    for (const name of ['', 'a.b', '*', 'a b']) expect(() => parseDurables([name])).to.throw(UsageError);
  });
});
