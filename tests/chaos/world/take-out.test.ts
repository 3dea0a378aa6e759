import { expect } from 'chai';
import { readRepository } from '../../repository/sources.ts';
import { changesOf, isProtection, protectionEnv, protections } from './take-out.ts';

describe('a protection that can be taken out', () => {
  const sources = readRepository().filter(({ path }) => /^(packages|db)\/.*\.ts$/.test(path) && !/\.test\.ts$|\/testing\/|^packages\/testkit\//.test(path));

  for (const name of Object.keys(protections).filter(isProtection)) {
    it(`stands in the source, in one place, or has a variable of its own: ${name}`, () => {
      const changes = changesOf(name);
      if (changes.length === 0) expect(Object.keys(protectionEnv(name))).to.not.deep.equal([]);
      for (const { from } of changes) {
        const places = sources.flatMap(({ path, text }) => text.split(from).slice(1).map(() => path));
        expect(places, `where "${from}" stands; tests/chaos/world/take-out.ts follows the source`).to.have.length(1);
      }
    });
  }

  it('is taken out of nothing by itself', () => { expect(protectionEnv(undefined)).to.deep.equal({}); });
});
