import { expect } from 'chai';
import { holderOf, overHoldLimits, overReservationUnits, overSaleLimit, productUnits, unitOf } from './limits.ts';
import type { Limits } from './limits.ts';

const limits: Limits = { customer: { units: 10, reservations: 3 }, vendor: { units: 20, reservations: 6 }, unitsSoldPerDay: 10 };
const customer = { kind: 'customer', id: 'cust-1' } as const;
const vendor = { kind: 'vendor', id: 'vendor-1' } as const;

describe('what is held', () => {
  it('reaches the limits, and not one unit or reservation more', () => {
    expect(overHoldLimits({ units: 6, reservations: 2 }, 4, customer, limits)).to.equal(undefined);
    expect(overHoldLimits({ units: 6, reservations: 2 }, 5, customer, limits)?.code).to.equal('hold_limit_exceeded');
    expect(overHoldLimits({ units: 3, reservations: 3 }, 1, customer, limits)?.code).to.equal('hold_limit_exceeded');
    expect(overHoldLimits({ units: 16, reservations: 5 }, 4, vendor, limits)).to.equal(undefined);
    expect(overHoldLimits({ units: 16, reservations: 5 }, 5, vendor, limits)?.code).to.equal('hold_limit_exceeded');
  });

  it('is refused with the numbers', () => {
    expect(overHoldLimits({ units: 6, reservations: 2 }, 5, customer, limits)?.message).to.contain('6 units').and.contain('10');
    expect(overHoldLimits({ units: 3, reservations: 3 }, 1, customer, limits)?.message).to.contain('3 reservations');
  });

  it('counts against the customer, the vendor who made it, or nobody', () => {
    expect(holderOf({ role: 'customer', id: 'cust-1' }, 'cust-1')).to.deep.equal(customer);
    expect(holderOf({ role: 'service', id: 'shop-1' }, 'cust-1')).to.deep.equal(customer);
    expect(holderOf({ role: 'vendor', id: 'vendor-1' }, 'cust-1')).to.deep.equal(vendor);
    expect(holderOf({ role: 'admin', id: 'admin-1' }, 'cust-1')).to.equal(undefined);
  });
});

describe('what a customer buys in a day', () => {
  it('reaches the limit, and not one unit more', () => {
    expect(overSaleLimit(6, 4, limits)).to.equal(undefined);
    expect(overSaleLimit(6, 5, limits)?.code).to.equal('sale_limit_exceeded');
    expect(overSaleLimit(6, 5, limits)?.message).to.contain('6 units').and.contain('10');
  });
});

describe('the unit of a product', () => {
  it('says how many of them one hold may be of: 100 pieces, or 100 000 of what is weighed or measured', () => {
    for (const unit of productUnits) {
      const most = unit === 'PIECE' ? 100 : 100_000;
      expect(overReservationUnits(most, unit), unit).to.equal(undefined);
      expect(overReservationUnits(most + 1, unit), unit).to.deep.include({ code: 'validation_failed' });
      expect(overReservationUnits(most + 1, unit)?.details.errors?.[0]?.pointer).to.equal('/quantity');
    }
  });

  it('that this release does not know has the narrowest limit', () => {
    expect(['G', 'PIECE', 'CM2', 'BARREL', ''].map(unitOf)).to.deep.equal(['G', 'PIECE', 'CM2', 'PIECE', 'PIECE']);
  });
});
