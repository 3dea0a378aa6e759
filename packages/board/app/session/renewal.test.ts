import { expect } from 'chai';
import { leadMs } from './renewal.ts';

describe('a token that ends', () => {
  it('is renewed two minutes before, and a short one when half of its time is over', () => {
    expect(leadMs({ issued: 1000, expires: 4600 })).to.equal(120_000);
    expect(leadMs({ issued: 1000, expires: 1240 })).to.equal(120_000);
    expect(leadMs({ issued: 1000, expires: 1060 })).to.equal(30_000);
    expect(leadMs({ issued: undefined, expires: 1060 })).to.equal(120_000);
  });
});
