import { expect } from 'chai';
import { failure, scriptedClients } from './testing/scripted-client.ts';
import { problem } from './testing/scripted-server.ts';

describe('a list', () => {
  const scripted = scriptedClients();

  it('goes on over its pages, asks for the next one only when it is read, and keeps its filters', async () => {
    const pages = [{ items: [1, 2], next_cursor: 'c1' }, { items: [], next_cursor: 'c2' }, { items: [3], next_cursor: null }];
    const { client, asked } = await scripted((_, nth) => ({ body: pages[nth - 1] }));
    const list = client.listReservations({ store_id: 'MAD-001', status: 'PENDING' });
    expect(asked).to.have.length(0);
    const seen: unknown[] = [];
    for await (const item of list) {
      seen.push([item, asked.length]);
    }
    expect(seen).to.deep.equal([[1, 1], [2, 1], [3, 3]]);
    const query = 'store_id=MAD-001&status=PENDING';
    expect(asked.map(({ path }) => path.split('?')[1])).to.deep.equal([query, `${query}&cursor=c1`, `${query}&cursor=c2`]);
  });

  it('ends with the loop that reads it', async () => {
    const { client, asked } = await scripted(() => ({ body: { items: [1, 2], next_cursor: 'on' } }));
    for await (const _item of client.listProducts()) break;
    expect(asked).to.have.length(1);
  });

  it('of events ends where there are no more, although there is a cursor', async () => {
    const { client, asked } = await scripted((_, nth) => ({ body: { items: [nth], next_cursor: `c${nth}`, has_more: nth < 3 } }));
    const seen: unknown[] = [];
    for await (const event of client.listEvents({ after: 'c0' })) seen.push(event);
    expect(seen).to.deep.equal([1, 2, 3]);
    expect(asked.map(({ path }) => path.split('?')[1])).to.deep.equal(['after=c0', 'after=c1', 'after=c2']);
  });

  it('gives one page, with the cursor of the next', async () => {
    const { client } = await scripted(({ path }) => ({ body: { items: [path], next_cursor: 'c1' } }));
    const { items, next_cursor } = await client.listStores({ limit: 1, cursor: 'c0' }).page();
    expect([items, next_cursor]).to.deep.equal([['/api/v1/stores?limit=1&cursor=c0'], 'c1']);
  });

  it('fails as a call does, and where the answer is no page', async () => {
    const { client } = await scripted((_, nth) => (nth === 1 ? problem(403, 'forbidden') : { body: { pages: [] } }));
    expect((await failure(client.listProducts().page())).code).to.equal('forbidden');
    expect(await client.listProducts().page().catch((thrown: unknown) => thrown)).to.be.instanceOf(TypeError);
  });
});
