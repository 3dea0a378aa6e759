/** The live feed of whole processes: over an api that is killed, one that stops behind nginx, and servers that are away. */
import { connect as connectByHttp2 } from 'node:http2';
import { once } from 'node:events';
import type { Client } from '@inventory/testkit/http/client.ts';
import { frameNo, openStream, rowsOf } from '@inventory/testkit/http/event-stream.ts';
import type { EventStream } from '@inventory/testkit/http/event-stream.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { expect } from 'chai';
import type { Edge } from './edge.ts';
import { DRAIN_MS, noEdge, startEdge } from './edge.ts';
import { startSystem } from './system.ts';
import type { System } from './system.ts';

const PATIENCE = { timeoutMs: 30_000 };
const skipped = noEdge === '' ? '' : ` (skipped: ${noEdge})`;

describe('the live feed of whole processes', function () {
  this.timeout(120_000);
  let system: System;
  let product: string;
  let boss: Client;
  const open = new Set<EventStream>();
  before(async () => {
    system = await startSystem({ apis: 3, relays: 0, projectors: 0, env: { HTTP_DRAIN_MS: DRAIN_MS, STREAM_MAX_PER_USER: '100', TRUST_PROXY: '127.0.0.1' } });
    product = await system.product(1);
    boss = await system.client('admin', 2);
  });
  afterEach(() => {
    for (const stream of open) stream.close();
    open.clear();
  });
  after(() => system.stop());

  const receive = async (): Promise<number> => {
    const answer = await boss.post('/api/v1/stock', { product_id: product, store_id: 'MAD-001', quantity_change: 1, reason: 'RESTOCK' });
    expect(answer.status, answer.text).to.equal(200);
    return Number(answer.body['version']);
  };

  /** Watches for as long as `over` is false: comes back behind the last frame, as a browser does. */
  function stay(url: () => string, token: string, ca?: string) {
    const seen: EventStream[] = [];
    const statuses: number[] = [];
    let over = false;
    let lastId: string | undefined;
    const done = (async () => {
      while (!over) {
        const stream = await openStream(url(), { token, lastEventId: lastId, ...(ca === undefined ? {} : { ca }) }).catch(() => undefined);
        if (stream === undefined) {
          await new Promise((resolve) => { setTimeout(resolve, 50); });
          continue;
        }
        open.add(stream);
        seen.push(stream);
        statuses.push(stream.status);
        await eventually(() => { if (!stream.ended() && !over) throw new Error('open'); }, { timeoutMs: 110_000 });
        lastId = stream.lastId() ?? lastId;
        const retryMs = stream.frames.at(-1)?.retryMs ?? 0;
        if (!over) await new Promise((resolve) => { setTimeout(resolve, retryMs); });
      }
    })();
    return {
      seen, statuses,
      last: () => seen.at(-1),
      frames: () => seen.flatMap(({ frames }) => frames),
      stop: async () => {
        over = true;
        for (const stream of seen) stream.close();
        await done;
      },
    };
  }

  it('gives each event once, as GET /events does, to a viewer whose api is killed and who comes back to another', async () => {
    const token = await system.keys.token({ role: 'admin' });
    let nth = 0;
    const begin = await openStream(`http://127.0.0.1:${system.apis[0]?.port}/api/v1/stream?view=events`, { token });
    open.add(begin);
    const { id: first } = await frameNo(begin, 'tick');
    begin.close();
    const viewer = stay(() => `http://127.0.0.1:${system.apis[nth]?.port}/api/v1/stream?view=events${first === undefined ? '' : `&after=${first}`}`, token);
    let written = 0;
    let writing = true;
    const writer = (async () => { while (writing) { await receive(); written += 1; } })();
    await eventually(() => { expect(viewer.frames().filter(({ event }) => event === 'event').length).to.be.above(10); }, PATIENCE);
    const killed = system.apis[0];
    nth = 1;
    await killed?.kill();
    await eventually(() => { expect(viewer.last()?.of('event').length).to.be.above(10); expect(viewer.seen.length).to.equal(2); }, PATIENCE);
    writing = false;
    await writer;
    await eventually(() => { expect(viewer.frames().filter(({ event }) => event === 'event').length).to.be.least(written); }, PATIENCE);
    await viewer.stop();
    const { body: { items } } = await boss.get(`/api/v1/events?limit=200&after=${first ?? ''}`);
    const listed = (Array.isArray(items) ? items : []).map(({ id }) => id);
    expect(viewer.frames().filter(({ event }) => event === 'event').slice(0, 200).map(({ data }) => data['id'])).to.deep.equal(listed);
  });

  it('goes on while NATS and Redis are stopped: it needs Postgres alone', async () => {
    await Promise.all([system.redis.stop(), system.nats.stop()]);
    const token = await system.keys.token({ role: 'customer' });
    const viewer = await openStream(`http://127.0.0.1:${system.apis[1]?.port}/api/v1/stream?product_ids=${product}`, { token });
    open.add(viewer);
    await frameNo(viewer, 'snapshot');
    const version = await receive();
    await eventually(() => { expect(rowsOf(viewer).get(`${product} MAD-001`)?.['version']).to.equal(version); }, PATIENCE);
  });

  (noEdge === '' ? it : it.skip)(`says bye through nginx when an api stops: no 502, and all are back within five seconds${skipped}`, async () => {
    const edge: Edge = await startEdge(system.apis.map(({ port }) => port));
    try {
      const url = `https://localhost:${edge.tlsPort}/api/v1/stream?product_ids=${product}`;
      const session = connectByHttp2(`https://localhost:${edge.tlsPort}`, { ca: edge.ca });
      await once(session, 'connect');
      expect(session.alpnProtocol, 'browsers have six connections only by HTTP/1.1').to.equal('h2');
      session.close();
      const viewers = await Promise.all(Array.from({ length: 9 }, async (_, nth) => stay(() => url, await system.keys.token({ role: 'customer', userId: `cust-${nth}` }), edge.ca)));
      await eventually(() => { for (const { frames } of viewers) expect(frames().some(({ event }) => event === 'snapshot')).to.equal(true); }, PATIENCE);
      const stopping = system.apis[1]?.stop();
      await eventually(() => { expect(viewers.some(({ frames }) => frames().some(({ event }) => event === 'bye'))).to.equal(true); }, PATIENCE);
      const saidAt = performance.now();
      const exit = await stopping;
      expect(exit?.code).to.equal(0);
      const version = await receive();
      await eventually(() => {
        for (const { last } of viewers) {
          const stream = last();
          expect(stream === undefined ? undefined : rowsOf(stream).get(`${product} MAD-001`)?.['version'] ?? 0).to.equal(version);
        }
      }, PATIENCE);
      const moved = viewers.filter(({ seen }) => seen.length > 1);
      expect(moved.length, 'viewers of the api that stopped').to.be.within(1, 8);
      for (const { statuses, seen } of viewers) {
        expect(statuses.every((status) => status === 200), statuses.join(' ')).to.equal(true);
        expect((seen.at(-1)?.frames[0]?.at ?? Infinity) - saidAt).to.be.below(5000);
        for (const stream of seen.slice(0, -1)) expect(stream.frames.at(-1)).to.deep.include({ event: 'bye', data: { reason: 'DRAIN' } });
      }
      await Promise.all(viewers.map(({ stop }) => stop()));
    } finally {
      await edge.stop();
    }
  });
});
