import { expect } from 'chai';
import { decodeJwt, importJWK, importSPKI, jwtVerify, type CryptoKey } from 'jose';
import { createTestKeys } from './tokens.ts';

const EXPECTED = {
  issuer: 'inventory-dev', audience: 'inventory', algorithms: ['EdDSA'], requiredClaims: ['sub', 'exp', 'iat', 'jti'],
};

async function outcome(token: string, key: CryptoKey): Promise<string> {
  return jwtVerify(token, key, EXPECTED).then(() => 'valid', (error: unknown) => String(error));
}

describe('test tokens', () => {
  it('verify with either form of the public key and carry the claims of the HTTP contract', async () => {
    const keys = await createTestKeys();
    const token = await keys.token({ role: 'vendor', userId: 'u1', storeIds: ['MAD-001'] });
    for (const key of [await importSPKI(keys.publicKeyPem, 'EdDSA'), await importJWK(keys.publicKeyJwk, 'EdDSA')]) {
      const { payload } = await jwtVerify(token, key, EXPECTED);
      expect(payload).to.deep.include({ sub: 'u1', user_id: 'u1', role: 'vendor', store_ids: ['MAD-001'] });
    }
  });

  it('can be wrong in any one way', async () => {
    const keys = await createTestKeys();
    const key = await importSPKI(keys.publicKeyPem, 'EdDSA');
    const reasons = await Promise.all([
      keys.token({ role: 'admin', expiresIn: '-5m' }),
      keys.token({ role: 'admin', claims: { exp: undefined } }),
      keys.token({ role: 'admin', claims: { iss: 'somebody' } }),
    ].map(async (token) => outcome(await token, key)));
    expect(reasons[0]).to.contain('"exp"');
    expect(reasons[1]).to.contain('"exp"');
    expect(reasons[2]).to.contain('"iss"');
    const odd = decodeJwt(await keys.token({ role: 'admin', claims: { role: 'root', exp: 1e300 } }));
    expect(odd).to.include({ role: 'root', exp: 1e300 });
  });

  it('of one key do not verify with another', async () => {
    const [one, other] = [await createTestKeys(), await createTestKeys()];
    const key = await importSPKI(other.publicKeyPem, 'EdDSA');
    expect(await outcome(await one.token({ role: 'admin' }), key)).to.contain('signature');
  });
});
