/**
 * How long a change takes from its commit to the screen, on a board of 200 products in 10 stores at 50 changes a second, whether the page
 * ever stalls, and what it holds on to: a real browser before a real system. The clocks of both are the machine's.
 */
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { setTimeout as sleep } from 'node:timers/promises';
import { quantile } from '@inventory/runtime/quantile.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { z } from 'zod';
import { noBrowser } from './browser.ts';
import { ownWorld, PATH, SOON } from './world.ts';

const PRODUCTS = 200;
const STORES = 10;
const CHANGES_A_SECOND = 50;
const SECONDS = 60;
const MB = 2 ** 20;
const skipped = noBrowser === '' ? '' : ` (skipped: ${noBrowser})`;

/** Notes each number that a cell gets, when it is on the screen: in the second frame behind its writing. And each task above 50 ms. */
const WATCH = `
  window.seen = [];
  window.longTasks = [];
  new PerformanceObserver((list) => { for (const { duration } of list.getEntries()) window.longTasks.push(Math.round(duration)); }).observe({ type: 'longtask' });
  new MutationObserver((records) => {
    const cells = records.filter(({ target }) => target.parentElement?.tagName === 'B' && !target.parentElement.closest('.sum')).map(({ target }) => {
      const cell = target.parentElement.closest('td');
      return { sku: cell.parentElement.querySelector('.sku').textContent, column: cell.cellIndex, value: Number(target.data.replace(/\\D/g, '')) };
    });
    requestAnimationFrame(() => { requestAnimationFrame(() => { const at = Date.now(); for (const cell of cells) window.seen.push({ ...cell, at }); }); });
  }).observe(document.querySelector('.grid'), { subtree: true, characterData: true });`;
const seenByPage = z.array(z.object({ sku: z.string(), column: z.int(), value: z.int(), at: z.number() }));

(noBrowser === '' ? describe : describe.skip)(`a board at ${CHANGES_A_SECOND} changes a second${skipped}`, function () {
  this.timeout(600_000);
  const world = ownWorld(() => ({}));
  const stores: string[] = [];
  const products: { readonly id: string; readonly sku: string }[] = [];

  before(async () => {
    const boss = await world.system().client('admin');
    for (let nth = 0; nth < STORES; nth += 1) {
      const id = `P${String(nth).padStart(2, '0')}-001`;
      stores.push(id);
      expect((await boss.post('/api/v1/stores', { store_id: id, name: `Pixel ${nth}` })).status).to.equal(201);
    }
    for (let nth = 0; nth < PRODUCTS; nth += 1) {
      const sku = `PIX-${String(nth).padStart(4, '0')}`;
      const { body } = await boss.post('/api/v1/products', { sku, name: `Pixel ${sku}`, price: '1.00' });
      products.push({ id: String(body['product_id']), sku });
    }
    for (const store_id of stores) {
      const items = products.map(({ id: product_id }) => ({ product_id, store_id, quantity_change: 1000, reason: 'RESTOCK' }));
      expect((await boss.post('/api/v1/stock/batch', { mode: 'atomic', items })).status).to.equal(200);
    }
  });

  const heapMb = async (page: Page): Promise<number> => {
    const session = await page.context().newCDPSession(page);
    await session.send('HeapProfiler.collectGarbage');
    const { usedSize } = await session.send('Runtime.getHeapUsage');
    await session.detach();
    return usedSize / MB;
  };

  it('shows each of them within a second, says how soon and how smoothly, and lets go of what it has shown', async () => {
    const page = await world.open(`${PATH}?stores=${stores.join(',')}&q=PIX-`);
    await page.getByRole('row').nth(100).waitFor(SOON);
    await page.locator('.pill[data-state=live]').waitFor(SOON);
    await page.getByText('1,000').nth(990).waitFor(SOON);
    const columns = await page.getByRole('columnheader').allInnerTexts();
    await page.evaluate(WATCH);
    const shownSkus = new Set(await page.locator('.grid .sku').allInnerTexts());
    const shown = products.filter(({ sku }) => shownSkus.has(sku));
    const before = await heapMb(page);
    const boss = await world.system().client('admin');
    const sends: Promise<unknown>[] = [];
    const begun = performance.now();
    for (let nth = 0; nth < CHANGES_A_SECOND * SECONDS; nth += 1) {
      await sleep(Math.max(0, begun + (1000 * nth) / CHANGES_A_SECOND - performance.now()));
      const [product, store_id] = [shown[(nth * 7) % shown.length], stores[(nth * 3) % STORES]];
      sends.push(boss.post('/api/v1/stock', { product_id: product?.id, store_id, quantity_change: 1, reason: 'RESTOCK' }));
    }
    await Promise.all(sends);
    const { rows } = await world.system().sql.query<{ sku: string; store: string; value: number; at: number }>(`
      SELECT p.sku, e.store_id AS store, (e.payload ->> 'quantity')::int AS value, extract(epoch FROM e.timestamp)::float8 * 1000 AS at
      FROM events e JOIN products p ON p.id = e.aggregate_id WHERE p.sku LIKE 'PIX-%' AND (e.payload ->> 'quantity')::int > 1000`);
    const key = (sku: string, store: string, value: number): string => `${sku} ${store} ${value}`;
    const committed = new Map(rows.map(({ sku, store, value, at }) => [key(sku, store, value), at]));
    const latencies = await eventually(async () => {
      const seen = seenByPage.parse(await page.evaluate('window.seen'));
      const found = seen.flatMap(({ sku, column, value, at }) => {
        const store = stores.find((id) => columns[column]?.includes(id) === true) ?? '';
        const from = committed.get(key(sku, store, value));
        return from === undefined ? [] : [at - from];
      });
      // Two changes of a cell within a frame are one on the screen.
      expect(found.length, `of ${rows.length} changes`).to.be.above(rows.length * 0.95);
      return found.toSorted((a, b) => a - b);
    }, { timeoutMs: 10_000 });
    const longTasks = z.array(z.number()).parse(await page.evaluate('window.longTasks'));
    const after = await heapMb(page);
    const ms = (part: number): string => (quantile(latencies, part) ?? NaN).toFixed(0);
    console.info(`      ${shown.length} x ${STORES} cells, ${rows.length} changes: commit to pixel p50 ${ms(0.5)} ms, p99 ${ms(0.99)} ms, max ${ms(1)} ms; `
      + `tasks above 50 ms: ${longTasks.length === 0 ? 'none' : `${longTasks.length}, the longest ${Math.max(...longTasks)} ms`}; heap ${before.toFixed(1)} to ${after.toFixed(1)} MB`);
    expect(rows).to.have.lengthOf(CHANGES_A_SECOND * SECONDS);
    expect(quantile(latencies, 0.99)).to.be.below(1000);
    expect(after - before, 'MB that it keeps').to.be.below(5);
  });
});
