import { expect } from 'chai';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createClient, type Client } from './client.ts';

describe('test client', () => {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => { chunks.push(chunk); });
    request.on('end', () => {
      if (request.url === '/silent') return;
      response.writeHead(request.url === '/conflict' ? 409 : 200, {
        'content-type': request.url === '/text' ? 'text/plain' : 'application/problem+json', 'x-answer': '42',
      });
      response.end(request.url === '/empty' ? '' : JSON.stringify({
        method: request.method, body: Buffer.concat(chunks).toString(), headers: request.headers,
      }));
    });
  });
  let client: Client;
  before(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    client = createClient(`http://127.0.0.1:${typeof address === 'object' ? String(address?.port) : ''}`, 'TOKEN');
  });
  after(() => { server.closeAllConnections(); server.close(); });

  it('sends its token and JSON, and returns status, headers and fields, whatever the status', async () => {
    const answer = await client.post('/conflict', { a: 1 }, { headers: { 'idempotency-key': 'k' } });
    expect(answer.status).to.equal(409);
    expect(answer.headers.get('x-answer')).to.equal('42');
    expect(answer.body).to.deep.include({ method: 'POST', body: '{"a":1}' });
    expect(answer.body['headers']).to.include({
      authorization: 'Bearer TOKEN', 'content-type': 'application/json', 'idempotency-key': 'k',
    });
  });

  it('sends a text as it is, so that malformed JSON can be sent', async () => {
    expect((await client.post('/', '{"a":')).body).to.include({ body: '{"a":' });
  });

  it('can speak as somebody else, or as nobody', async () => {
    expect((await client.as('OTHER').get('/')).body['headers']).to.include({ authorization: 'Bearer OTHER' });
    expect((await client.as(undefined).get('/')).body['headers']).not.to.have.property('authorization');
  });

  it('has no fields for an empty answer or a text', async () => {
    expect((await client.get('/empty')).body).to.deep.equal({});
    const text = await client.get('/text');
    expect(text.body).to.deep.equal({});
    expect(text.text).to.contain('GET');
  });

  it('gives up on a silent server', async () => {
    expect(await client.get('/silent', { timeoutMs: 30 }).then(() => 'answered', () => 'gave up')).to.equal('gave up');
  });
});
