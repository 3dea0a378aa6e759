import type { Client } from '@inventory/testkit/http/client.ts';
import { expect } from 'chai';
import { z } from 'zod';
import { addProduct, admin, startTestApi } from '../../testing/api.ts';
import type { TestApi } from '../../testing/api.ts';
import { cursorsOf } from './cursor.ts';

/** The digest of a cursor has no secret, so anybody can make one that holds anything. */
describe('a hand-made cursor with a valid digest', () => {
  let api: TestApi;
  let client: Client;
  let product: string;
  before(async () => {
    api = await startTestApi();
    client = await api.as(admin);
    product = await addProduct(api.db);
    await client.post('/stock', { product_id: product, store_id: 'MAD-001', quantity_change: 1, reason: 'RESTOCK' });
  });
  after(() => api.close());

  it('row 68: is refused by every list, whatever it holds', async () => {
    const odd: readonly unknown[] = ['\u0000', 'a\u0000b', '\ud800', '', 'x'.repeat(100), 1e308, -1, 0, 1.5, 2 ** 53, null, true, [], {},
      ['x'], { length: { toString: 1 } }, '\'; --'];
    const lists: readonly (readonly [list: string, path: string, parameter: string, filters: object, members: readonly string[]])[] = [
      ['stores', '/stores?', 'cursor', {}, ['id']],
      ['products', '/products?', 'cursor', { archived: false }, ['id']],
      ['reservations', '/reservations?', 'cursor', {}, ['before']],
      ['stock', '/stores/MAD-001/stock?', 'cursor', { store: 'MAD-001' }, ['product']],
      ['history', `/stores/MAD-001/stock/${product}/history?`, 'cursor', { store: 'MAD-001', product }, ['before']],
      ['events', '/events?', 'after', {}, ['epoch', 'position']],
    ];
    const faults: string[] = [];
    for (const [list, path, parameter, filters, members] of lists) {
      const forge = cursorsOf(list, z.unknown(), parameter);
      const ask = async (key: unknown) => client.get(`${path}${parameter}=${forge.encode({ ...filters }, key)}`);
      for (const value of odd) {
        const whole = Object.fromEntries(members.map((member) => [member, value]));
        for (const key of [value, whole, { ...whole, more: 1 }]) {
          const { status, text } = await ask(key);
          // A number may be a place of the list: the first, or behind its end.
          if (status !== 400 && !(status === 200 && Number.isInteger(value)) && status !== 410) {
            faults.push(`${list} ${JSON.stringify(key)}: ${status} ${text.slice(0, 80)}`);
          }
        }
      }
      const own = list === 'events' ? { epoch: 1, position: 0 } : { [members[0] ?? '']: list === 'history' ? 5 : list === 'stores' ? 'AAA' : product };
      expect((await ask(own)).status, `${list}: the forger knows its form`).to.equal(200);
      expect((await ask({ ...own, more: 1 })).status, `${list} with an unknown member`).to.equal(400);
    }
    expect(faults.join('\n')).to.equal('');
  });
});
