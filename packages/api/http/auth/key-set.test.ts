import { once } from 'node:events';
import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import { InventoryError } from '@inventory/domain/errors.ts';
import { captureLog } from '@inventory/runtime/testing/log.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { AUDIENCE, createTestKeys, ISSUER } from '@inventory/testkit/http/tokens.ts';
import type { TestKeys } from '@inventory/testkit/http/tokens.ts';
import { expect } from 'chai';
import { SignJWT } from 'jose';
import { createVerifier } from './verifier.ts';
import type { Verifier } from './verifier.ts';

const HOUR_MS = 3_600_000;

/** With an identity provider in every state. */
describe('a key set', () => {
  let server: Server;
  let url: string;
  let keys: TestKeys;
  let answer: RequestListener;
  let looks = 0;
  let verifier: Verifier;
  /** By how many ms the clock of the key set is ahead. */
  let ahead = 0;
  before(async () => {
    keys = await createTestKeys();
    server = createServer((req, res) => {
      looks += 1;
      answer(req, res);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/keys`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => {
    looks = 0;
    ahead = 0;
  });
  afterEach(() => verifier.stop());

  const start = (from = url): Verifier => {
    verifier = createVerifier({ publicKey: undefined, jwksUrl: from, issuer: ISSUER, audience: AUDIENCE }, {
      log: captureLog().log, isRevoked: () => false, now: () => performance.now() + ahead,
    });
    return verifier;
  };
  const serve = (...set: readonly object[]): void => {
    answer = (_req, res) => { res.end(JSON.stringify({ keys: set })); };
  };
  const named = (kid: string, from: TestKeys) => ({ ...from.publicKeyJwk, kid });
  const token = (kid: string, from: TestKeys, seconds = 3600): Promise<string> =>
    new SignJWT({ role: 'admin' }).setProtectedHeader({ alg: 'EdDSA', kid }).setSubject('admin-1').setIssuer(ISSUER)
      .setAudience(AUDIENCE).setIssuedAt().setExpirationTime(Math.floor(Date.now() / 1000) + seconds).sign(from.privateKey);
  async function outcome(text: string | Promise<string>): Promise<string> {
    try {
      return (await verifier.verify(await text)).id;
    } catch (error) {
      if (error instanceof InventoryError) return error.code;
      throw error;
    }
  }

  it('that has the key verifies; one that has another refuses', async () => {
    serve(named('a', keys));
    start();
    expect(await outcome(token('a', keys))).to.equal('admin-1');
    expect(await outcome(token('a', await createTestKeys()))).to.equal('unauthenticated');
    expect(await outcome(token('b', keys))).to.equal('unauthenticated');
  });

  it('row 96: that cannot be had, or is malformed, is a 503 and not a fault of the token', async () => {
    const wrong: Readonly<Record<string, RequestListener>> = {
      'status 500': (_req, res) => { res.writeHead(500).end(); },
      'status 404': (_req, res) => { res.writeHead(404).end('{}'); },
      'no JSON': (_req, res) => { res.end('no'); },
      'no keys': (_req, res) => { res.end('{}'); },
      'an empty set': (_req, res) => { res.end('{"keys":[]}'); },
      'keys that are none': (_req, res) => { res.end('{"keys":[null,7,"a",{"kty":"oct","k":"AAAA"}]}'); },
      'a private key': (_req, res) => { res.end(JSON.stringify({ keys: [{ ...keys.publicKeyJwk, d: 'AAAA' }] })); },
      'a body without end': (_req, res) => {
        const more = (): void => { if (!res.destroyed) res.write('x'.repeat(16_384), () => { setImmediate(more); }); };
        more();
      },
      'a redirect': (_req, res) => { res.writeHead(302, { location: '/elsewhere' }).end(); },
      'a cut': (_req, res) => { res.writeHead(200, { 'content-length': '500' }).write('{"keys":['); res.destroy(); },
    };
    for (const [what, mood] of Object.entries(wrong)) {
      answer = mood;
      start();
      expect(await outcome(token('a', keys)), what).to.equal('dependency_unavailable');
      await verifier.stop();
    }
    start('http://127.0.0.1:1/keys');
    expect(await outcome(token('a', keys))).to.equal('dependency_unavailable');
  });

  it('with a key that no schema can read is used without that key', async () => {
    const odd = { kty: 'RSA', kid: 'odd', n: { length: { toString: 1 } }, e: 'AQAB' };
    answer = (_req, res) => { res.end(JSON.stringify({ keys: [odd, { ...keys.publicKeyJwk, kid: 'a' }] })); };
    start();
    expect(await outcome(token('a', keys))).to.equal('admin-1');
  });

  it('that rotates is read again at the first token of the new key, and the old key is forgotten', async () => {
    const next = await createTestKeys();
    const old = await token('a', keys);
    serve(named('a', keys));
    start();
    expect(await outcome(old)).to.equal('admin-1');
    serve(named('b', next));
    ahead += 11_000;
    expect(await outcome(token('b', next))).to.equal('admin-1');
    expect(looks).to.equal(2);
    ahead += 11_000;
    expect(await outcome(old), 'it was verified before').to.equal('unauthenticated');
  });

  it('is not read again for every made-up key id', async () => {
    serve(named('a', keys));
    start();
    await Promise.all(Array.from({ length: 50 }, (_, n) => outcome(token(`made-up-${n}`, keys))));
    expect(looks).to.equal(1);
    ahead += 11_000;
    const told = await Promise.all(Array.from({ length: 50 }, (_, n) => outcome(token(`made-up-${n}`, keys))));
    expect([looks, new Set(told)]).to.deep.equal([2, new Set(['unauthenticated'])]);
  });

  it('serves for hours while the provider is away, and for a day at most', async () => {
    serve(named('a', keys));
    start();
    expect(await outcome(token('a', keys))).to.equal('admin-1');
    const known = await token('a', keys, 90_000);
    expect(await outcome(known)).to.equal('admin-1');
    answer = (req) => { req.socket.destroy(); };
    for (const hours of [1, 5, 17]) {
      ahead += hours * HOUR_MS;
      expect(await outcome(token('a', keys, 3600 + hours)), `${hours} hours later`).to.equal('admin-1');
    }
    expect(await outcome(token('b', keys)), 'a key that may be new').to.equal('dependency_unavailable');
    ahead += 2 * HOUR_MS;
    expect(await outcome(token('a', keys, 7200)), 'after 25 hours').to.equal('dependency_unavailable');
    expect(await outcome(known), 'one that was verified before').to.equal('dependency_unavailable');
    serve(named('a', keys));
    ahead += 11_000;
    expect(await outcome(token('a', keys, 7200)), 'when it is back').to.equal('admin-1');
  });

  it('that hangs delays no token whose key is known', async () => {
    serve(named('a', keys));
    start();
    expect(await outcome(token('a', keys))).to.equal('admin-1');
    let hanging = 0;
    answer = () => { hanging += 1; };
    ahead += HOUR_MS;
    const unknown = outcome(token('b', keys));
    await eventually(() => { expect(hanging).to.equal(1); });
    let unknownIsTold = false;
    void unknown.then(() => { unknownIsTold = true; });
    expect(await outcome(token('a', keys, 3601))).to.equal('admin-1');
    expect(unknownIsTold, 'it waits for the provider').to.equal(false);
    expect(await unknown).to.equal('dependency_unavailable');
  });
});
