import { expect } from 'chai';
import { SYSTEM_ACTOR, mayActOn, mayReserveFor, worksFor } from './access.ts';
import { admin, customer, customerRef, vendorOf } from './testing/given-when-then.ts';

const reservation = { customerRef: customerRef('cust-1'), storeId: 'MAD-001', createdBy: customerRef('cust-1') };

describe('an actor', () => {
  it('works for the stores of a vendor\'s token; the administrator for all; a customer for none', () => {
    expect(worksFor(vendorOf('MAD-001', 'BCN-001'), 'BCN-001')).to.equal(true);
    expect(worksFor(vendorOf('MAD-001'), 'BCN-001')).to.equal(false);
    expect(worksFor(vendorOf(), 'MAD-001')).to.equal(false);
    expect(worksFor(admin, 'MAD-001')).to.equal(true);
    expect(worksFor({ ...customer('cust-1'), storeIds: new Set(['MAD-001']) }, 'MAD-001')).to.equal(false);
  });

  it('reserves for himself if a customer, for anybody if not', () => {
    expect(mayReserveFor(customer('cust-1'), customerRef('cust-1'))).to.equal(true);
    expect(mayReserveFor(customer('cust-1'), customerRef('cust-2'))).to.equal(false);
    expect(mayReserveFor(vendorOf(), 'cust-2')).to.equal(true);
    expect(mayReserveFor(admin, 'cust-2')).to.equal(true);
  });

  it('sees the reservations of his own, of his stores, and of his making', () => {
    expect(mayActOn(customer('cust-1'), reservation)).to.equal(true);
    expect(mayActOn(vendorOf('MAD-001'), reservation)).to.equal(true);
    expect(mayActOn(vendorOf('BCN-001'), { ...reservation, createdBy: 'vendor-1' })).to.equal(true);
    expect(mayActOn(admin, reservation)).to.equal(true);
    expect(mayActOn(SYSTEM_ACTOR, reservation)).to.equal(true);
  });

  it('sees no others', () => {
    expect(mayActOn(customer('cust-2'), reservation)).to.equal(false);
    expect(mayActOn(customer('cust-2'), { ...reservation, createdBy: customerRef('cust-2') })).to.equal(false);
    expect(mayActOn({ ...customer('cust-2'), storeIds: new Set(['MAD-001']) }, reservation)).to.equal(false);
    expect(mayActOn(vendorOf('BCN-001'), reservation)).to.equal(false);
    expect(mayActOn(vendorOf(), { ...reservation, customerRef: 'vendor-1' })).to.equal(false);
  });
});
