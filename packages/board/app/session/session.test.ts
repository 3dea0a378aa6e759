import { expect } from 'chai';
import { mayExplain, readToken } from './session.ts';

const base64 = (text: string): string => btoa(String.fromCharCode(...new TextEncoder().encode(text))).replaceAll('+', '-').replaceAll('/', '_');
const token = (claims: object): string => `e30.${base64(JSON.stringify(claims))}.sig`;

describe('a token that somebody signs in with', () => {
  it('tells the page who looks, in any alphabet, with or without the word Bearer', () => {
    const found = readToken(`  Bearer ${token({ sub: 'vendor-ñ', role: 'vendor', store_ids: ['MAD-001'], exp: 5 })}\n`);
    expect(found).to.deep.include({ user: 'vendor-ñ', role: 'vendor', stores: ['MAD-001'], expires: 5 });
    expect(found?.token.startsWith('e30.')).to.equal(true);
  });

  it('is none where it has no three parts, or no JSON in them', () => {
    for (const text of ['', 'a.b', 'a.!!.c', 'a.b.c', `a.${base64('x')}.c`]) expect(readToken(text), text).to.equal(undefined);
  });

  it('opens explanations for an admin, and for a vendor in his own stores', () => {
    const of = (role: string) => readToken(token({ sub: 'x', role, store_ids: ['MAD-001'] })) ?? expect.fail();
    expect(mayExplain(of('admin'), 'BCN-001')).to.equal(true);
    expect(mayExplain(of('vendor'), 'MAD-001')).to.equal(true);
    expect(mayExplain(of('vendor'), 'BCN-001')).to.equal(false);
    expect(mayExplain(of('customer'), 'MAD-001')).to.equal(false);
  });
});
