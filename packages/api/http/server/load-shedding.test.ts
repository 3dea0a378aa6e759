import { createServer } from 'node:http';
import type { Server, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { createMetrics } from '@inventory/runtime/metrics.ts';
import { createClient } from '@inventory/testkit/http/client.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { expect } from 'chai';
import { requestDurations } from '../edge/request.ts';
import { shedChanges } from './load-shedding.ts';

describe('load shedding beyond two writes in hand', () => {
  let server: Server;
  let port: number;
  let metrics: ReturnType<typeof createMetrics>;
  let client: ReturnType<typeof createClient>;
  /** Answers that the app has not sent yet: those of writes to /held. */
  let held: ServerResponse[];
  const answer = (res: ServerResponse): void => {
    res.writeHead(200, { 'content-type': 'application/json' }).end('{"by":"the app"}');
  };
  beforeEach(async () => {
    held = [];
    metrics = createMetrics({ process: 'api', instance: 'test' });
    server = createServer(shedChanges((req, res) => {
      if (req.method === 'POST' && req.url === '/held') held.push(res);
      else answer(res);
    }, { durations: requestDurations(metrics), maxInHand: 2 }));
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    const address: AddressInfo | string | null = server.address();
    port = typeof address === 'object' ? address?.port ?? 0 : 0;
    client = createClient(`http://127.0.0.1:${port}`);
  });
  afterEach(() => new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  }));

  async function hold(count: number) {
    const answers = Array.from({ length: count }, () => client.post('/held', {}));
    await eventually(() => { expect(held).to.have.length(count); });
    return Promise.all(answers);
  }

  it('passes everything to the app while there is room', async () => {
    void hold(1).catch(() => undefined);
    await eventually(() => { expect(held).to.have.length(1); });
    expect((await client.post('/api/v1/reservations', { quantity: 1 })).body).to.deep.equal({ by: 'the app' });
    expect((await client.post('/api/v1/reservations', { quantity: 1 })).body, 'once more').to.deep.equal({ by: 'the app' });
  });

  it('refuses writes when there is none, with a problem that says when to try again', async () => {
    const answers = hold(2);
    await eventually(() => { expect(held).to.have.length(2); });
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const { status, headers, body } = await client.post('/api/v1/reservations?x=1', { note: 'x'.repeat(100_000) }, {
      headers: { 'x-request-id': 'mine', traceparent },
    });
    expect(status).to.equal(503);
    expect(headers.get('retry-after')).to.equal('1');
    expect(headers.get('content-type')).to.equal('application/problem+json');
    expect(body).to.deep.include({ code: 'overloaded', instance: '/api/v1/reservations', retryable: true, request_id: 'mine' });
    expect([headers.get('x-request-id'), headers.get('traceparent')]).to.deep.equal(['mine', traceparent]);
    const unnamed = await client.post('/api/v1/reservations', {});
    expect(unnamed.body['request_id']).to.equal(unnamed.headers.get('x-request-id')).and.to.match(/^[0-9a-f-]{36}$/);
    const counted = (await metrics.registry.metrics()).split('\n').find((line) => line.startsWith('http_request_duration_seconds_count'));
    expect(counted).to.contain('endpoint="shed"').and.to.contain('status="503"').and.to.match(/ 2$/);

    held.forEach(answer);
    await answers;
    expect((await client.post('/api/v1/reservations', {})).status, 'behind them').to.equal(200);
  });

  it('never refuses a read, nor a request across origins, whose page could not read the refusal', async () => {
    void hold(2).catch(() => undefined);
    await eventually(() => { expect(held).to.have.length(2); });
    expect((await client.get('/api/v1/products')).status).to.equal(200);
    expect((await client.post('/api/v1/stock', {}, { headers: { origin: 'https://shop.example' } })).status).to.equal(200);
  });

  it('does not count a client that has sent half of its body, nor one that has gone', async () => {
    const slow: Socket[] = [];
    for (let n = 1; n <= 5; n += 1) {
      const socket = connect(port, '127.0.0.1').on('error', () => undefined);
      socket.write('POST /held HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12345');
      slow.push(socket);
      await eventually(() => { expect(held, 'those that the app was given').to.have.length(n); });
    }
    expect((await client.post('/api/v1/stock', {})).status).to.equal(200);
    held.length = 0;
    void hold(2).catch(() => undefined);
    await eventually(() => { expect(held).to.have.length(2); });
    expect((await client.post('/api/v1/stock', {})).status, 'two whole ones are').to.equal(503);
    server.closeAllConnections();
    await eventually(async () => { expect((await client.post('/api/v1/stock', {})).status).to.equal(200); });
    slow.forEach((socket) => { socket.destroy(); });
  });
});
