import { expect } from 'chai';
import { masked } from './masked.ts';

describe('a payload that is shown', () => {
  it('names nobody, not even where it is cut off', () => {
    expect(masked('{"customer_id": "cust-\\"1\\"","quantity":2,"created_by":"boss"}')).to.equal('{"customer_id": "•••","quantity":2,"created_by":"•••"}');
    expect(masked('{"quantity":2,"customer_id":"cus')).to.equal('{"quantity":2,"customer_id":"•••"');
    expect(masked('{"customer_id":"cust-\\'), 'behind a backslash').to.equal('{"customer_id":"•••"');
    expect(masked('{"note":"customer_id"}')).to.equal('{"note":"customer_id"}');
  });
});
