/** The example programs of packages/client, as somebody types them, against a real api: a web shop and a tablet in a store. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import type { Client } from '@inventory/testkit/http/client.ts';
import { expectInvariants } from '@inventory/testkit/invariants/invariants.ts';
import { expect } from 'chai';
import { admin, service, startTestApi, vendor } from '../testing/api.ts';
import type { TestApi } from '../testing/api.ts';

const EXAMPLES = join(import.meta.dirname, '..', '..', 'client', 'example');

describe('the example programs of the client', function () {
  // About twenty programs of half a second each, on a quiet machine.
  this.timeout(120_000);
  let api: TestApi;
  let boss: Client;
  let product: string;
  let env: Record<string, string>;
  before(async () => {
    api = await startTestApi();
    boss = await api.as(admin);
    const { body: made } = await boss.post('/products', { sku: 'SKU-0001', name: 'Laptop HP', price: '799.00' });
    product = String(made['product_id']);
    for (const [store_id, quantity_change] of [['MAD-001', 5], ['BCN-001', 10]] as const) {
      await boss.post('/stock', { product_id: product, store_id, quantity_change, reason: 'RESTOCK' });
    }
    env = { API_URL: `http://127.0.0.1:${api.port}`, TOKEN_SERVICE: await api.token(service), TOKEN_VENDOR: await api.token(vendor) };
  });
  after(async () => {
    await expectInvariants(api.db);
    await api.close();
  });

  /** What a program prints, and its exit code where that is not 0. */
  const run = (program: string, ...words: readonly string[]) => new Promise<string>((resolve) => {
    execFile(process.execPath, [join(EXAMPLES, program), ...words], { env }, (error, stdout, stderr) => {
      resolve(`${stdout}${stderr}${error === null ? '' : `exit ${String(error.code)}\n`}`);
    });
  });
  const shop = (...words: readonly string[]) => run('web-shop.mjs', ...words);
  const tablet = (...words: readonly string[]) => run('tablet.mjs', 'MAD-001', ...words);
  const quantityIn = async (store: string) => (await boss.get(`/stores/${store}/stock/${product}`)).body['quantity'];
  const UUID = /[\da-f]{8}-[\da-f-]{27}/;

  it('the web shop finds a product, and the nearest store that has it', async () => {
    expect(await shop('search', 'lap', 'hp')).to.equal('SKU-0001 Laptop HP, 799.00: 15 in 2 stores\n');
    await boss.request('PATCH', '/stores/MAD-001', { latitude: 40.4168, longitude: -3.7038 });
    expect(await shop('where', 'SKU-0001', '40.5,-3.7')).to.match(/^Madrid Centro, 9\.\d+ km: 5\n$/);
  });

  it('the web shop sells an order once, however often it is started, and says what is missing', async () => {
    const sold = await shop('buy', 'order-1', 'cust-456', 'SKU-0001=2');
    expect(sold).to.match(/^order-1: held until \S+Z\norder-1: sold 2 from BCN-001\n$/);
    expect(await shop('buy', 'order-1', 'cust-456', 'SKU-0001=2'), 'started again').to.equal('order-1: sold 2 from BCN-001\n');
    expect(await quantityIn('BCN-001')).to.equal(8);
    expect(await shop('buy', 'order-2', 'cust-456', 'SKU-0001=99')).to.equal('BCN-001: 99 wanted, 8 there\nexit 1\n');
    expect(await shop('cancel', 'order-1')).to.contain('reservation_already_confirmed').and.to.contain('exit 1');
  });

  it('the web shop goes on with an order whose hold is over, or was refused', async () => {
    const held = { customer_id: 'cust-456', reference: 'order-3', lines: [{ product_id: product, store_id: 'BCN-001', quantity: 2 }] };
    const cart = async () => String((await (await api.as(service)).post('/reservations/batch', held)).body['batch_id']);
    await boss.post(`/reservations/batch/${await cart()}/cancel`);
    expect(await shop('buy', 'order-3', 'cust-456', 'SKU-0001=2')).to.match(/^order-3: held until \S+Z\norder-3: sold 2 from BCN-001\n$/);
    expect(await shop('buy', 'order-3', 'cust-456', 'SKU-0001=2'), 'once').to.equal('order-3: sold 2 from BCN-001\n');
    expect(await shop('buy', 'order-4', 'cust-456', 'SKU-0001=7')).to.equal('BCN-001: 7 wanted, 6 there\nexit 1\n');
    await boss.post('/stock', { product_id: product, store_id: 'BCN-001', quantity_change: 1, reason: 'RESTOCK' });
    expect(await shop('buy', 'order-4', 'cust-456', 'SKU-0001=7')).to.match(/order-4: sold 7 from BCN-001\n$/);
  });

  it('the tablet books a line of a delivery once', async () => {
    for (let time = 0; time < 2; time += 1) {
      expect(await tablet('receive', 'SKU-0001', '20', 'delivery-4711-1')).to.equal('Laptop HP: 25 on the shelf, 25 of them free\n');
    }
    expect(await quantityIn('MAD-001')).to.equal(25);
  });

  it('the tablet hands over what a customer fetches, and puts back what he brings, once for a slip', async () => {
    const { body } = await boss.post('/reservations', { product_id: product, store_id: 'MAD-001', quantity: 2, customer_id: 'cust-456' });
    const id = String(body['reservation_id']);
    expect(await tablet('holds')).to.match(new RegExp(`^${id}: 2 of ${product} for cust-456, until \\S+Z\n$`));
    expect(await tablet('hand-over', id)).to.equal('sold 2\n');
    for (let time = 0; time < 2; time += 1) expect(await tablet('take-back', id, '1', 'slip-7')).to.equal('1 of 2 are back\n');
    expect(await quantityIn('MAD-001')).to.equal(24);
    expect(await tablet('take-back', id, '5', 'slip-8')).to.contain('more_than_sold').and.to.contain('exit 1');
  });

  it('the tablet counts, names the holds that nothing is left for, and ends the youngest where it is told to', async () => {
    expect(await tablet('count', 'SKU-0001=23')).to.equal('SKU-0001=23: 23 free\n');
    await boss.post('/reservations', { product_id: product, store_id: 'MAD-001', quantity: 3, customer_id: 'cust-456' });
    expect(await tablet('count', 'SKU-0001=1')).to.match(
      new RegExp(`^SKU-0001=1: 3 units are held, and 1 were found\\.\n  3 held until \\S+Z: ${UUID.source}\nexit 1\n$`));
    expect(await tablet('count', 'SKU-0001=1', '--release')).to.match(new RegExp(`^SKU-0001=1: 1 free\n  ended 3: ${UUID.source}\n$`));
  });

  it('say how they are used', async () => {
    expect(await shop('--help')).to.match(/^Usage: /).and.not.to.contain('exit');
    expect(await tablet('--help')).to.match(/^Usage: /).and.not.to.contain('exit');
    expect(await shop('fly')).to.contain('Usage: ').and.to.contain('exit 2');
    for (const line of ['SKU-0001', 'SKU-0001=', 'SKU-0001=-1', 'SKU-0001=1=2']) {
      expect(await tablet('count', line), line).to.match(/^Usage: /).and.to.contain('exit 2');
    }
    expect(await tablet('take-back', 'id', '', 'slip-9')).to.match(/^Usage: /).and.to.contain('exit 2');
    expect(await tablet('--fly')).to.contain('unknown option --fly').and.to.contain('exit 2');
  });
});
