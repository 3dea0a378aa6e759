import type { PendingReservation } from '@inventory/domain/reservation.ts';
import { expect } from 'chai';
import { createWorkingSet, keep, openHoldsOf, putReservation } from './working-set.ts';

const AT = new Date('2026-01-01T12:00:00.000Z');
const pending = (id: string, stockId: string): PendingReservation => ({
  id, stockId, productId: 'product', storeId: 'MAD-001', customerRef: null, quantity: 1, status: 'PENDING', batchId: null, reference: null,
  createdBy: 'cust-1', createdAt: AT, expiresAt: AT,
});
const idsOf = (holds: readonly PendingReservation[]): readonly string[] => holds.map(({ id }) => id);

describe('the open holds of a row', () => {
  it('are found without a look at those of other rows: a shelf of a thousand short rows would look at all of them a thousand times', () => {
    const set = createWorkingSet();
    let looks = 0;
    putReservation(set, pending('mine', 'row'));
    putReservation(set, {
      ...pending('other', 'another row'),
      get status(): 'PENDING' { looks += 1; return 'PENDING'; },
      get stockId(): string { looks += 1; return 'another row'; },
    });
    const before = looks;
    expect(idsOf(openHoldsOf(createWorkingSet(set), 'row'))).to.deep.equal(['mine']);
    expect(looks - before).to.equal(0);
  });

  it('are those of all layers, each as the uppermost has it, also when the layer is kept', () => {
    const base = createWorkingSet();
    for (const id of ['kept', 'ended']) putReservation(base, pending(id, 'row'));
    const layer = createWorkingSet(base);
    putReservation(layer, { ...pending('ended', 'row'), status: 'CANCELLED', closedAt: AT });
    putReservation(layer, pending('new', 'row'));
    expect(idsOf(openHoldsOf(base, 'row'))).to.have.members(['kept', 'ended']);
    expect(idsOf(openHoldsOf(layer, 'row'))).to.have.members(['kept', 'new']);
    keep(layer);
    expect(idsOf(openHoldsOf(base, 'row'))).to.have.members(['kept', 'new']);
  });
});
