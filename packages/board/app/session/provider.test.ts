import { expect } from 'chai';
import { isReturn, providerOf } from './provider.ts';

describe('the identity provider of the page', () => {
  it('is one where the server names it and the board\'s id there', () => {
    expect(providerOf({ board: 'full' })).to.equal(undefined);
    expect(providerOf({ board: 'full', issuer: 'https://id.example' })).to.equal(undefined);
    expect(providerOf({ issuer: 'https://id.example', client: 'board' })).to.deep.equal(
      { issuer: 'https://id.example', client: 'board', scope: 'openid', parameters: '' });
  });

  it('sends people back with a state, and a code or an error: no filter of the board looks so', () => {
    const is = (query: string): boolean => isReturn(new URLSearchParams(query));
    expect([is('code=a&state=b'), is('error=access_denied&state=b')]).to.deep.equal([true, true]);
    expect([is(''), is('code=a'), is('state=parked'), is('q=code&state=parked')]).to.deep.equal([false, false, false, false]);
  });
});
