import { expect } from 'chai';
import { withSection } from './marked-section.ts';

const text = 'before\n<!-- figures: npm run generate writes this table -->\nold\n<!-- end of figures -->\nafter\n';

describe('a section between markers', () => {
  it('is replaced, and nothing around it', () => {
    expect(withSection(text, 'figures', 'new')).to.equal(text.replace('old', 'new'));
    expect(withSection(withSection(text, 'figures', 'new'), 'figures', 'old')).to.equal(text);
  });

  it('that a document does not have is an error that names it', () => {
    expect(() => withSection(text, 'others', 'new')).to.throw('no section others');
  });
});
