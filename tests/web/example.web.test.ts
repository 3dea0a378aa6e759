/** The example page of packages/client as a browser runs it: from another origin, by a ticket, with the browser's EventSource. */
import { expect } from 'chai';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { startSystem } from '../e2e/system.ts';
import type { System } from '../e2e/system.ts';
import { noBrowser, openTab, startBrowser } from './browser.ts';

const PAGE = readFileSync(join(import.meta.dirname, '..', '..', 'packages', 'client', 'example', 'product.html'));
const skipped = noBrowser === '' ? '' : ` (skipped: ${noBrowser})`;

(noBrowser === '' ? describe : describe.skip)(`the example page, in a real browser${skipped}`, function () {
  this.timeout(60_000);
  const server = createServer((_request, answer) => { answer.setHeader('content-type', 'text/html').end(PAGE); });
  let browser: Browser;
  let system: System;
  let origin: string;
  before(async () => {
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const address = server.address();
    origin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
    browser = await startBrowser();
    system = await startSystem({ relays: 0, projectors: 0, apiEnv: () => ({ CORS_ORIGINS: origin, HTTP_DRAIN_MS: '0' }) });
  });
  after(async () => {
    await browser.close();
    await system.stop();
    server.close();
  });

  it('follows a product', async () => {
    const tab = await openTab(browser, origin);
    const { page } = tab;
    const api = `http://127.0.0.1:${system.apis[0]?.port}`;
    tab.forgive(new RegExp(`^asks ${api}/`));
    await page.goto(origin);
    const [product, token] = [await system.product(1), await system.keys.token({ role: 'customer', userId: 'cust-456' })];
    for (const [name, value] of Object.entries({ api, product, token })) await page.locator(`[name=${name}]`).fill(value);
    await page.getByRole('button').click();
    await page.getByText('BCN-001: 40 (OK)').waitFor({ timeout: 30_000 });
    expect(await page.getByRole('status').innerText()).to.equal('live');
    const admin = await system.client('admin');
    await admin.post('/api/v1/stock', { product_id: product, store_id: 'BCN-001', quantity_change: -38, reason: 'DAMAGE' });
    await page.getByText('BCN-001: 2 (LOW)').waitFor({ timeout: 30_000 });
    const faults = [...tab.faults];
    await tab.close(undefined);
    expect(faults).to.deep.equal([]);
  });
});
