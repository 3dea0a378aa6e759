/** Tickets in place of tokens: what each is good for, and what not. */
import { frameNo, rowsOf } from '@inventory/testkit/http/event-stream.ts';
import type { TokenOptions } from '@inventory/testkit/http/tokens.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { expect } from 'chai';
import { admin, customer, vendor } from '../testing/api.ts';
import { problemIn, startFeed } from '../testing/live-feed.ts';
import type { Feed } from '../testing/live-feed.ts';

const PATIENCE = { timeoutMs: 20_000 };

describe('the live feed by a ticket', function () {
  this.timeout(60_000);
  let feed: Feed;
  beforeEach(async () => { feed = await startFeed(); });
  afterEach(() => feed.close());

  const watch: Feed['watch'] = (...given) => feed.watch(...given);
  const stocked: Feed['stocked'] = (...given) => feed.stocked(...given);

  const ticketFor = async (who: TokenOptions, body: object): Promise<string> => {
    const answer = await (await feed.api.as(who)).post('/stream/tickets', body);
    expect(answer.status, answer.text).to.equal(201);
    expect(answer.headers.get('cache-control')).to.equal('no-store');
    return String(answer.body['ticket']);
  };
  const refused = async (query: string): Promise<void> => {
    const stream = await watch(undefined, query);
    await eventually(() => { expect(problemIn(stream)).to.deep.equal([401, 'unauthenticated']); }, PATIENCE);
  };

  it('watches what it was made for, as who got it, and comes back with it', async () => {
    const product = await stocked();
    const ticket = await ticketFor(vendor, { product_ids: [product] });
    for (const _ of [1, 2]) {
      const stream = await watch(undefined, `?product_ids=${product}&ticket=${ticket}`);
      expect((await frameNo(stream, 'snapshot')).data['rows']).to.have.length(2);
      expect(rowsOf(stream).get(`${product} MAD-001`)).to.include({ quantity: 10 });
      expect(rowsOf(stream).get(`${product} BCN-001`)).to.not.have.property('quantity');
      stream.close();
    }
    await refused(`?product_ids=${product}&store_ids=MAD-001&ticket=${ticket}`);
    await eventually(() => { expect(feed.api.logLines().filter(({ route }) => route === '/stream').length).to.be.least(3); }, PATIENCE);
    expect(JSON.stringify(feed.api.logLines()), 'in the log').to.not.contain(ticket);
    const { rows } = await feed.api.pool.query<{ kept: string }>('SELECT t::text AS kept FROM stream_tickets t');
    expect(rows).to.have.length(1);
    expect(rows[0]?.kept, 'in the table').to.not.contain(ticket);
  });

  it('is good for no other question, no other path, not after a minute, and not after its token', async () => {
    const [product, other] = [await stocked(), await stocked()];
    const ticket = await ticketFor(customer, { product_ids: [product] });
    await refused(`?product_ids=${other}&ticket=${ticket}`);
    await refused(`?ticket=${ticket}`);
    await refused(`?product_ids=${product}&ticket=${ticket.slice(1)}x`);
    await refused(`?product_ids=${product}&ticket=x`);
    expect((await (await feed.api.as()).get(`/availability?product_ids=${product}&ticket=${ticket}`)).status).to.equal(401);
    const [unused, used] = [await ticketFor(customer, { product_ids: [product] }), await ticketFor(customer, { product_ids: [product] })];
    await frameNo(await watch(undefined, `?product_ids=${product}&ticket=${used}`), 'tick');
    await feed.api.pool.query("UPDATE stream_tickets SET created_at = created_at - interval '61 seconds'");
    await refused(`?product_ids=${product}&ticket=${unused}`);
    const stays = await watch(undefined, `?product_ids=${product}&ticket=${used}`);
    await frameNo(stays, 'tick');
    await feed.api.pool.query("INSERT INTO revoked_tokens (kind, value) VALUES ('sub', $1)", [customer.userId]);
    expect((await frameNo(stays, 'bye')).data).to.deep.equal({ reason: 'TOKEN' });
    await refused(`?product_ids=${product}&ticket=${used}`);
  });

  it('counts for the user who got it, beside his token', async () => {
    const product = await stocked();
    for (const who of [customer, vendor]) {
      const query = `?product_ids=${product}`;
      const ticket = await ticketFor(who, { product_ids: [product] });
      const byTicket = `${query}&ticket=${ticket}`;
      const open = [await watch(who, query), await watch(who, query), await watch(undefined, byTicket)];
      for (const stream of open) await frameNo(stream, 'tick');
      for (const stream of [await watch(undefined, byTicket), await watch(who, query)]) {
        await eventually(() => { expect(problemIn(stream)).to.deep.equal([429, 'quota_exceeded']); }, PATIENCE);
      }
      for (const stream of open) stream.close();
    }
  });

  it('is made for nothing that its user may not watch', async () => {
    for (const [who, body, status] of [[customer, { view: 'events' }, 403], [vendor, { view: 'events', store_id: 'BCN-001' }, 403],
      [admin, { view: 'events', levels_only: true }, 400], [admin, { view: 'log' }, 400], [admin, { after: 'x' }, 400]] as const) {
      expect((await (await feed.api.as(who)).post('/stream/tickets', body)).status, JSON.stringify(body)).to.equal(status);
    }
    const ticket = await ticketFor(vendor, { view: 'events', type: 'stock.updated' });
    const stream = await watch(undefined, `?view=events&type=stock.updated&ticket=${ticket}`);
    await frameNo(stream, 'tick');
    const product = await stocked();
    expect((await frameNo(stream, 'event')).data).to.deep.include({ type: 'stock.updated', store_id: 'MAD-001', aggregate_id: product });
  });
});
