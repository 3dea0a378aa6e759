/** The board as people see it: a real browser before a real world.system(). */
import { expect } from 'chai';
import type { Locator, Page } from 'playwright-core';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { expectAccessible, noBrowser } from './browser.ts';
import { KEY, PATH, shareWorld, SOON } from './world.ts';

const skipped = noBrowser === '' ? '' : ` (skipped: ${noBrowser})`;

(noBrowser === '' ? describe : describe.skip)(`the board, in a real browser${skipped}`, function () {
  this.timeout(60_000);
  const world = shareWorld();
  const { open } = world;

  const row = (page: Page, name: string): Locator => page.getByRole('row').filter({ has: page.getByText(name, { exact: true }) });
  /** The cell of a product in the nth of the seed's stores: BCN-001, MAD-001, VAL-001. */
  const cell = (page: Page, name: string, nth: number): Locator => row(page, name).locator('td').nth(nth).locator('.cell');
  const settled = (page: Page) => cell(page, 'Laptop HP', 0).locator('b').filter({ hasText: /\d/ }).waitFor(SOON);

  it('signs in by a token that npm start offers, and shows every product in every store', async () => {
    const page = await open(PATH, 'nobody');
    await expectAccessible(page, 'sign in');
    await page.getByRole('button', { name: /^Admin/ }).click();
    await settled(page);
    expect(page.url(), 'the token is never in a URL').to.equal(`${world.origin()}${PATH}`);
    const table = page.getByRole('table');
    expect(await table.locator('caption').textContent()).to.include('Units available');
    expect(await table.locator('th[scope=col]').count()).to.equal(5);
    expect(await table.locator('th[scope=row]').count()).to.equal(20);
    const { rows } = await world.system().sql.query<{ name: string; total: number }>(`SELECT p.name, sum(s.quantity - s.reserved)::int AS total
      FROM products p JOIN stock s ON s.product_id = p.id GROUP BY p.name`);
    for (const { name, total } of rows) expect(await row(page, name).locator('td.sum').innerText(), name).to.equal(String(total));
  });

  it('shows a change where it happened, with what changed, and says it once', async () => {
    const page = await open(PATH);
    await settled(page);
    const admin = await world.system().client('admin');
    const product_id = await world.system().product(2);
    const shown = cell(page, 'Laptop Lenovo ThinkPad', 1);
    const before = Number(await shown.locator('b').innerText());
    const sent = performance.now();
    await admin.post('/api/v1/stock', { product_id, store_id: 'MAD-001', quantity_change: 7, reason: 'RESTOCK' });
    await shown.locator('b').filter({ hasText: String(before + 7) }).waitFor(SOON);
    console.info(`      on the screen ${(performance.now() - sent).toFixed(0)} ms after the request was sent`);
    await page.getByText('commit → screen').waitFor(SOON);
    const feed = page.getByRole('complementary', { name: 'Just now' });
    await feed.getByText('+7').waitFor(SOON);
    await page.getByRole('status').filter({ hasText: '1 change.' }).waitFor({ ...SOON, state: 'attached' });
    // An announced table would drown its reader.
    expect(await page.locator('[aria-live]:not([aria-live=off]), [role=status], [role=alert]').count()).to.equal(1);
  });

  it('never shows less than nothing, and ends where Postgres does, when a hundred buy at once', async () => {
    const product_id = await world.system().product(3);
    const page = await open(PATH);
    await settled(page);
    await page.evaluate(`window.least = Infinity; new MutationObserver(() => {
      for (const cell of document.querySelectorAll('.grid td:not(.sum) b')) {
        const value = Number(cell.textContent.replace(/[^0-9−-]/g, '').replace('−', '-'));
        if (!Number.isNaN(value)) window.least = Math.min(window.least, value);
      }
    }).observe(document.querySelector('.grid'), { subtree: true, characterData: true, childList: true })`);
    const customer = await world.system().client('admin');
    const answers = await Promise.all(Array.from({ length: 100 }, (_, nth) => customer.post('/api/v1/reservations', {
      product_id, store_id: 'MAD-001', quantity: 1, customer_id: `cust-${nth}`, ttl: 600,
    })));
    const { rows: [stock] } = await world.system().sql.query<{ available: number; reserved: number }>(
      'SELECT quantity - reserved AS available, reserved FROM stock WHERE product_id = $1 AND store_id = \'MAD-001\'', [product_id]);
    expect(answers.filter(({ status }) => status === 201)).to.have.lengthOf(stock?.reserved ?? -1);
    expect(stock?.available, 'more were asked for than there are').to.equal(0);
    await cell(page, 'Monitor Dell 27"', 1).locator('b').filter({ hasText: '0' }).and(page.locator('[data-level=out] b')).waitFor(SOON);
    expect(await cell(page, 'Monitor Dell 27"', 1).innerText()).to.match(/^○0\s+(−\d+\s+)?out · 20 held$/);
    expect(await page.evaluate('window.least')).to.equal(0);
  });

  it('keeps every filter in the URL, so that a link shows what its sender saw', async () => {
    const page = await open(PATH, 'customer');
    await settled(page);
    await page.getByRole('searchbox').fill('laptop');
    await page.getByRole('row').nth(3).waitFor({ ...SOON, state: 'detached' });
    await page.getByText('All 3 stores').click();
    await page.getByRole('checkbox', { name: /Madrid/ }).check();
    await page.getByLabel('Order').selectOption('least');
    await page.getByRole('button', { name: 'Changed in 5 min' }).click();
    await page.getByText('No product fits these filters.').waitFor(SOON);
    expect(page.url()).to.equal(`${world.origin()}${PATH}?q=laptop&stores=MAD-001&sort=least&changed=5`);
    await page.reload();
    await page.getByRole('button', { name: 'Changed in 5 min', pressed: true }).waitFor(SOON);
    expect(await page.getByRole('searchbox').inputValue()).to.equal('laptop');
    await page.getByRole('button', { name: 'Changed in 5 min' }).click();
    await page.getByRole('columnheader').nth(2).waitFor(SOON);
    expect(await page.getByRole('columnheader').allInnerTexts()).to.have.lengthOf(3);
    await page.goto(`${world.origin()}${PATH}?lang=es&q=laptop`);
    await page.getByRole('button', { name: 'Cambios en 5 min' }).waitFor(SOON);
    expect(await page.locator('html').getAttribute('lang')).to.equal('es');
  });

  it('is used by keyboard alone: arrows in the grid, Escape closes a list and gives the focus back', async () => {
    const page = await open(PATH);
    await settled(page);
    const focused = (): Promise<string> => page.evaluate('document.activeElement.closest("tr")?.rowIndex + ":" + document.activeElement.closest("td,th")?.cellIndex');
    await page.locator('.grid .cell[tabindex="0"]').focus();
    expect(await focused()).to.equal('1:0');
    for (const key of ['ArrowDown', 'ArrowRight', 'ArrowRight']) await page.keyboard.press(key);
    expect(await focused()).to.equal('2:2');
    await page.keyboard.press('End');
    expect(await focused()).to.equal('2:4');
    await page.keyboard.press('Control+Home');
    expect(await focused()).to.equal('1:0');
    expect(await page.locator('.grid .cell[tabindex="0"]').count(), 'one stop for Tab').to.equal(1);
    await page.getByText('All 3 stores').focus();
    await page.keyboard.press('Enter');
    await page.getByRole('checkbox').first().waitFor(SOON);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Escape');
    await page.getByRole('checkbox').first().waitFor({ ...SOON, state: 'hidden' });
    expect(await page.evaluate('document.activeElement.tagName')).to.equal('SUMMARY');
  });

  it('waits while it is paused, and applies what has come meanwhile', async () => {
    const page = await open(PATH);
    await settled(page);
    const shown = cell(page, 'Webcam 1080p', 0).locator('b');
    const before = await shown.innerText();
    await page.getByRole('button', { name: 'Pause' }).click();
    const admin = await world.system().client('admin');
    await admin.post('/api/v1/stock', { product_id: await world.system().product(7), store_id: 'BCN-001', quantity_change: 5, reason: 'RESTOCK' });
    await page.getByText('1 change waits').waitFor(SOON);
    expect(await shown.innerText()).to.equal(before);
    await page.getByRole('button', { name: 'Resume' }).click();
    await shown.filter({ hasText: String(Number(before) + 5) }).waitFor(SOON);
  });

  it('counts a hold down by the server\'s clock, with a browser that is an hour wrong', async () => {
    const product_id = await world.system().product(13);
    const admin = await world.system().client('admin');
    await admin.post('/api/v1/reservations', { product_id, store_id: 'VAL-001', quantity: 2, customer_id: 'cust-1', ttl: 600 });
    await admin.post('/api/v1/reservations', { product_id, store_id: 'VAL-001', quantity: 1, customer_id: 'cust-2', ttl: 3 });
    const page = await open(`${PATH}/products/${product_id}`, 'admin', {}, (opened) => opened.clock.setSystemTime(Date.now() + 3_600_000));
    const long = page.getByRole('timer').filter({ hasText: /^\d+:\d\d$/ });
    await page.getByText('lapsed', { exact: true }).waitFor(SOON);
    const [minutes = 0, seconds = 0] = (await long.innerText()).split(':').map(Number);
    const { rows: [left] } = await world.system().sql.query<{ left: number }>(
      `SELECT extract(epoch FROM r.expires_at - clock_timestamp())::float8 AS left FROM reservations r JOIN stock s ON s.id = r.stock_id
       WHERE s.product_id = $1 ORDER BY r.expires_at DESC LIMIT 1`, [product_id]);
    expect(minutes * 60 + seconds).to.be.closeTo(left?.left ?? NaN, 10);
    expect(await page.getByRole('main').innerText(), 'screens are shown to others').not.to.include('cust-');
    await expectAccessible(page, 'product');
  });

  it('explains a number in steps that end at it, now and as it was', async () => {
    const product_id = await world.system().product(14);
    const admin = await world.system().client('admin');
    const stock = { product_id, store_id: 'BCN-001' };
    await admin.post('/api/v1/stock', { ...stock, quantity_change: -4, reason: 'SALE' });
    await admin.post('/api/v1/stock', { ...stock, quantity_change: 6, reason: 'RESTOCK', note: 'by mistake' });
    const page = await open(PATH, 'admin');
    await settled(page);
    // By keyboard from the board: the cell of the product, Enter.
    await cell(page, 'Tablet 11"', 0).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Why is it 42 in Barcelona Plaza?' }).waitFor(SOON);
    const steps = async (): Promise<readonly string[]> =>
      (await page.locator('.waterfall tbody tr').allInnerTexts()).map((text) => text.replaceAll(/\s+/g, ' '));
    expect(await steps()).to.deep.equal(['at the beginning 0', 'received, 2 times +46', 'sold at the till −4', 'available 42']);
    await page.getByText('3 events agree with the row').waitFor(SOON);
    await expectAccessible(page, 'explain');
    await page.getByRole('slider').press('ArrowLeft');
    await page.getByText('36 available then: 36 there, 0 held').waitFor(SOON);
    expect((await steps()).at(-1)).to.equal('available 36');
    await page.goBack();
    await settled(page);
  });

  it('tells a vendor that another store\'s numbers are not his to explain', async () => {
    const page = await open(`${PATH}/explain/BCN-001/${await world.system().product(1)}`, 'vendor');
    world.tab().forgive(/status of 403/);
    await page.getByRole('heading', { name: 'This page is for other roles.' }).waitFor(SOON);
  });

  it('is accessible to axe, in light and in dark colours, on a phone and on a desk', async () => {
    const page = await open(PATH, 'admin', { viewport: { width: 375, height: 812 } });
    await settled(page);
    expect(await page.evaluate('document.documentElement.scrollWidth'), 'nothing is wider than the phone').to.equal(375);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await expectAccessible(page, `board, ${colorScheme}`);
    }
    await page.setViewportSize({ width: 1280, height: 860 });
    await expectAccessible(page, 'board on a desk, dark');
  });

  it('goes on without the fast view, because its numbers come from the log', async () => {
    const page = await open(PATH);
    await settled(page);
    await world.system().redis.kill();
    try {
      const admin = await world.system().client('admin');
      const shown = cell(page, 'E-reader', 0).locator('b');
      const before = Number(await shown.innerText());
      await admin.post('/api/v1/stock', { product_id: await world.system().product(18), store_id: 'BCN-001', quantity_change: 2, reason: 'RESTOCK' });
      await shown.filter({ hasText: String(before + 2) }).waitFor(SOON);
    } finally {
      await world.system().redis.restart();
    }
  });

  it('says that the server is away, and misses nothing when it is back', async () => {
    const page = await open(PATH);
    await settled(page);
    world.tab().forgive(/Failed to load resource|ERR_/);
    const shown = cell(page, 'Phone case', 0).locator('b');
    const before = Number(await shown.innerText());
    const back = world.system().restart('api', 0);
    await page.getByText('reconnecting in').waitFor({ timeout: 30_000 });
    await back;
    const admin = await world.system().client('admin');
    await admin.post('/api/v1/stock', { product_id: await world.system().product(12), store_id: 'BCN-001', quantity_change: 1, reason: 'RESTOCK' });
    await page.locator('.pill[data-state=live]').waitFor({ timeout: 45_000 });
    await shown.filter({ hasText: String(before + 1) }).waitFor(SOON);
  });

  it('shows an operator how far each step is behind, and nobody else', async () => {
    const page = await open(`${PATH}/ops`);
    for (const step of ['Writes', 'Log', 'Stream', 'View']) await page.getByRole('heading', { name: step, exact: true }).waitFor(SOON);
    await page.getByText('leads').first().waitFor({ timeout: 30_000 });
    await page.getByRole('region', { name: 'Processes' }).getByRole('row', { name: /projector/ }).waitFor(SOON);
    await page.getByRole('region', { name: 'Consumers of the stream' }).getByRole('row', { name: /projector/ }).waitFor({ timeout: 30_000 });
    await expectAccessible(page, 'pipeline');
    await page.setViewportSize({ width: 375, height: 812 });
    expect(await page.evaluate('document.documentElement.scrollWidth'), 'nothing is wider than the phone').to.equal(375);
    await world.tab().close(undefined);
    const other = await open(`${PATH}/ops`, 'vendor');
    world.tab().forgive(/status of 403/);
    await other.getByRole('heading', { name: 'This page is for other roles.' }).waitFor(SOON);
    expect(await other.getByRole('navigation', { name: 'Pages' }).innerText()).not.to.include('Console');
  });

  it('signs out whose token is revoked, and says why', async () => {
    const page = await open(PATH, 'vendor');
    await settled(page);
    world.tab().forgive(/status of 401/);
    await world.system().command('packages/api/cli/token.ts', ['revoke', '--sub', 'vendor-789']);
    await page.getByText('The token is not accepted any more.').waitFor({ timeout: 30_000 });
    expect(await page.evaluate(`sessionStorage.getItem('${KEY}')`)).to.equal(null);
    await eventually(() => { expect(page.url()).to.equal(`${world.origin()}${PATH}`); });
  });
});
