/** The example page of packages/client as a browser runs it: from another origin, by a ticket, with the browser's EventSource. */
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { noBrowser } from './browser.ts';
import { shareWorld, SOON } from './world.ts';

const PAGE = readFileSync(join(import.meta.dirname, '..', '..', 'packages', 'client', 'example', 'product.html'), 'utf8');
const skipped = noBrowser === '' ? '' : ` (skipped: ${noBrowser})`;

(noBrowser === '' ? describe : describe.skip)(`the example page, in a real browser${skipped}`, function () {
  this.timeout(60_000);
  const world = shareWorld();

  it('follows a product', async () => {
    const { keys, product: productOf, client, sql } = world.system();
    const [product, token, admin] = await Promise.all([productOf(19), keys.token({ role: 'customer', userId: 'cust-456' }), client('admin')]);
    const { rows: [stock] } = await sql.query<{ quantity: number }>('SELECT quantity FROM stock WHERE product_id = $1 AND store_id = \'BCN-001\'', [product]);
    const quantity = stock?.quantity ?? NaN;
    world.elsewhere().show(PAGE);
    const page = await world.openAt(world.elsewhere().origin, '/');
    world.tab().forgive(new RegExp(`^asks ${world.origin()}/`));
    for (const [name, value] of Object.entries({ api: world.origin(), product, token })) await page.locator(`[name=${name}]`).fill(value);
    await page.getByRole('button').click();
    await page.getByText(`BCN-001: ${quantity} (OK)`).waitFor(SOON);
    expect(await page.getByRole('status').innerText()).to.equal('live');
    await admin.post('/api/v1/stock', { product_id: product, store_id: 'BCN-001', quantity_change: 2 - quantity, reason: 'DAMAGE' });
    await page.getByText('BCN-001: 2 (LOW)').waitFor(SOON);
  });
});
