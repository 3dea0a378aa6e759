import { expect } from 'chai';
import { hourOf } from './hour.ts';

const now = Date.parse('2026-11-24T11:00:00Z');
const movement = (time: string, before: number, after: number) => {
  const numbers = (available: number) => ({ quantity: available, reserved: 0, available });
  return {
    version: 1, event_id: 'e', type: 'stock.updated', position: 1, time, actor: null, reason: null, reference: null, note: null, occurred_at: null,
    reservation_id: null, customer_id: null, delta: 0, reserved_delta: 0, before: numbers(before), after: numbers(after),
  };
};

describe('the last hour of a row', () => {
  it('is a stair that begins with what there was an hour ago and ends with what there is', () => {
    const movements = [movement('2026-11-24T10:59:00Z', 7, 5), movement('2026-11-24T10:30:00Z', 4, 7), movement('2026-11-24T09:00:00Z', 9, 4)];
    const { times, values } = hourOf(movements, 5, now);
    expect(values).to.deep.equal([4, 4, 7, 7, 5, 5]);
    expect(times.map((at) => at - now / 1000)).to.deep.equal([-3600, -1800, -1800, -60, -60, 0]);
  });

  it('is a straight line where nothing has happened', () => {
    expect(hourOf([], 3, now).values).to.deep.equal([3, 3]);
  });
});
