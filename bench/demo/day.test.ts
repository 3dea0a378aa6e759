import { expect } from 'chai';
import { STORES } from './chain.ts';
import { CLOSES, OPENS, planDay } from './day.ts';

const chain = { stores: STORES, products: Array.from({ length: 20 }, (_, nth) => `p${nth}`) };

describe('a day of the demo', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(planDay(chain, { seed: 7, actions: 500 })).to.deep.equal(planDay(chain, { seed: 7, actions: 500 }));
    expect(planDay(chain, { seed: 8, actions: 500 })).not.to.deep.equal(planDay(chain, { seed: 7, actions: 500 }));
  });

  it('has thirty stores, everything that happens in a shop, within its hours and in their order', () => {
    const plan = planDay(chain, { seed: 1, actions: 2000 });
    expect(new Set(STORES.map(({ id }) => id)).size).to.equal(30);
    expect(new Set(plan.map(({ what }) => what))).to.deep.equal(new Set(['receive', 'hold', 'sell', 'return', 'count']));
    expect(plan.every(({ minute }, nth) => minute >= (plan[nth - 1]?.minute ?? OPENS) && minute < CLOSES)).to.equal(true);
    expect(new Set(plan.map(({ store }) => store)).size, 'every store has customers').to.equal(30);
  });

  it('runs one product out in one store at noon', () => {
    const wanted = new Map<string, number>();
    for (const action of planDay(chain, { seed: 3, actions: 0 })) {
      if (action.what === 'sell') wanted.set(`${action.store} ${action.product}`, (wanted.get(`${action.store} ${action.product}`) ?? 0) + action.quantity);
    }
    expect([...wanted.values()]).to.have.lengthOf(1);
    expect([...wanted.values()][0]).to.be.above(120);
  });
});
