import { createServer } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { createMetrics } from '@inventory/runtime/metrics.ts';
import { createClient } from '@inventory/testkit/client.ts';
import { expect } from 'chai';
import { requestDurations } from './request.ts';
import { shedChanges } from './shed.ts';

describe('shedding', () => {
  const metrics = createMetrics({ process: 'api', instance: 'test' });
  let full = false;
  let server: Server;
  let client: ReturnType<typeof createClient>;
  before(async () => {
    const app = shedChanges((_req, res) => { res.writeHead(200, { 'content-type': 'application/json' }).end('{"by":"the app"}'); }, {
      isFull: () => full, durations: requestDurations(metrics),
    });
    server = createServer(app);
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    const address: AddressInfo | string | null = server.address();
    client = createClient(`http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`);
  });
  after(() => new Promise((resolve) => { server.close(resolve); }));

  it('leaves everything to the app while there is room', async () => {
    full = false;
    expect((await client.post('/api/v1/reservations', { quantity: 1 })).body).to.deep.equal({ by: 'the app' });
  });

  it('turns changes away when there is none, with a problem that says when to come again', async () => {
    full = true;
    const { status, headers, body } = await client.post('/api/v1/reservations?x=1', { note: 'x'.repeat(100_000) });
    expect(status).to.equal(503);
    expect(headers.get('retry-after')).to.equal('1');
    expect(headers.get('content-type')).to.equal('application/problem+json');
    expect(body).to.deep.include({ code: 'overloaded', instance: '/api/v1/reservations', retryable: true });
    expect(body['request_id']).to.equal(headers.get('x-request-id'));
    const counted = (await metrics.registry.metrics()).split('\n').find((line) => line.startsWith('http_request_duration_seconds_count'));
    expect(counted).to.contain('endpoint="shed"').and.to.contain('status="503"').and.to.match(/ 1$/);
  });

  it('never turns a read away, nor what a browser could not read the refusal of', async () => {
    full = true;
    expect((await client.get('/api/v1/products')).status).to.equal(200);
    expect((await client.post('/api/v1/stock', {}, { headers: { origin: 'https://shop.example' } })).status).to.equal(200);
  });
});
