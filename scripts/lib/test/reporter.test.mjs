// @ts-check
import { expect } from 'chai';
import { skipReason } from './reporter.mjs';

describe('a skipped test', () => {
  it('carries its reason in its title', () => {
    expect(skipReason('x works (skipped: no docker) on a Monday')).to.equal('no docker');
    expect(skipReason('x works (skipped: needs psql (client))')).to.equal('needs psql (client)');
    expect(skipReason('x works')).to.equal(undefined);
  });
});
