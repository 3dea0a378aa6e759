/** Lines that break, end and are held up in odd ways: what each viewer then has, and that his seat is free again. */
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { frameNo, openStream } from '@inventory/testkit/http/event-stream.ts';
import type { EventStream } from '@inventory/testkit/http/event-stream.ts';
import { startProxy } from '@inventory/testkit/servers/proxy.ts';
import type { Proxy } from '@inventory/testkit/servers/proxy.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { expect } from 'chai';
import { admin, customer } from '../testing/api.ts';
import { startFeed } from '../testing/live-feed.ts';
import type { Feed } from '../testing/live-feed.ts';

const PATIENCE = { timeoutMs: 60_000 };
/** Characters of an event's note: some of them are more than any line may hold back. */
const NOTE = 100_000;

describe('a line of the live feed', function () {
  this.timeout(180_000);
  let feed: Feed;
  const undo: (() => unknown)[] = [];
  beforeEach(async () => { feed = await startFeed(); });
  afterEach(async () => {
    for (const each of undo.splice(0)) await each();
    await feed.close();
  });

  const idsOf = (stream: EventStream) => stream.of('event').map(({ data }) => data['id']);
  const sql = async (text: string, values: readonly unknown[] = []) => (await feed.api.pool.query<Record<string, unknown>>(text, [...values])).rows;
  const metric = async (name: string): Promise<number> => {
    const found = (await feed.api.metrics.registry.getMetricsAsJSON()).find((each) => each.name === name);
    return (found?.values ?? []).reduce((sum, { value }) => sum + Number(value), 0);
  };
  const proxied = async (): Promise<Proxy> => {
    const proxy = await startProxy({ targetPort: feed.api.port });
    undo.push(proxy.close);
    return proxy;
  };
  /** A request by hand. @returns its socket, and what has come on it */
  const ask = async (lines: readonly string[]): Promise<{ readonly socket: Socket; readonly heard: () => string; readonly ended: () => boolean }> => {
    const socket = connect({ port: feed.api.port, host: '127.0.0.1', allowHalfOpen: true });
    undo.push(() => { socket.destroy(); });
    let [heard, ended] = ['', false];
    socket.setEncoding('utf8').on('data', (text: string) => { heard += text; }).on('error', () => undefined).on('end', () => { ended = true; });
    await once(socket, 'connect');
    socket.write(`${lines.join('\r\n')}\r\n\r\n`);
    return { socket, heard: () => heard, ended: () => ended };
  };

  it('that a proxy delays and cuts anywhere, in the middle of a frame too, gives each event once', async () => {
    const product = await feed.stocked();
    const proxy = await proxied();
    const token = await feed.api.token(admin);
    const seen: unknown[] = [];
    const begin = await feed.watch(admin, '?view=events');
    let last = (await frameNo(begin, 'tick')).id;
    const from = await sql('SELECT max(position) AS position FROM events');
    let open: EventStream | undefined;
    let left = 0;
    let cuts = 0;
    proxy.transform((chunk, direction) => {
      if (direction === 'to_server') return chunk;
      left -= chunk.length;
      if (left > 0) return cuts;
      // What was before the cut still arrives: frames end anywhere.
      setImmediate(proxy.cut);
      return chunk.subarray(0, Math.max(0, chunk.length + left));
    });
    let [written, writing] = [0, true];
    const writer = (async () => { for (; writing; written += 1) await feed.change(product, 'MAD-001', 1); })();
    for (; cuts < 8; cuts += 1) {
      // The head of an answer is about 1 500 bytes, an event about 900.
      left = 2_000 + 777 * cuts;
      open = await openStream(`http://127.0.0.1:${proxy.port}/api/v1/stream?view=events`, { token, lastEventId: last }).catch(() => undefined);
      const stream = open;
      if (stream === undefined) continue;
      await eventually(() => { expect(stream.ended()).to.equal(true); }, PATIENCE);
      seen.push(...idsOf(stream));
      last = stream.lastId() ?? last;
    }
    writing = false;
    await writer;
    proxy.transform(undefined);
    const rest = await openStream(`http://127.0.0.1:${proxy.port}/api/v1/stream?view=events`, { token, lastEventId: last });
    undo.push(rest.close);
    await eventually(() => { expect(seen.length + rest.of('event').length).to.be.least(written); }, PATIENCE);
    const log = await sql('SELECT id FROM events WHERE position > $1 ORDER BY position', [from[0]?.['position']]);
    expect([...seen, ...idsOf(rest)]).to.deep.equal(log.map(({ id }) => id));
  });

  it('of a viewer who closes his half ends, and gives its seat back', async () => {
    const token = await feed.api.token(customer);
    const { socket, heard, ended } = await ask(['GET /api/v1/stream HTTP/1.1', 'Host: api', `Authorization: Bearer ${token}`]);
    await eventually(() => { expect(heard()).to.contain('event: tick'); }, PATIENCE);
    expect(await metric('stream_viewers')).to.equal(1);
    socket.end();
    await eventually(async () => { expect([await metric('stream_viewers'), ended()]).to.deep.equal([0, true]); }, PATIENCE);
  });

  it('takes nobody\'s place who comes from the same address', async () => {
    const small = await startFeed({}, 2);
    undo.push(small.close);
    const product = await small.stocked();
    for (const stream of [await small.watch(customer, `?product_ids=${product}`), await small.watch(admin, '?view=events'),
      await small.watch(admin, '')]) await frameNo(stream, 'tick');
    expect((await small.boss.get(`/products/${product}/availability`)).status).to.equal(200);
  });

  it('speaks HTTP/1.0 without chunks, answers HEAD with a head, and takes filters of a bounded length', async () => {
    const product = await feed.stocked();
    const token = await feed.api.token(customer);
    const { socket, heard } = await ask([`GET /api/v1/stream?product_ids=${product} HTTP/1.0`, 'Host: api', `Authorization: Bearer ${token}`]);
    await eventually(() => { expect(heard()).to.contain('event: tick'); }, PATIENCE);
    const [head = '', ...frames] = heard().split('\r\n\r\n');
    expect(head).to.match(/^HTTP\/1\.[01] 200 /);
    expect(head.toLowerCase()).to.not.contain('chunked');
    expect(frames.join('\r\n\r\n')).to.match(/^event: snapshot\nid: /);
    socket.destroy();
    const { boss } = feed;
    expect((await boss.request('HEAD', `/stream?product_ids=${product}`)).text).to.equal('');
    await eventually(async () => { expect(await metric('stream_viewers')).to.equal(0); }, PATIENCE);
    for (const count of [101, 10_000]) {
      const ids = Array.from({ length: count }, () => product);
      const answer = await boss.get(`/stream?product_ids=${ids.join(',')}`).catch(() => undefined);
      expect([400, 414, 431, undefined]).to.include(answer?.status);
      expect([400, 413]).to.include((await boss.post('/stream/tickets', { product_ids: ids })).status);
    }
    expect((await boss.request('OPTIONS', '/stream')).status).to.be.within(200, 405);
  });

  it('ends with bye when the token it was opened by is over', async () => {
    const product = await feed.stocked();
    // Clocks may differ by five seconds, so that it is good for eight.
    const token = await feed.api.token({ ...customer, expiresIn: '3s' });
    const stream = await openStream(`http://127.0.0.1:${feed.api.port}/api/v1/stream?product_ids=${product}`, { token });
    undo.push(stream.close);
    await frameNo(stream, 'tick');
    expect((await frameNo(stream, 'bye')).data).to.deep.equal({ reason: 'TOKEN' });
    await eventually(() => { expect(stream.ended()).to.equal(true); }, PATIENCE);
  });

  it('that is being opened while the process stops ends with bye, and holds nothing up', async () => {
    const product = await feed.stocked();
    await frameNo(await feed.watch(admin, '?view=events'), 'tick');
    const holder = await feed.api.pool.connect();
    await holder.query('BEGIN');
    await holder.query('LOCK TABLE stock IN ACCESS EXCLUSIVE MODE');
    const coming = feed.watch(customer, `?product_ids=${product}`);
    await eventually(async () => {
      expect(await sql("SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'stock'::regclass")).to.have.length(1);
    }, PATIENCE);
    await feed.api.feed.stop();
    await holder.query('COMMIT');
    holder.release();
    const stream = await coming;
    expect((await frameNo(stream, 'bye')).data).to.deep.equal({ reason: 'DRAIN' });
    await eventually(() => { expect(stream.ended()).to.equal(true); }, PATIENCE);
    expect(stream.of('snapshot')).to.deep.equal([]);
    await eventually(async () => { expect(await metric('stream_viewers')).to.equal(0); }, PATIENCE);
  });

  it('of the log that is not read is told OVERRUN with all that was sent, and goes on from there when its viewer comes back', async () => {
    const stream = await feed.watch(admin, '?view=events');
    await frameNo(stream, 'tick');
    await feed.stocked();
    await frameNo(stream, 'event', 3);
    const before = idsOf(stream).length;
    stream.pause();
    await eventually(async () => {
      await sql(`INSERT INTO events (id, event_type, store_id, aggregate_id, payload, stream_id)
        SELECT gen_random_uuid(), 'reservation.rejected', 'MAD-001', gen_random_uuid(), jsonb_build_object('note', repeat('x', ${NOTE})), gen_random_uuid()
        FROM generate_series(1, 40)`);
      await new Promise((resolve) => { setTimeout(resolve, 300); });
      expect(await metric('stream_resets_total'), 'viewers who were told OVERRUN').to.equal(1);
    }, { timeoutMs: 60_000, everyMs: 1 });
    await sql(`INSERT INTO events (id, event_type, store_id, aggregate_id, payload, stream_id)
      VALUES (gen_random_uuid(), 'reservation.rejected', 'MAD-001', gen_random_uuid(), '{}', gen_random_uuid())`);
    stream.resume();
    await eventually(() => { expect(stream.ended()).to.equal(true); }, PATIENCE);
    expect(stream.frames.at(-1)).to.deep.include({ event: 'reset', data: { reason: 'OVERRUN' } });
    const log = (await sql('SELECT id FROM events ORDER BY position')).map(({ id }) => id);
    const again = await feed.watch(admin, '?view=events', { lastEventId: stream.lastId() });
    await eventually(() => { expect(idsOf(again).at(-1)).to.equal(log.at(-1)); }, PATIENCE);
    expect([...idsOf(stream), ...idsOf(again)]).to.deep.equal(log.slice(log.indexOf(idsOf(stream)[0])));
    expect(idsOf(stream).length).to.be.above(before);
  });
});
