import { createHmac, createSign, generateKeyPairSync, KeyObject, sign } from 'node:crypto';
import { mock } from 'node:test';
import { InventoryError } from '@inventory/domain/errors.ts';
import { captureLog } from '@inventory/runtime/testing/log.ts';
import { AUDIENCE, createTestKeys, ISSUER } from '@inventory/testkit/http/tokens.ts';
import type { TestKeys } from '@inventory/testkit/http/tokens.ts';
import { expect } from 'chai';
import { createVerifier } from './verifier.ts';
import type { Verifier } from './verifier.ts';

const rules = { publicKey: undefined, jwksUrl: undefined, issuer: ISSUER, audience: AUDIENCE };
const vendor = { role: 'vendor', userId: 'vendor-789', storeIds: ['MAD-001'] } as const;

/** The id of the actor, or the code of the refusal. */
async function outcome({ verify }: Pick<Verifier, 'verify'>, token: string): Promise<string> {
  try {
    return (await verify(token)).id;
  } catch (error) {
    if (error instanceof InventoryError) return error.code;
    throw error;
  }
}

const base64 = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('a token', () => {
  let keys: TestKeys;
  let verify: Verifier;
  const revoked = new Set<string | undefined>();
  const deps = { log: captureLog().log, isRevoked: ({ jti, sub }: { jti: string | undefined; sub: string }) => revoked.has(jti) || revoked.has(sub) };
  before(async () => {
    keys = await createTestKeys();
    verify = createVerifier({ ...rules, publicKey: keys.publicKeyPem }, deps);
  });

  const claimsOf = (token: string): Record<string, unknown> => {
    const [, body = ''] = token.split('.');
    const claims: Record<string, unknown> = JSON.parse(Buffer.from(body, 'base64url').toString());
    return claims;
  };

  const signedBy = (header: object, body: object): string => {
    const text = `${base64(header)}.${base64(body)}`;
    return `${text}.${sign(null, Buffer.from(text), KeyObject.from(keys.privateKey)).toString('base64url')}`;
  };

  it('of the right key gives the actor, his role and his stores; PEM and JWK give the same key', async () => {
    const token = await keys.token(vendor);
    for (const publicKey of [keys.publicKeyPem, JSON.stringify(keys.publicKeyJwk)]) {
      expect(await createVerifier({ ...rules, publicKey }, deps).verify(token)).to.deep.equal(
        { id: 'vendor-789', role: 'vendor', storeIds: new Set(['MAD-001']) });
    }
  });

  it('names its user as user_id, as sub, or as both where they are equal', async () => {
    const asked = (claims: Record<string, unknown>) => keys.token({ role: 'admin', claims });
    expect(await outcome(verify, await asked({ user_id: undefined, sub: 'a' }))).to.equal('a');
    expect(await outcome(verify, await asked({ user_id: 'a', sub: undefined }))).to.equal('a');
    expect(await outcome(verify, await asked({ user_id: 'a', sub: 'a' }))).to.equal('a');
    expect(await outcome(verify, await asked({ user_id: 'a', sub: 'b' }))).to.equal('unauthenticated');
    expect(await outcome(verify, await asked({ user_id: undefined, sub: undefined }))).to.equal('unauthenticated');
  });

  it('row 89: above 4 KB is refused before it is looked at', async () => {
    const big = await keys.token({ ...vendor, claims: { padding: 'x'.repeat(9000) } });
    expect(await outcome(verify, big)).to.equal('unauthenticated');
  });

  it('row 90: of another key, algorithm, issuer, audience or time is refused', async () => {
    const good = await keys.token(vendor);
    const [head = '', body = '', signature = ''] = good.split('.');
    const claims = claimsOf(good);
    const seconds = Math.floor(Date.now() / 1000);
    const foreign = await createTestKeys();
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const signed = (header: object, by: (text: string) => Buffer): string => {
      const text = `${base64(header)}.${base64(claims)}`;
      return `${text}.${by(text).toString('base64url')}`;
    };
    const signedWith = (header: object): string =>
      signed(header, (text) => sign(null, Buffer.from(text), KeyObject.from(keys.privateKey)));
    const tokens: Readonly<Record<string, string>> = {
      'alg none': `${base64({ alg: 'none' })}.${body}.`,
      'alg none with a signature': `${base64({ alg: 'none' })}.${body}.${signature}`,
      'HS256 with the public key': signed({ alg: 'HS256' }, (text) => createHmac('sha256', keys.publicKeyPem).update(text).digest()),
      'RS256 with a key of its own': signed({ alg: 'RS256' }, (text) => createSign('sha256').update(text).sign(rsa)),
      'ES256': signed({ alg: 'ES256' }, () => Buffer.alloc(64, 1)),
      'a foreign key': await foreign.token(vendor),
      'a foreign key in the header': signed({ alg: 'EdDSA', jwk: foreign.publicKeyJwk, jku: 'https://x.example', kid: '../x' }, () => Buffer.alloc(64)),
      'a critical header': signed({ alg: 'EdDSA', crit: ['b64'], b64: false }, () => Buffer.alloc(64)),
      'changed payload': `${head}.${base64({ ...claims, role: 'admin' })}.${signature}`,
      'no signature': `${head}.${body}.`,
      'issuer': await keys.token({ ...vendor, claims: { iss: 'other' } }),
      'no issuer': await keys.token({ ...vendor, claims: { iss: undefined } }),
      'audience': await keys.token({ ...vendor, claims: { aud: 'other' } }),
      'expired': await keys.token({ ...vendor, expiresIn: '-10m' }),
      'no exp': await keys.token({ ...vendor, claims: { exp: undefined } }),
      'exp 1e308': await keys.token({ ...vendor, claims: { exp: 1e308, iat: seconds - 40 * 86_400 } }),
      'exp as text': await keys.token({ ...vendor, claims: { exp: '9999999999' } }),
      'no iat': await keys.token({ ...vendor, claims: { iat: undefined } }),
      'a logout token': signedWith({ alg: 'EdDSA', typ: 'logout+jwt' }),
      'iat in the future': await keys.token({ ...vendor, claims: { iat: seconds + 3600 } }),
      'nbf in the future': await keys.token({ ...vendor, claims: { nbf: seconds + 3600 } }),
      'not a JWT': 'abc', 'dots': '..', 'four parts': `${good}.x`, 'empty': '',
    };
    const outcomes = await Promise.all(Object.entries(tokens).map(async ([what, token]) => [what, await outcome(verify, token)]));
    expect(outcomes).to.deep.equal(Object.keys(tokens).map((what) => [what, 'unauthenticated']));
    expect(await outcome(verify, good)).to.equal('vendor-789');
    for (const typ of ['JWT', 'at+jwt', 'application/at+jwt']) {
      expect(await outcome(verify, signedWith({ alg: 'EdDSA', typ })), typ).to.equal('vendor-789');
    }
  });

  it('of a user id that a request would read as another one is refused: two users must not become one', async () => {
    for (const id of ['Jose\u0301', 'a\u202eb', 'a\u200bb', 'a\nb', '\u212b']) {
      expect(await outcome(verify, await keys.token({ ...vendor, userId: id })), JSON.stringify(id)).to.equal('unauthenticated');
    }
    expect(await outcome(verify, await keys.token({ ...vendor, userId: 'Jos\u00e9' }))).to.equal('Jos\u00e9');
  });

  it('that was verified before is refused once it has expired', async () => {
    const token = await keys.token({ ...vendor, expiresIn: '1h' });
    expect(await outcome(verify, token)).to.equal('vendor-789');
    mock.timers.enable({ apis: ['Date'], now: Date.now() + 3_590_000 });
    try {
      expect(await outcome(verify, token), 'ten seconds before').to.equal('vendor-789');
      mock.timers.tick(20_000);
      expect(await outcome(verify, token)).to.equal('unauthenticated');
    } finally {
      mock.timers.reset();
    }
  });

  it('that is revoked, or whose user is, is refused from then on, although it was verified before', async () => {
    const token = await keys.token({ ...vendor, userId: 'vendor-9' });
    const { jti } = claimsOf(token);
    const revoke = (value: string, refused: string) => {
      revoked.clear();
      revoked.add(value);
      return outcome(verify, token).then((told) => { expect(told).to.equal(refused); });
    };
    expect(await outcome(verify, token)).to.equal('vendor-9');
    await revoke(String(jti), 'unauthenticated');
    await revoke('vendor-9', 'unauthenticated');
    await revoke('vendor-8', 'vendor-9');
    revoked.clear();
  });

  it('row 93: with malformed claims is refused', async () => {
    const wrong: readonly Record<string, unknown>[] = [
      { role: 'root' }, { role: ['admin'] }, { role: undefined }, { role: 'Admin' },
      { store_ids: 'MAD-001' }, { store_ids: undefined }, { store_ids: ['MAD.001'] }, { store_ids: [7] },
      { store_ids: Array.from({ length: 10_000 }, (_, n) => `S-${n}`) }, { store_ids: { 0: 'MAD-001' } },
      { user_id: 7, sub: undefined }, { user_id: '', sub: '' }, { user_id: 'x'.repeat(101), sub: 'x'.repeat(101) },
      { user_id: 'a\u0000b', sub: 'a\u0000b' }, { jti: 7 }, { jti: 'x'.repeat(256) },
    ];
    for (const claims of wrong) {
      expect(await outcome(verify, await keys.token({ ...vendor, claims })), JSON.stringify(claims).slice(0, 60)).to.equal('unauthenticated');
    }
  });

  it('may narrow its role: to what it lists of the known permissions, and an empty list leaves none', async () => {
    const narrowed = async (value: unknown) => (await verify.verify(await keys.token({ ...vendor, claims: { permissions: value } }))).permissions;
    expect(await narrowed(undefined), 'as ever').to.equal(undefined);
    expect(await narrowed([])).to.deep.equal(new Set());
    expect(await narrowed(['stock:count', 'write:mail', 'constructor', 'stock:COUNT'])).to.deep.equal(new Set(['stock:count']));
    for (const wrong of [null, 'stock:count', { 0: 'stock:count', length: 1 }, [7], ['stock:count', null]]) {
      expect(await outcome(verify, await keys.token({ ...vendor, claims: { permissions: wrong } })), JSON.stringify(wrong)).to.equal('unauthenticated');
    }
  });

  it('with any claim of any shape is refused or read: none is a fault of the server', async () => {
    const odd: readonly unknown[] = [
      { length: { toString: 1 } }, { toString: 1 }, { valueOf: 1 }, [{ length: { toString: 1 } }], { length: -1 }, [], null,
      { __proto__: null }, 1e308, 'x'.repeat(3000), '\ud800', true,
    ];
    const names = ['sub', 'user_id', 'role', 'store_ids', 'jti', 'exp', 'iat', 'nbf', 'iss', 'aud', '__proto__', 'constructor', 'permissions'];
    for (const name of names) {
      for (const value of odd) {
        const claims = { ...vendor, [name]: value };
        const body = { ...claimsOf(await keys.token(vendor)), ...claims };
        const told = await outcome(verify, signedBy({ alg: 'EdDSA' }, body));
        expect(told, `${name}: ${JSON.stringify(value).slice(0, 40)}`).to.be.oneOf(['vendor-789', 'unauthenticated']);
      }
    }
    for (const value of odd) {
      for (const field of ['typ', 'kid', 'cty', 'b64', 'crit', 'alg', 'jwk', 'x5c', 'zip']) {
        const header = { alg: 'EdDSA', [field]: value };
        expect(await outcome(verify, signedBy(header, claimsOf(await keys.token(vendor)))), `header ${field}: ${JSON.stringify(value).slice(0, 40)}`)
          .to.be.oneOf(['vendor-789', 'unauthenticated']);
      }
    }
  });

  it('has one spelling: other texts that decode to the same bytes are refused', async () => {
    const good = await keys.token(vendor);
    const [head = '', body = '', signature = ''] = good.split('.');
    const same = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_']
      .map((last) => `${signature.slice(0, -1)}${last}`)
      .filter((other) => other !== signature && Buffer.from(other, 'base64url').equals(Buffer.from(signature, 'base64url')));
    expect(same).to.have.length(15);
    const standard = Buffer.from(signature, 'base64url').toString('base64');
    for (const other of [...same, standard, standard.replaceAll('=', ''), `${signature}=`, `${signature}==`]) {
      if (other === signature) continue;
      expect(await outcome(verify, `${head}.${body}.${other}`), other).to.equal('unauthenticated');
    }
    expect(await outcome(verify, good)).to.equal('vendor-789');
  });

  it('that was verified before is refused once it is 30 days old, however late it expires', async () => {
    const day = 86_400_000;
    const token = await keys.token({ ...vendor, expiresIn: '400d' });
    mock.timers.enable({ apis: ['Date'], now: Date.now() + 29 * day });
    try {
      expect(await outcome(verify, token), 'a day before').to.equal('vendor-789');
      mock.timers.tick(day + 20_000);
      expect(await outcome(verify, token)).to.equal('unauthenticated');
    } finally {
      mock.timers.reset();
    }
  });

  it('of a customer or an admin needs no stores, and gets none; of a customer it is known when it was issued', async () => {
    for (const role of ['customer', 'admin'] as const) {
      const { actor, issuedAtMs } = await verify.look(await keys.token({ role, userId: 'u', storeIds: ['MAD-001'] }));
      expect(actor).to.deep.equal({ id: 'u', role, storeIds: new Set(), ...(role === 'customer' ? { issuedAtMs } : {}) });
    }
  });
});
