import { expect } from 'chai';
import { createPseudonym } from './pseudonyms.ts';

describe('a pseudonym', () => {
  const pseudonym = createPseudonym('a key');

  it('is the same for the same text, and another for another text or key', () => {
    expect(pseudonym('cust-456')).to.equal(pseudonym('cust-456'));
    expect(new Set([pseudonym('cust-456'), pseudonym('cust-457'), createPseudonym('another')('cust-456')])).to.have.property('size', 3);
  });

  it('fits wherever an id fits, and shows nothing of it', () => {
    for (const text of ['', 'cust-456', 'é'.repeat(100), 'x'.repeat(255)]) {
      expect(pseudonym(text)).to.match(/^~[\w-]{32}$/);
    }
    expect(pseudonym('cust-456')).not.to.contain('cust');
  });
});
