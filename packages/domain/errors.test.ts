import { expect } from 'chai';
import { InventoryError, errorCodes, refuse } from './errors.ts';

describe('an error', () => {
  it('has a code of the closed list, each once, each a word that may stand in a URL', () => {
    expect(new Set(errorCodes).size).to.equal(errorCodes.length);
    for (const code of errorCodes) expect(code).to.match(/^[a-z]+(_[a-z]+)*$/);
  });

  it('carries its details, and keeps what led to it', () => {
    const cause = new Error('connection terminated');
    const error = new InventoryError('overloaded', 'Too many wait.', { retryable: true }, cause);
    expect(error).to.be.instanceOf(Error);
    expect(error.name).to.equal('InventoryError');
    expect(error.code).to.equal('overloaded');
    expect(error.details).to.deep.equal({ retryable: true });
    expect(error.cause).to.equal(cause);
  });

  it('without a cause has none', () => {
    expect(new InventoryError('not_found', 'No.')).not.to.have.property('cause');
  });

  it('of a decision is a value', () => {
    expect(refuse('not_found', 'There is no such reservation.')).to.deep.equal({
      ok: false, refusal: { code: 'not_found', message: 'There is no such reservation.', details: {} },
    });
  });
});
