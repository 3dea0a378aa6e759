import { expect } from 'chai';
import fc from 'fast-check';
import { changes, kindOf, kinds, touchedBy } from './kinds.ts';
import type { KindName } from './kinds.ts';
import { drawPlan, planText, sharesOf } from './plan.ts';
import { createRandom, hashOf } from './random.ts';

const ALL = kinds.map(({ name }) => name);
const seeds = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const chosen = fc.subarray(ALL, { minLength: 1 });
const drawn = fc.tuple(seeds, fc.integer({ min: 1_000, max: 900_000 }), chosen)
  .map(([seed, durationMs, names]) => ({ names, plan: drawPlan({ seed, durationMs, kinds: names }) }));
const faultsOf = ({ rounds }: ReturnType<typeof drawPlan>) => rounds.flatMap(({ faults }) => faults);

describe('the plan of a run', () => {
  it('follows from its seed alone', () => {
    fc.assert(fc.property(seeds, chosen, (seed, names) => {
      const draw = () => drawPlan({ seed, durationMs: 300_000, kinds: names });
      expect(draw()).to.deep.equal(draw());
    }));
    const texts = new Set([1, 2, 3, 4, 5].map((seed) => planText(drawPlan({ seed, durationMs: 300_000, kinds: ALL }))));
    expect(texts.size).to.equal(5);
  });

  it('has only the kinds that were asked for, with targets and times of their own', () => {
    fc.assert(fc.property(drawn, ({ names, plan }) => {
      for (const { kind, target, lastsMs } of faultsOf(plan)) {
        expect(names).to.include(kind);
        expect(kindOf(kind).targets).to.include(target);
        expect(lastsMs).to.be.within(...kindOf(kind).lastsMs);
      }
    }));
  });

  it('fits into its time, or is one round', () => {
    fc.assert(fc.property(drawn, ({ plan: { durationMs, rounds } }) => {
      const spentMs = rounds.reduce((sum, { calmMs, faults }) => sum + calmMs + Math.max(...faults.map(({ lastsMs }) => lastsMs)), 0);
      expect(rounds.length === 1 || spentMs < durationMs).to.equal(true);
    }));
  });

  it('draws each kind as often as any other, give or take one', () => {
    fc.assert(fc.property(drawn, ({ names, plan }) => {
      const counts = names.map((name) => faultsOf(plan).filter(({ kind }) => kind === name).length);
      expect(Math.max(...counts) - Math.min(...counts)).to.be.at.most(1);
    }));
  });

  it('goes on until each kind has come as often as was asked for', () => {
    fc.assert(fc.property(seeds, fc.integer({ min: 1, max: 4 }), chosen, (seed, each, names) => {
      const plan = drawPlan({ seed, durationMs: 1_000, kinds: names, each });
      for (const name of names) expect(faultsOf(plan).filter(({ kind }) => kind === name).length, name).to.be.within(each, each + 1);
    }));
    const long = { seed: 1, durationMs: 600_000, kinds: ALL };
    expect(drawPlan({ ...long, each: 1 }), 'no longer than it has to').to.deep.equal(drawPlan(long));
  });

  it('shares a number of times out among runs', () => {
    expect(sharesOf(5, 3)).to.deep.equal([2, 2, 1]);
    expect(sharesOf(1, 3)).to.deep.equal([1, 0, 0]);
    fc.assert(fc.property(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 1, max: 9 }), (least, runs) => {
      const shares = sharesOf(least, runs);
      expect(shares.reduce((sum, share) => sum + share, 0)).to.equal(least);
      expect(Math.max(...shares) - Math.min(...shares)).to.be.at.most(1);
    }));
  });

  it('lets only small faults come together, and never two at one server, nor one that the other needs', () => {
    let pairs = 0;
    fc.assert(fc.property(drawn, ({ plan }) => {
      for (const { faults: [first, second, ...more] } of plan.rounds) {
        expect(more).to.deep.equal([]);
        if (first === undefined || second === undefined) continue;
        pairs += 1;
        expect([kindOf(first.kind).small, kindOf(second.kind).small]).to.deep.equal([true, true]);
        expect(touchedBy(second).filter((each) => touchedBy(first).includes(each))).to.deep.equal([]);
      }
    }));
    expect(pairs, 'rounds of two faults').to.be.above(10);
  });

  it('refuses to be made of nothing', () => {
    const none: readonly KindName[] = [];
    expect(() => drawPlan({ seed: 1, durationMs: 1, kinds: none })).to.throw(RangeError);
    expect(() => kindOf('no-such-kind')).to.throw(RangeError, 'no-such-kind');
  });
});

describe('the kinds of faults', () => {
  it('have different names, targets, a time, and something that they must change', () => {
    expect(new Set(ALL).size).to.equal(ALL.length);
    for (const { name, targets, lastsMs: [least, most], mustChange } of kinds) {
      expect(targets, name).to.not.deep.equal([]);
      expect(least, name).to.be.within(1, most);
      expect(mustChange, name).to.not.deep.equal([]);
      for (const change of mustChange) expect(changes, name).to.include(change);
    }
  });
});

describe('chance', () => {
  it('is the same for the same seed, and spreads over what it may draw', () => {
    const [a, b] = [createRandom(7), createRandom(7)];
    const draws = Array.from({ length: 1_000 }, () => a.int(0, 9));
    expect(Array.from({ length: 1_000 }, () => b.int(0, 9))).to.deep.equal(draws);
    for (let n = 0; n < 10; n += 1) expect(draws.filter((each) => each === n).length, String(n)).to.be.within(60, 140);
    expect([...createRandom(7).shuffle(draws)].toSorted()).to.deep.equal(draws.toSorted());
  });

  it('forks into sequences of their own', () => {
    const random = createRandom(7);
    const first = random.fork('load').next();
    random.next();
    expect(random.fork('load').next()).to.equal(first);
    expect(random.fork('plan').next()).to.not.equal(first);
    expect(hashOf('a')).to.not.equal(hashOf('b'));
  });
});
