import { expect } from 'chai';
import { scriptedClients } from './testing/scripted-client.ts';
import type { Reply } from './testing/scripted-server.ts';

const ID = '807acc38-bad3-5a9b-af8c-889c493a3230';
const row = (store_id: string, version: number) => ({ product_id: ID, store_id, quantity: 1, reserved: 0, available: 1, version });
const written = (store_id: string, version: number): Reply => ({ body: row(store_id, version), headers: { 'x-stock-version': String(version) } });
const shown = (source: string, versions: Readonly<Record<string, number>>): Reply => ({
  body: { product_id: ID, source, stores: Object.entries(versions).map(([store_id, version]) => ({ store_id, version })) },
});
const change = (store_id: string) => ({ product_id: ID, store_id, quantity_change: 1, reason: 'RESTOCK' }) as const;

const never: Reply = { status: 400, body: { code: 'validation_failed', status: 400, errors: [{ pointer: '/min_version', message: 'never was' }] } };

describe('one\'s own writes', () => {
  const scripted = scriptedClients();
  const queries = (asked: readonly { readonly path: string }[]) =>
    asked.filter(({ path }) => path.includes('/availability')).map(({ path }) => path.split('?')[1]);

  it('are asked for by the newest version of the row that was written last', async () => {
    const { client, asked } = await scripted(({ method, body }) => (method === 'GET' ? shown('cache', { 'MAD-001': 17, 'BCN-001': 4 })
      : written(JSON.parse(body).store_id, body.includes('BCN') ? 4 : 17)));
    await client.getAvailability({ id: ID });
    await client.changeStock(change('BCN-001'));
    await client.changeStock(change('MAD-001'));
    await client.getAvailability({ id: ID.toUpperCase() });
    await client.getAvailability({ id: ID, min_version: 'VAL-001:1' });
    await client.getAvailability({ id: '01a20d19-1756-72d6-b15d-77c5f399fb03' });
    expect(queries(asked)).to.deep.equal([undefined, 'min_version=MAD-001%3A17', 'min_version=VAL-001%3A1', undefined]);
  });

  it('are not made older by an answer that comes late', async () => {
    const { client, asked } = await scripted(({ method }, nth) => (method === 'GET' ? shown('cache', { 'MAD-001': 9 }) : written('MAD-001', 10 - nth)));
    await client.changeStock(change('MAD-001'));
    await client.changeStock(change('MAD-001'));
    await client.getAvailability({ id: ID });
    expect(queries(asked)).to.deep.equal(['min_version=MAD-001%3A9']);
  });

  it('in another store are asked for once more where the answer lacks them', async () => {
    const { client, asked } = await scripted(({ path, body }) => (path.endsWith('/stock') ? written(JSON.parse(body).store_id, 5)
      : shown('cache', path.includes('BCN') ? { 'MAD-001': 5, 'BCN-001': 5 } : { 'MAD-001': 5, 'BCN-001': 4 })));
    await client.changeStock(change('BCN-001'));
    await client.changeStock(change('MAD-001'));
    const { stores } = await client.getAvailability({ id: ID });
    expect(stores.map(({ version }) => version)).to.deep.equal([5, 5]);
    expect(queries(asked)).to.deep.equal(['min_version=MAD-001%3A5', 'min_version=BCN-001%3A5']);
  });

  it('that a server never shows are asked for once a row', async () => {
    const { client, asked } = await scripted(({ path, body }) => (path.endsWith('/stock') ? written(JSON.parse(body).store_id, 5) : shown('cache', {})));
    await client.changeStock(change('BCN-001'));
    await client.changeStock(change('MAD-001'));
    await client.getAvailability({ id: ID });
    expect(queries(asked)).to.have.length(2);
  });

  it('are forgotten, one by one, where the server says that the row never had that version', async () => {
    const { client, asked } = await scripted(({ path, body }) => (path.endsWith('/stock') ? written(JSON.parse(body).store_id, 9)
      : path.includes('min_version') ? never : shown('database', { 'MAD-001': 3 })));
    await client.changeStock(change('BCN-001'));
    await client.changeStock(change('MAD-001'));
    expect((await client.getAvailability({ id: ID })).stores).to.have.length(1);
    await client.getAvailability({ id: ID });
    expect(queries(asked)).to.deep.equal(['min_version=MAD-001%3A9', 'min_version=BCN-001%3A9', undefined, undefined]);
    const own = await client.getAvailability({ id: ID, min_version: 'MAD-001:9' }).catch((error: unknown) => error);
    expect(own, 'the caller\'s own question is the caller\'s').to.include({ code: 'validation_failed' });
  });

  it('that were made while an older one was refused are not', async () => {
    let version = 8;
    const over = Promise.withResolvers<undefined>();
    const { client, asked } = await scripted(async ({ method, path }) => {
      if (method === 'POST') return written('MAD-001', version += 1);
      await over.promise;
      return path.endsWith('A9') ? never : shown('database', { 'MAD-001': 10 });
    });
    await client.changeStock(change('MAD-001'));
    const reading = client.getAvailability({ id: ID });
    await client.changeStock(change('MAD-001'));
    over.resolve(undefined);
    await reading;
    await client.getAvailability({ id: ID });
    expect(queries(asked)).to.deep.equal(['min_version=MAD-001%3A9', undefined, 'min_version=MAD-001%3A10']);
  });

  it('in a batch are those of each item that was done', async () => {
    const items = [{ index: 0, status: 200, ...row('MAD-001', 3) }, { index: 1, status: 409, code: 'insufficient_stock', product_id: ID, store_id: 'BCN-001' }];
    const { client, asked } = await scripted(({ method }) => (method === 'POST' ? { status: 207, body: { mode: 'partial', items } } : shown('cache', { 'MAD-001': 3 })));
    await client.changeStockBatch({ mode: 'partial', items: [change('MAD-001'), change('BCN-001')] });
    await client.getAvailability({ id: ID });
    expect(queries(asked)).to.deep.equal(['min_version=MAD-001%3A3']);
  });

  it('are not looked for by a client that is told not to', async () => {
    const { client, asked } = await scripted(({ method }) => (method === 'GET' ? shown('cache', {}) : written('MAD-001', 7)), { readOwnWrites: false });
    await client.changeStock(change('MAD-001'));
    await client.getAvailability({ id: ID });
    expect(queries(asked)).to.deep.equal([undefined]);
  });
});
