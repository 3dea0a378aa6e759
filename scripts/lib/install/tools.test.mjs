// @ts-check
import { expect } from 'chai';
import { isNewEnough } from './tools.mjs';

describe('the version of Node', () => {
  it('has to be 24.2 or later', () => {
    expect(['20.20.2', '24.1.0'].map(isNewEnough)).to.deep.equal([false, false]);
    expect(['24.2.0', '24.21.0', '26.0.0'].map(isNewEnough)).to.deep.equal([true, true, true]);
  });
});
