import { expect } from 'chai';
import { createClient } from '@inventory/testkit/http/client.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import type { Edge, EdgeAnswer } from './edge.ts';
import { noEdge, startEdge } from './edge.ts';
import { startSystem } from './system.ts';
import type { System } from './system.ts';

const skipped = noEdge === '' ? '' : ` (skipped: ${noEdge})`;

(noEdge === '' ? describe : describe.skip)(`the edge, a real nginx before three real apis${skipped}`, function () {
  this.timeout(60_000);
  let system: System;
  let edge: Edge;
  let product: string;
  let authorization: string;
  let killed = 0;

  before(async () => {
    system = await startSystem({
      apis: 3, relays: 0, projectors: 0,
      // Two of the three kill themselves between the first COMMIT and its answer.
      apiEnv: (nth) => ({
        // As wide as it may be: the client is in it, too, and what it claims is not believed all the same.
        TRUST_PROXY: '127.0.0.0/8,198.51.100.0/24', RATE_LIMIT_IP: '3', ...(nth < 2 ? { TEST_FAULT_POINT: 'after-commit' } : {}),
      }),
    });
    edge = await startEdge(system.apis.map(({ port }) => port));
    for (const { exited } of system.apis) void exited.then(({ signal }) => { if (signal === 'SIGKILL') killed += 1; });
    product = await system.product(1);
    authorization = `Bearer ${await system.keys.token({ role: 'admin' })}`;
  });
  after(async () => {
    await edge.stop();
    await system.stop();
  });

  const availability = () => `/api/v1/products/${product}/availability`;
  const receive = () => edge.ask('POST', '/api/v1/stock', {
    headers: { authorization }, body: { product_id: product, store_id: 'MAD-001', quantity_change: 1, reason: 'RESTOCK' },
  });
  const receipts = async (): Promise<number> => {
    const { rows } = await system.sql.query('SELECT 1 FROM events WHERE event_type = \'stock.updated\' AND payload ->> \'delta\' = \'1\'');
    return rows.length;
  };

  it('ends TLS, spreads requests over all instances and serves nothing in the clear, nor anything but the API and the page that leads there', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, () => edge.ask('GET', availability(), { headers: { authorization } })));
    expect(new Set(answers.map(({ status }) => status))).to.deep.equal(new Set([200]));
    expect(new Set(answers.map(({ headers }) => headers['x-served-by'])).size).to.equal(3);

    const plain = await createClient(`http://127.0.0.1:${edge.plainPort}`).get(availability());
    expect([plain.status, plain.headers.get('location'), plain.headers.get('content-type')])
      .to.deep.equal([308, `https://127.0.0.1:${edge.tlsPort}${availability()}`, 'application/problem+json']);
    const front = await edge.ask('GET', '/', { headers: { authorization, accept: 'text/html,*/*;q=0.8' } });
    expect([front.status, front.headers['content-type']]).to.deep.equal([200, 'text/html; charset=utf-8']);
    const script = await edge.ask('GET', '/api/v1/board/assets/start.js', { headers: { authorization, 'accept-encoding': 'gzip' } });
    expect([script.status, script.headers['content-encoding'], /^"[\w-]+\.gz"$/.test(String(script.headers['etag']))]).to.deep.equal([200, 'gzip', true]);
    for (const path of ['/nowhere', '/metrics', '/readyz']) {
      const { status, headers } = await edge.ask('GET', path);
      expect([status, headers['content-type']], path).to.deep.equal([404, 'application/problem+json']);
    }
  });

  it('answers what it refuses by itself with problems of the api\'s kinds', async () => {
    const wrong = [
      ['GET', `/api/v1/products?x=${'a'.repeat(20_000)}`, {}, 414, 'uri_too_long'],
      ['GET', availability(), { 'x-long': 'a'.repeat(20_000) }, 431, 'header_fields_too_large'],
      ['POST', '/api/v1/stock', { 'content-length': '3000000' }, 413, 'payload_too_large'],
      ['TRACE', availability(), {}, 405, 'method_not_allowed'],
      ['POST', '/api/v1/stock', { 'transfer-encoding': 'gzip' }, 400, 'bad_request'],
      ['GET', '/elsewhere', {}, 404, 'not_found'],
    ] as const;
    for (const [method, path, headers, status, code] of wrong) {
      const answer = await edge.ask(method, path, { headers });
      expect([answer.status, answer.headers['content-type']], code).to.deep.equal([status, 'application/problem+json']);
      expect(JSON.parse(answer.text)).to.include({ type: `/api/v1/problems/${code}`, code, status, retryable: false }).and.to.have.property('request_id');
    }
    const clear = await createClient(`http://127.0.0.1:${edge.tlsPort}`).get(availability());
    expect([clear.status, clear.body]).to.deep.include(400);
    expect(JSON.stringify(clear.body)).to.contain('"code":"bad_request"');
  });

  it('tells the api the client\'s address: what a client claims for itself does not help it past the limit', async () => {
    const from = (address: string, claimed: string) =>
      edge.ask('GET', availability(), { from: address, headers: { 'x-forwarded-for': claimed } });
    const statuses: number[] = [];
    for (const n of [1, 2, 3, 4, 5]) statuses.push((await from('127.0.0.9', `198.51.100.${n}`)).status);
    expect(statuses).to.deep.equal([401, 401, 401, 429, 429]);
    expect((await from('127.0.0.10', '127.0.0.9')).status, 'another client').to.equal(401);
    const lines = await eventually(async () => {
      const found = (await edge.log()).split('\n').filter((line) => line.includes('"client":"127.0.0.9"'));
      expect(found).to.have.length(5);
      return found;
    }, { what: 'the access log' });
    const { client, status, path, request_id: id } = JSON.parse(lines[4] ?? '');
    expect({ client, status, path }).to.deep.equal({ client: '127.0.0.9', status: '429', path: availability() });
    expect(system.apis.some(({ logs }) => logs.some((line) => line['request_id'] === id)), 'found by its id in an api\'s log').to.equal(true);
  });

  it('sends no POST again: an instance that is killed with one in hand costs an answer, never a second receipt', async () => {
    const answers: EdgeAnswer[] = [];
    while (answers.length < 3 && !answers.some(({ status }) => status !== 200)) answers.push(await receive());
    const last = answers.at(-1);
    expect(last?.status).to.equal(503);
    expect(JSON.parse(last?.text ?? '')).to.include({ code: 'outcome_unknown', retryable: false });
    expect(await receipts(), 'receipts, one for each POST').to.equal(answers.length);
    await eventually(() => { expect(killed).to.equal(1); }, { what: 'one instance to have killed itself' });
    expect(await receipts(), 'and no other one took it up').to.equal(answers.length);
  });

  it('takes the next instance where nothing was sent: with one of three left, each request succeeds', async () => {
    await Promise.all(system.apis.slice(0, 2).map((api) => api.kill()));
    const before = await receipts();
    for (const _ of [1, 2, 3, 4]) expect((await receive()).status).to.equal(200);
    expect(await receipts()).to.equal(before + 4);
    expect((await edge.ask('GET', availability(), { headers: { authorization } })).status).to.equal(200);
  });
});
