import { expectInvariants } from '@inventory/testkit/invariants/invariants.ts';
import type { Client } from '@inventory/testkit/http/client.ts';
import { expect } from 'chai';
import { v7 } from 'uuid';
import { admin, customer, startTestApi, vendor } from '../testing/api.ts';
import type { TestApi } from '../testing/api.ts';
import { product } from './schema.ts';

const TRACEPARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

describe('products', () => {
  let api: TestApi;
  let boss: Client;
  before(async () => {
    api = await startTestApi();
    boss = await api.as(admin);
  });
  after(async () => {
    await expectInvariants(api.db);
    // The last event of each product agrees with its row.
    const { rows } = await api.pool.query(`
      SELECT p.id FROM products p LEFT JOIN LATERAL (
        SELECT event_type, payload, stream_version FROM events
        WHERE stream_id = p.id ORDER BY stream_version DESC LIMIT 1) e ON true
      WHERE (e.payload ->> 'version')::int IS DISTINCT FROM p.version OR e.stream_version IS DISTINCT FROM p.version
        OR e.payload ->> 'sku' <> p.sku OR e.payload ->> 'name' <> p.name OR e.payload ->> 'price' <> p.price::text
        OR (e.event_type = 'product.archived') <> (p.archived_at IS NOT NULL)`);
    expect(rows).to.deep.equal([]);
    await api.close();
  });

  const sample = (more: object = {}) => ({ sku: `SKU-${v7()}`, name: 'Laptop HP', price: '799.00', ...more });
  const made = async (more: object = {}) => product.parse((await boss.post('/products', sample(more))).body);
  const eventsOf = async (id: string) => (await api.pool.query<{ type: string; version: number; metadata: object }>(
    `SELECT event_type AS type, stream_version AS version, metadata FROM events
     WHERE stream_id = $1 ORDER BY position`, [id])).rows;

  it('are made by an admin, with an event that names the admin and the request', async () => {
    const answer = await boss.post('/products', sample({ category: 'Computers', price: '799' }),
      { headers: { 'x-request-id': 'make-it', traceparent: TRACEPARENT } });
    expect(answer.status).to.equal(201);
    const body = product.parse(answer.body);
    expect(body).to.deep.include({ price: '799.00', category: 'Computers', description: null, version: 1,
      archived_at: null });
    expect(answer.headers.get('location')).to.equal(`/api/v1/products/${body.product_id}`);
    expect(answer.headers.get('etag')).to.equal('"1"');
    expect(await eventsOf(body.product_id)).to.deep.equal([
      { type: 'product.created', version: 1, metadata: { actor: { id: 'admin-1', role: 'admin' },
        request_id: 'make-it', traceparent: TRACEPARENT } },
    ]);
  });

  it('can be read by everybody and written by admins only', async () => {
    const { product_id: id } = await made();
    for (const who of [customer, vendor]) {
      const client = await api.as(who);
      expect((await client.get(`/products/${id}`)).status).to.equal(200);
      expect((await client.get('/products')).status).to.equal(200);
      for (const [method, path, body] of [['POST', '/products', sample()], ['PATCH', `/products/${id}`, { name: 'x' }],
        ['DELETE', `/products/${id}`]] as const) {
        expect((await client.request(method, path, body)).body, `${who.role} ${method}`)
          .to.deep.include({ code: 'forbidden', status: 403 });
      }
    }
    expect((await (await api.as()).get(`/products/${id}`)).status).to.equal(401);
    expect(await eventsOf(id)).to.have.length(1);
  });

  it('are found by SKU, whatever characters it has', async () => {
    const sku = `Ñ "7" & <b>/%2F+${v7().slice(-8)}`;
    const { product_id: id } = await made({ sku });
    const found = await boss.get(`/products?sku=${encodeURIComponent(sku)}`);
    expect(found.body).to.deep.include({ next_cursor: null });
    expect(found.text).to.contain(id);
    expect((await boss.get('/products?sku=nobody-has-this')).body).to.deep.equal({ items: [], next_cursor: null });
  });

  it('are refused when malformed, with a pointer to each fault', async () => {
    const faults: readonly (readonly [object, string])[] = [
      [{ price: 799 }, '/price'], [{ price: '1e3' }, '/price'], [{ price: '-1.00' }, '/price'],
      [{ price: '1.005' }, '/price'],
      [{ price: '100000000.00' }, '/price'], [{ price: '٣.00' }, '/price'], [{ price: ' 1.00' }, '/price'],
      [{ price: null }, '/price'],
      [{ sku: '' }, '/sku'], [{ sku: ' x' }, '/sku'], [{ sku: 'x\n' }, '/sku'], [{ sku: 'x'.repeat(51) }, '/sku'],
      [{ sku: 'a\u0000' }, '/sku'],
      [{ sku: 'a\u200bb' }, '/sku'], [{ name: '' }, '/name'], [{ name: '\ud800' }, '/name'],
      [{ name: 'x'.repeat(256) }, '/name'],
      [{ version: 7 }, '/version'], [{ id: v7() }, '/id'], [{ archived_at: null }, '/archived_at'],
      [{ category: 'x'.repeat(101) }, '/category'],
    ];
    for (const [fault, pointer] of faults) {
      const { body } = await boss.post('/products', sample(fault));
      expect(body, JSON.stringify(fault)).to.deep.include({ status: 400, code: 'validation_failed' });
      expect(body['errors'], JSON.stringify(fault)).to.have.nested.property('[0].pointer', pointer);
    }
    const { product_id: id } = await made();
    for (const patch of [{}, { price: 1 }, { sku: null }, { name: null }, { version: 2 }]) {
      expect((await boss.request('PATCH', `/products/${id}`, patch)).body)
        .to.deep.include({ code: 'validation_failed' });
    }
    for (const query of ['limit=0', 'limit=', 'limit=0x10', 'limit=1e3', 'limit=%205', 'limit=-1', 'limit=1.5',
      'limit=201', 'limit=1&limit=2',
      'archived=0', 'archived=True', 'cursor=x', 'cursor=', 'page=2']) {
      expect((await boss.get(`/products?${query}`)).body, query).to.deep.include({ code: 'validation_failed' });
    }
  });

  it('have a unique SKU: of ten made at once with the same SKU, one is made', async () => {
    const sku = `SKU-${v7()}`;
    const told = await Promise.all(Array.from({ length: 10 }, () => boss.post('/products', sample({ sku }))));
    expect(told.map(({ status }) => status).sort()).to.deep.equal([201, ...Array.from({ length: 9 }, () => 409)]);
    expect(told.find(({ status }) => status === 409)?.body).to.deep.include({ code: 'sku_taken' });
    const { rows } = await api.pool.query(
      `SELECT 1 FROM events WHERE event_type = 'product.created' AND payload ->> 'sku' = $1`, [sku]);
    expect(rows).to.have.length(1);
  });

  it('are made once under one idempotency key, used twenty times at once, with the same bytes for all', async () => {
    // Several rounds: in the first one connections are still being made, so it may not be a race.
    for (let round = 0; round < 4; round += 1) {
      const headers = { 'idempotency-key': v7() };
      const body = sample();
      const told = await Promise.all(Array.from({ length: 20 }, () => boss.post('/products', body, { headers })));
      expect(new Set(told.map(({ status, text }) => `${status} ${text}`)).size).to.equal(1);
      expect(told[0]?.status).to.equal(201);
      expect(told.filter((answer) => answer.headers.get('idempotency-replayed') === 'true')).to.have.length(19);
      expect(new Set(told.map((answer) => `${answer.headers.get('location')} ${answer.headers.get('etag')}`)).size)
        .to.equal(1);
      expect((await boss.post('/products', { ...body, name: 'x' }, { headers })).body)
        .to.deep.include({ code: 'idempotency_key_reused', status: 422 });
      const { rows } = await api.pool.query('SELECT 1 FROM products WHERE sku = $1', [body.sku]);
      expect(rows).to.have.length(1);
    }
  });

  it('keep a refusal under its key too, but no validation error', async () => {
    const { sku } = await made();
    const headers = { 'idempotency-key': v7() };
    expect((await boss.post('/products', sample({ sku: '' }), { headers })).status).to.equal(400);
    const first = await boss.post('/products', sample({ sku }), { headers });
    expect(first.body).to.deep.include({ code: 'sku_taken' });
    const again = await boss.post('/products', sample({ sku }), { headers });
    expect(again.text).to.equal(first.text);
    expect(again.headers.get('idempotency-replayed')).to.equal('true');
  });

  it('are patched member by member; a patch without effect changes nothing', async () => {
    const before = await made({ description: 'old', category: 'Computers' });
    const path = `/products/${before.product_id}`;
    const answer = await boss.request('PATCH', path, { price: '749.5', description: null });
    expect(product.parse(answer.body)).to.deep.include({
      price: '749.50', description: null, category: 'Computers', name: before.name, sku: before.sku, version: 2,
    });
    expect(answer.headers.get('etag')).to.equal('"2"');
    expect((await boss.request('PATCH', path, { price: '749.50' })).body).to.deep.include({ version: 2 });
    expect((await eventsOf(before.product_id)).map(({ type }) => type))
      .to.deep.equal(['product.created', 'product.updated']);
    expect((await boss.get(path)).text).to.equal(answer.text);
  });

  it('are patched only at the expected version', async () => {
    const { product_id: id } = await made();
    const patch = (name: string, tag: string) =>
      boss.request('PATCH', `/products/${id}`, { name }, { headers: { 'if-match': tag } });
    const told = await Promise.all(Array.from({ length: 10 }, (_, n) => patch(`name ${n}`, '"1"')));
    expect(told.map(({ status }) => status).sort()).to.deep.equal([200, ...Array.from({ length: 9 }, () => 412)]);
    expect(told.find(({ status }) => status === 412)?.body)
      .to.deep.include({ code: 'version_mismatch', current_version: 2 });
    const weak = await patch('weak', 'W/"2"');
    expect([weak.status, weak.body['detail']]).to.deep.equal([412,
      'The product is at version 2, and If-Match names none of its versions: send "2" for this one. A weak tag (W/) never matches.']);
    expect((await patch('other', '"2", "3"')).status).to.equal(400);
    expect((await patch('any', '*')).body).to.deep.include({ version: 3 });
  });

  it('are patched one after the other under many requests at once: every version exists, none twice', async () => {
    const { product_id: id } = await made();
    // On a busy machine the wait for a connection runs out (503); then a client asks again, as this one does.
    const patch = async (name: string): Promise<void> => {
      const { status } = await boss.request('PATCH', `/products/${id}`, { name });
      if (status === 503) return patch(name);
      expect(status).to.equal(200);
    };
    await Promise.all(Array.from({ length: 20 }, (_, n) => patch(`name ${n}`)));
    expect((await eventsOf(id)).map(({ version }) => version))
      .to.deep.equal(Array.from({ length: 21 }, (_, n) => n + 1));
  });

  it('cannot take another product\'s SKU, nor can two at once take the same new one', async () => {
    const [one, two, three] = [await made(), await made(), await made()];
    const patch = (of: typeof one, sku: string) => boss.request('PATCH', `/products/${of.product_id}`, { sku });
    expect((await patch(one, two.sku)).body).to.deep.include({ code: 'sku_taken' });
    for (let round = 0; round < 10; round += 1) {
      const told = await Promise.all([patch(one, `race-${round}`), patch(two, `race-${round}`),
        patch(three, `race-${round}`)]);
      expect(told.map(({ status }) => status).sort()).to.deep.equal([200, 409, 409]);
    }
  });

  it('are not sent again to a client that has them', async () => {
    const { product_id: id } = await made();
    const answer = await boss.get(`/products/${id}`, { headers: { 'if-none-match': '"1"' } });
    expect([answer.status, answer.text]).to.deep.equal([304, '']);
    expect((await boss.get(`/products/${id}`, { headers: { 'if-none-match': '"2"' } })).status).to.equal(200);
  });

  it('that do not exist are 404 for every verb', async () => {
    const path = `/products/${v7()}`;
    for (const [method, body] of [['GET', undefined], ['PATCH', { name: 'x' }], ['DELETE', undefined]] as const) {
      expect((await boss.request(method, path, body)).body).to.deep.include({ code: 'not_found' });
    }
  });

  it('are listed page by page, each once, by following the links', async () => {
    const ids = (await Promise.all(Array.from({ length: 7 }, () => made({ name: 'listed' })))).map((each) =>
      each.product_id);
    const seen: string[] = [];
    for (let path: string | undefined = '/products?limit=3'; path !== undefined;) {
      const answer = await boss.get(path);
      seen.push(...[...answer.text.matchAll(/"product_id":"([^"]+)"/g)].map(([, id]) => id ?? ''));
      path = /^<\/api\/v1([^>]+)>; rel="next"$/.exec(answer.headers.get('link') ?? '')?.[1];
      expect(path === undefined).to.equal(answer.body['next_cursor'] === null);
      if (path !== undefined) expect((await boss.get(path.replace('limit=3', 'limit=3&archived=true'))).status)
        .to.equal(400);
    }
    expect(seen).to.include.members(ids);
    expect(new Set(seen).size).to.equal(seen.length);
  });

  describe('that are looked for', () => {
    const shelf = `Shelf ${v7().slice(-6)}`;
    const names = ['Zebra Lamp', 'Ámbar Lamp 5mm', 'Desk of oak', 'Lamp, red (LED)', 'Desk lampshade'] as const;
    const ids: string[] = [];
    let shopper: Client;
    before(async () => {
      shopper = await api.as(customer);
      for (const [nth, name] of names.entries()) ids.push((await made({ name, category: shelf, price: `${(nth * 7) % 5}.50` })).product_id);
    });
    const page = async (query: string): Promise<readonly { product_id: string; name: string; price: string }[]> => {
      const { status, text } = await shopper.get(`/products?${query}`);
      expect(status, text).to.equal(200);
      return JSON.parse(text).items;
    };
    const all = async (query: string) => {
      const found: string[] = [];
      for (let next = `/products?limit=2&${query}`; next !== '';) {
        const { text, headers } = await shopper.get(next);
        found.push(...JSON.parse(text).items.map(({ name }: { name: string }) => name));
        [, next = ''] = /^<\/api\/v1([^>]+)>; rel="next"$/.exec(headers.get('link') ?? '') ?? [];
      }
      return found;
    };
    const of = encodeURIComponent(shelf);

    it('by words, or how they begin, in name and SKU, are one page by name', async () => {
      const named = async (q: string) => (await page(`category=${of}&q=${encodeURIComponent(q)}`)).map(({ name }) => name).sort();
      expect(await named('lamp')).to.deep.equal([names[0], names[1], names[3], names[4]].sort());
      expect(await named('DESK la')).to.deep.equal([names[4]]);
      expect(await named('led red')).to.deep.equal([names[3]]);
      expect(await named('5mm')).to.deep.equal([names[1]]);
      expect(await named('lamps:*|oak')).to.deep.equal([]);
      const mine = await made({ sku: `ZX-${v7()}-0007`, category: shelf });
      expect((await page(`q=${mine.sku}`)).map(({ product_id: id }) => id)).to.deep.equal([mine.product_id]);
      await boss.request('DELETE', `/products/${mine.product_id}`);
      expect(await page(`q=${mine.sku}`)).to.deep.equal([]);
    });

    it('by category come in the order that was asked for, page by page, each once', async () => {
      expect(await all(`category=${of}`)).to.deep.equal([...names]);
      const { rows: byName } = await api.pool.query<{ name: string }>('SELECT name FROM products WHERE category = $1 AND archived_at IS NULL ORDER BY name, id', [shelf]);
      expect(await all(`category=${of}&sort=name`)).to.deep.equal(byName.map(({ name }) => name));
      const { rows: byPrice } = await api.pool.query<{ name: string }>('SELECT name FROM products WHERE category = $1 AND archived_at IS NULL ORDER BY price, id', [shelf]);
      expect(await all(`category=${of}&sort=price`)).to.deep.equal(byPrice.map(({ name }) => name));
      expect(await all(`category=${of}&sort=-price`)).to.deep.equal(byPrice.map(({ name }) => name).reverse());
    });

    it('by their ids come in that order, and what does not exist is left out', async () => {
      const asked = [ids[3], v7(), ids[0]?.toUpperCase(), ids[3]];
      expect((await page(`ids=${asked.join()}`)).map(({ product_id: id }) => id)).to.deep.equal([ids[3], ids[0]]);
    });

    it('cannot be asked for in ways that do not go together', async () => {
      for (const [query, pointer] of [
        [`ids=${v7()}&q=lamp`, '/q'], [`ids=${v7()}&sort=name`, '/sort'], ['q=lamp&sort=price', '/sort'], ['q=lamp&sku=x', '/sku'],
        ['archived=true&category=x', '/category'], ['q=%20-%20', '/q'], ['q=a%20b%20c%20d%20e%20f%20g%20h%20i', '/q'], ['sort=id', '/sort'],
        [`ids=${Array.from({ length: 101 }, () => v7()).join()}`, '/ids'],
      ] as const) {
        const { status, text } = await shopper.get(`/products?${query}`);
        expect([status, text.includes(`"pointer":"${pointer}"`)], `${query.slice(0, 60)}: ${text}`).to.deep.equal([400, true]);
      }
    });
  });
});
