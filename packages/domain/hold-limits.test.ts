import { expect } from 'chai';
import { overHoldLimits } from './hold-limits.ts';

const limits = { units: 10, reservations: 3 };

describe('a customer\'s holds', () => {
  it('reach the limits, and not one unit or reservation more', () => {
    expect(overHoldLimits({ units: 6, reservations: 2 }, 4, limits)).to.equal(undefined);
    expect(overHoldLimits({ units: 6, reservations: 2 }, 5, limits)?.code).to.equal('hold_limit_exceeded');
    expect(overHoldLimits({ units: 3, reservations: 3 }, 1, limits)?.code).to.equal('hold_limit_exceeded');
  });

  it('are refused with the numbers', () => {
    expect(overHoldLimits({ units: 6, reservations: 2 }, 5, limits)?.message).to.contain('6 units').and.contain('10');
    expect(overHoldLimits({ units: 3, reservations: 3 }, 1, limits)?.message).to.contain('3 reservations');
  });
});
