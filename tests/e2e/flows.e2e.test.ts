import { expect } from 'chai';
import { connect } from 'nats';
import type { NatsConnection, StoredMsg } from 'nats';
import { createClient } from '@inventory/testkit/http/client.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { expectInvariants } from '@inventory/testkit/invariants/invariants.ts';
import type { TestProcess } from '@inventory/testkit/processes/processes.ts';
import type { PrintedSpan } from '@inventory/testkit/processes/span-recorder.ts';
import { dashboardQueries, metricsIn, metricsOf, ruleQueries } from '../repository/watched.ts';
import { startSystem } from './system.ts';
import type { System } from './system.ts';

const RECORDER = import.meta.resolve('@inventory/testkit/processes/span-recorder.ts');

const spansOf = ({ noise }: TestProcess): readonly PrintedSpan[] =>
  noise.filter((line) => line.startsWith('span ')).map((line) => JSON.parse(line.slice(5)));

/** The last message of a subject, with its payload. */
async function lastOf(nats: NatsConnection, subject: string) {
  const manager = await nats.jetstreamManager();
  const message: StoredMsg = await manager.streams.getMessage('INVENTORY', { last_by_subj: subject });
  return { message, payload: message.json<Record<string, unknown>>() };
}

describe('the flows of a shop, through three processes', function () {
  this.timeout(60_000);
  let system: System;
  let nats: NatsConnection;

  before(async () => {
    system = await startSystem({ env: { NODE_OPTIONS: `--import=${RECORDER}` } });
    nats = await connect({ servers: system.nats.url });
  });
  after(async () => {
    await nats.close();
    await system.stop();
  });

  it('Flow 2: +20 in MAD-001 is in the stream, and in Redis\' availability within a second', async () => {
    const vendor = await system.client('vendor');
    const product_id = await system.product(1);
    const shown = `/api/v1/products/${product_id}/availability`;
    await eventually(async () => {
      expect((await vendor.get(shown)).body).to.include({ source: 'cache' });
    }, { what: 'a sealed view' });

    const sent = performance.now();
    const answer = await vendor.post('/api/v1/stock', {
      product_id, store_id: 'MAD-001', quantity_change: 20, reason: 'RESTOCK', user_id: 'vendor-789',
    });
    const answered = performance.now();
    expect(answer.status, answer.text).to.equal(200);
    expect(answer.body).to.deep.equal({
      product_id, store_id: 'MAD-001', quantity: 40, reserved: 0, available: 40, version: 2, sku: 'SKU-0001', product_name: 'Laptop HP',
    });
    const view = await eventually(async () => {
      const { body } = await vendor.get(shown);
      expect(body['source']).to.equal('cache');
      expect(body['stores']).to.deep.include({
        store_id: 'MAD-001', store_name: 'Madrid Centro', available: 40, reserved: 0, version: 2,
      });
      return body;
    }, { everyMs: 1, timeoutMs: 1000, what: 'the receipt in the view' });
    const seen = performance.now();
    expect(view).to.include({ product_id, product_name: 'Laptop HP', total_available: 40 + 40 + 12 });
    console.info(`      visible ${(seen - answered).toFixed(1)} ms after the answer, `
      + `${(seen - sent).toFixed(1)} ms after the request was sent`);

    // The view may have been sealed from the log before the relay's turn came.
    await eventually(async () => {
      const { message, payload } = await lastOf(nats, 'stock.updated.MAD-001');
      expect(payload).to.include({
        product_id, store_id: 'MAD-001', quantity: 40, available: 40, delta: 20, version: 2,
      });
      expect(message.header.get('ce-type')).to.equal('stock.updated');
    }, { what: 'the receipt in the stream' });
  });

  it('Flow 3: a reservation is held, one more than available is refused with the numbers, and expires', async () => {
    const customer = await system.client('customer');
    const product_id = await system.product(2);
    const order = { product_id, store_id: 'BCN-001', customer_id: 'cust-456' };
    const held = await customer.post('/api/v1/reservations', { ...order, quantity: 1, ttl: 1 });
    expect(held.status, held.text).to.equal(201);
    expect(held.body).to.include({ status: 'PENDING', expires_in_seconds: 1 });
    expect(held.body).to.include.keys('reservation_id', 'expires_at');

    const refused = await customer.post('/api/v1/reservations', { ...order, quantity: 40, ttl: 600 });
    expect(refused.status).to.equal(409);
    expect(refused.body['code']).to.equal('insufficient_stock');
    expect(refused.body['lines']).to.deep.equal([
      { index: 0, product_id, store_id: 'BCN-001', requested: 40, available: 39 },
    ]);

    const expired = await eventually(async () => {
      const found = await customer.get(`/api/v1/reservations/${String(held.body['reservation_id'])}`);
      expect(found.body['status']).to.equal('EXPIRED');
      const { payload } = await lastOf(nats, 'reservation.expired.BCN-001');
      expect(payload['reservation_id']).to.equal(held.body['reservation_id']);
      return payload;
    }, { what: 'the expiry in the stream' });
    expect(expired).to.include({ reserved: 0, available: 40, reserved_delta: -1 });
    const again = await customer.post('/api/v1/reservations', { ...order, quantity: 40, ttl: 600 });
    expect(again.status, again.text).to.equal(201);
  });

  it('is one trace from the request through the event and the publish to the write of Redis', async () => {
    const vendor = await system.client('vendor');
    const product_id = await system.product(3);
    const find = (process: TestProcess | undefined, what: string, test: (span: PrintedSpan) => boolean, timeoutMs = 10_000) => eventually(() => {
      const found = process === undefined ? undefined : spansOf(process).find(test);
      if (found === undefined) throw new Error('not there');
      return found;
    }, { what, timeoutMs });
    const [api] = system.apis;
    const follow = async (nth: number) => {
      const [trace, delta] = [`4bf92f3577b34da6a3ce929d0e0e473${nth}`, 7 + nth];
      const answer = await vendor.post('/api/v1/stock', {
        product_id, store_id: 'MAD-001', quantity_change: delta, reason: 'RESTOCK', user_id: 'vendor-789',
      }, { headers: { traceparent: `00-${trace}-00f067aa0ba902b7-01` } });
      expect(answer.status, answer.text).to.equal(200);
      const request = await find(api, 'the span of the request', ({ kind, traceId }) => kind === 'SERVER' && traceId === trace);
      const linked = ({ links }: PrintedSpan): boolean => links.some(({ traceId, spanId }) => traceId === trace && spanId === request.spanId);
      const commit = await find(api, 'the group commit', linked);
      const publish = await find(system.relays[0], 'the publish', linked);
      const received = await find(system.projectors[0], 'the receipt of the message', linked);
      // Where sealing comes first, which it does on a busy machine, the message writes nothing.
      const write = await find(system.projectors[0], 'the write of Redis', ({ parent }) => parent === received.spanId, 1000).catch(() => undefined);
      return { trace, delta, request, commit, publish, received, write };
    };
    let followed = await follow(0);
    for (let nth = 1; followed.write === undefined && nth < 10; nth += 1) followed = await follow(nth);
    const { trace, delta, request, commit, publish, received, write } = followed;
    if (write === undefined) throw new Error('ten messages in a row have written nothing');

    expect([commit, publish, received, write].map(({ name, kind }) => [name, kind])).to.deep.equal([
      ['group commit', 'INTERNAL'], ['send INVENTORY', 'PRODUCER'], ['process INVENTORY', 'CONSUMER'], ['apply to the view', 'CLIENT'],
    ]);
    const { rows } = await system.sql.query('SELECT metadata ->> \'traceparent\' AS of FROM events WHERE payload ->> \'delta\' = $1', [String(delta)]);
    const traceparent = `00-${trace}-${request.spanId}-01`;
    expect(rows, 'the event remembers it').to.deep.equal([{ of: traceparent }]);
    const { message } = await lastOf(nats, 'stock.updated.MAD-001');
    expect(message.header.get('ce-traceparent'), 'and so does the message').to.equal(traceparent);
    expect(api?.logs.filter((line) => line['trace_id'] === trace), 'and the log').to.have.length.of.at.least(1);
  });

  it('is measured under the agreed names, and measures all that dashboards and alerts ask for', async () => {
    const processes = [...system.apis, ...system.relays, ...system.projectors];
    const scrapes = await Promise.all(processes.map(({ opsPort }) => createClient(`http://127.0.0.1:${opsPort}`).get('/metrics')));
    const scraped = scrapes.map(({ text }) => text).join('');
    const seed = {
      http_request_duration_seconds_count: ['endpoint', 'method', 'process', 'status'],
      http_request_duration_seconds_bucket: ['endpoint', 'le', 'method', 'process', 'status'],
      stock_operations_total: ['operation', 'process', 'status', 'store_id'],
      cache_requests_total: ['process', 'result'],
    };
    for (const [name, labels] of Object.entries(seed)) {
      const series = [...scraped.matchAll(new RegExp(`^${name}\\{(.*)\\} `, 'gm'))].map(([, text = '']) => text);
      expect(series.length, name).to.be.above(0);
      for (const text of series) {
        expect([...text.matchAll(/(\w+)="/g)].map(([, label]) => label).toSorted(), name).to.deep.equal(labels);
      }
    }
    const bounds = new Set([...scraped.matchAll(/^http_request_duration_seconds_bucket\{.*?le="([^"]+)"/gm)].map(([, bound]) => bound));
    expect([...bounds]).to.deep.equal(['0.001', '0.005', '0.01', '0.025', '0.05', '0.1', '0.25', '0.5', '1', '+Inf']);
    expect(scraped).to.match(/^stock_operations_total\{.*store_id="MAD-001".*\} [1-9]/m).and.to.match(/^cache_requests_total\{.*result="hit"/m);

    const measured = metricsOf(scraped);
    const asked = metricsIn([...dashboardQueries(), ...ruleQueries()]);
    expect([...asked].filter((name) => !measured.has(name))).to.deep.equal([]);
    expect(asked.size, 'metrics that are asked for').to.be.above(40);
  });

  it('leaves every invariant intact', async () => {
    await expectInvariants(system.sql);
  });
});
