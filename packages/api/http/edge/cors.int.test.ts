import { createClient } from '@inventory/testkit/http/client.ts';
import { expect } from 'chai';
import { customer, startTestApi } from '../../testing/api.ts';
import type { TestApi } from '../../testing/api.ts';

const SHOP = 'https://shop.example';

describe('what browsers are told', () => {
  let api: TestApi;
  before(async () => { api = await startTestApi({ edge: { corsOrigins: [SHOP] } }); });
  after(() => api.close());
  const preflight = (origin: string) => createClient(`http://127.0.0.1:${api.port}/api/v1`).request('OPTIONS', '/stock', undefined, {
    headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' },
  });

  it('that an origin of the list may call and read answers, refusals included', async () => {
    const asked = await preflight(SHOP);
    expect(asked.status).to.equal(204);
    expect(asked.headers.get('access-control-allow-origin')).to.equal(SHOP);
    expect(asked.headers.get('access-control-allow-methods')).to.include('POST');
    expect(asked.headers.get('access-control-allow-headers')).to.include('Authorization').and.include('Idempotency-Key').and.include('Last-Event-ID');
    expect(asked.headers.get('ratelimit'), 'it has no token, and costs nothing').to.equal(null);
    for (const path of ['/stores', '/nowhere']) {
      const { headers } = await (await api.as(customer)).get(path, { headers: { origin: SHOP } });
      expect(headers.get('access-control-allow-origin'), path).to.equal(SHOP);
      expect(headers.get('access-control-expose-headers')).to.include('RateLimit').and.include('ETag');
      expect(headers.get('access-control-allow-credentials')).to.equal(null);
      expect(headers.get('vary')).to.include('Origin');
    }
  });

  it('row 80: nothing about CORS for any other origin', async () => {
    for (const origin of ['https://evil.example', `${SHOP}.evil.example`, 'http://shop.example', `${SHOP}:8443`, 'null', '']) {
      const answers = [await preflight(origin), await (await api.as(customer)).get('/stores', { headers: { origin } })];
      for (const { headers } of answers) {
        expect([...headers.keys()].filter((name) => name.startsWith('access-control-')), origin).to.deep.equal([]);
        expect(headers.get('vary')).to.include('Origin');
      }
    }
  });

  it('not to guess types, frame pages or fall back to http, and nothing about the software', async () => {
    const { headers } = await (await api.as(customer)).get('/nowhere');
    expect(headers.get('x-content-type-options')).to.equal('nosniff');
    expect(headers.get('x-frame-options')).to.equal('SAMEORIGIN');
    expect(headers.get('strict-transport-security')).to.match(/^max-age=\d{8}/);
    expect(headers.get('content-security-policy')).to.include('default-src \'self\'');
    expect(headers.get('referrer-policy')).to.equal('no-referrer');
    expect([headers.get('x-powered-by'), headers.get('server')]).to.deep.equal([null, null]);
  });
});
