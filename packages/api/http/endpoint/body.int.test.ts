import { gzipSync } from 'node:zlib';
import type { Answer, Client } from '@inventory/testkit/http/client.ts';
import { expect } from 'chai';
import { addProduct, admin, startTestApi } from '../../testing/api.ts';
import type { TestApi } from '../../testing/api.ts';

/** Section B of docs/bad-input.md. */
describe('bad bodies', () => {
  let api: TestApi;
  let client: Client;
  let productId: string;
  before(async () => {
    api = await startTestApi();
    client = await api.as(admin);
    productId = await addProduct(api.db);
  });
  after(() => api.close());
  afterEach('nothing was written', async () => {
    const { rows } = await api.pool.query('SELECT 1 FROM events WHERE event_type = $1', ['stock.updated']);
    expect(rows).to.deep.equal([]);
  });

  const good = () => JSON.stringify({ product_id: productId, store_id: 'MAD-001', quantity_change: 1, reason: 'RESTOCK' });
  const post = (body: string | Buffer, headers: Readonly<Record<string, string>> = {}) => client.post('/stock', body, { headers });
  function expectProblem(answer: Answer, status: number, code: string): void {
    expect([answer.status, answer.body['code']], answer.text).to.deep.equal([status, code]);
    expect(answer.headers.get('content-type')).to.equal('application/problem+json');
  }

  it('row 29: a body that is not JSON is malformed_json, and its text is not echoed', async () => {
    for (const body of ['{"product_id":', '{"a":1,}', '{"a":1} // x', '{"a":NaN}', '{\'a\':1}', '{secret}', '{"a":01}', '{"a":"\t"}']) {
      const answer = await post(body);
      expectProblem(answer, 400, 'malformed_json');
      expect(answer.text).to.not.match(/secret|position|token|SyntaxError/i);
    }
  });

  it('row 30: without a body every required field is missing', async () => {
    for (const answer of [await client.request('POST', '/stock'), await post('')]) {
      expectProblem(answer, 400, 'validation_failed');
      expect(answer.text).to.match(/"errors":\[\{"pointer":"/);
    }
  });

  it('row 31: white space is not JSON', async () => {
    expectProblem(await post('  \n '), 400, 'malformed_json');
  });

  it('rows 32 to 34: another type, charset or none is 415', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/problem+json', 'multipart/form-data; boundary=x',
      'application/json; charset=latin1', 'application/json; charset=foo', 'application/jsonx', '', 'application/json; charset=',
      'application/json; charset=utf-16; charset=utf-8', 'application/json; CHARSET="utf-7"']) {
      expectProblem(await post(good(), { 'content-type': type }), 415, 'unsupported_media_type');
    }
    const typeless = await fetch(`http://127.0.0.1:${api.port}/api/v1/stock`, {
      method: 'POST', headers: { authorization: `Bearer ${await api.token(admin)}` }, body: Buffer.from(good()),
    });
    expect([typeless.status, typeless.headers.get('content-type')]).to.deep.equal([415, 'application/problem+json']);
  });

  it('row 34: a body in UTF-7, UTF-16 or UTF-32 is 415, although a library could read it', async () => {
    const wide = Buffer.from(good(), 'utf16le');
    for (const [charset, body] of [
      ['utf-16', wide], ['utf-16le', wide], ['utf-16be', Buffer.from(wide).swap16()], ['utf-7', good()], ['UTF-7-IMAP', good()],
      ['utf-32', Buffer.from([...good()].flatMap((c) => [...Buffer.from(`${c}\0`, 'utf16le')]))], ['utf-8-foo', good()],
    ] as const) {
      expectProblem(await post(body, { 'content-type': `application/json; charset=${charset}` }), 415, 'unsupported_media_type');
    }
    // Read as UTF-8, so that the schema is what refuses it.
    for (const charset of ['utf-8', 'UTF-8', '"utf-8"']) {
      expectProblem(await post('{}', { 'content-type': `application/json;charset=${charset}` }), 400, 'validation_failed');
    }
  });

  it('rows 35, 36: a compressed body is 415, however small it is', async () => {
    for (const encoding of ['gzip', 'deflate', 'br', 'zstd', 'foo']) {
      expectProblem(await post(Buffer.from(good()), { 'content-encoding': encoding }), 415, 'unsupported_media_type');
    }
    const bomb = gzipSync(Buffer.alloc(5_000_000, 0x20));
    expect(bomb.length).to.be.below(6000);
    for (const bytes of [bomb, gzipSync(good())]) {
      expectProblem(await post(bytes, { 'content-encoding': 'gzip' }), 415, 'unsupported_media_type');
    }
  });

  it('row 37: more than 32 KB is 413', async () => {
    expectProblem(await post(JSON.stringify({ note: 'x'.repeat(33_000) })), 413, 'payload_too_large');
  });

  it('row 38: a list, null, a number or a text is not an object', async () => {
    for (const body of ['[]', '[{}]', `[${good()}]`, 'null', '7', '"x"', 'true']) {
      expectProblem(await post(body), 400, 'validation_failed');
    }
  });

  it('row 39: thousands of nested levels are refused', async () => {
    for (const body of [`{"note":${'['.repeat(5400)}${']'.repeat(5400)}}`, `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`]) {
      expectProblem(await post(body), 400, 'validation_failed');
    }
  });

  it('row 40: of a repeated member the last one counts', async () => {
    const twice = async (members: string) => {
      const answer = await post(good().replace('"quantity_change":1', members));
      expectProblem(answer, 400, 'validation_failed');
      return [...answer.text.matchAll(/"pointer":"([^"]*)"/g)].map(([, pointer]) => pointer);
    };
    expect(await twice('"quantity_change":1,"quantity_change":0')).to.deep.equal(['/quantity_change']);
    expect(await twice('"quantity_change":0,"quantity_change":1,"x":1'), 'the last one is well').to.deep.equal(['/x']);
  });

  it('rows 41, 42: __proto__ and constructor are unknown members, and change nothing', async () => {
    expectProblem(await post(good().replace('{', '{"__proto__":{"x":1},')), 400, 'validation_failed');
    expectProblem(await post(good().replace('{', '{"constructor":{"prototype":{"x":1}},')), 400, 'validation_failed');
    expect('x' in {}).to.equal(false);
  });

  it('row 43: a byte that is not UTF-8 is refused', async () => {
    const body = Buffer.from(good().replace('RESTOCK', 'REST?CK'));
    body[body.indexOf('?')] = 0xff;
    expectProblem(await post(body), 400, 'malformed_json');
  });
});
