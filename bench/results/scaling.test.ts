import { expect } from 'chai';
import { figureRow, measuredFacts } from '../testing/figures.ts';
import { ASSUMED, limitsOf, measuredOf, needOf } from './scaling.ts';

const measured = measuredOf({ rows: [figureRow({ id: 'R1', value: 20_000 })], facts: measuredFacts });

describe('what a chain needs', () => {
  it('grows with its stores, and where it is counted in whole machines, in steps', () => {
    const [ten, hundred] = [needOf(10, measured), needOf(100, measured)];
    for (const what of ['peakEvents', 'iops', 'databaseGbAYear', 'streamGb', 'redisGb', 'relayLoad'] as const) {
      expect(hundred[what] / ten[what], what).to.be.closeTo(10, 1e-6);
    }
    expect(needOf(1, measured).apis).to.equal(ASSUMED.apisAtLeast);
    expect(hundred.dollarsPerMillion).to.be.below(ten.dollarsPerMillion);
  });

  it('is what one reckons by hand', () => {
    // 1 000 stores × (2 000 × 2 + 1 000) events = 5 000 000 a day, 578.7 a second at the peak of ten times the mean.
    const need = needOf(1_000, measured);
    expect(need.peakEvents).to.be.closeTo(578.7, 0.1);
    expect(need.databaseCores, '100 µs an event, half of each core').to.be.closeTo(0.1157, 0.001);
    expect(need.relayLoad, 'of half of 20 000/s').to.be.closeTo(0.05787, 0.0001);
    expect(need.streamGb, '7 days, 3 replicas, 1 000 bytes each').to.be.closeTo(105, 1e-6);
    expect(need.databaseGbAYear, '1 000 bytes an event, 500 a hold').to.be.closeTo(365 * (5 + 1), 1e-6);
  });

  it('reads cost more where a product is in many stores, as far as it is in them and the answer lists them', () => {
    const ofAll = (stores: number): number => needOf(stores, measured).redisCoresOfAll / stores;
    expect(ofAll(1_000)).to.be.above(ofAll(1) * 10);
    expect(ofAll(10_000)).to.be.closeTo(ofAll(1_000), 1e-6);
    const chosen = (stores: number): number => needOf(stores, measured).redisCores / stores;
    expect(chosen(10_000)).to.be.closeTo(chosen(ASSUMED.storesAsked), 1e-6).and.below(ofAll(10_000) / 5);
  });

  it('breaks where a limit is reached, at no store fewer', () => {
    const limits = limitsOf(measured);
    const relay = limits.find(({ what }) => what.startsWith('relay'))?.stores ?? 0;
    expect(needOf(relay, measured).relayLoad).to.be.at.least(1);
    expect(needOf(relay - 1, measured).relayLoad).to.be.below(1);
    expect(limits.map(({ stores }) => stores)).to.deep.equal(limits.map(({ stores }) => stores).sort((a, b) => a - b));
  });

  it('says which figures are missing', () => {
    const { read: _read, ...facts } = measuredFacts;
    expect(() => measuredOf({ rows: [], facts })).to.throw('lacks read, R1');
  });
});
