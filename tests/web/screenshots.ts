/**
 * `npm run screenshots`: takes the pictures of the documents from the system that `npm start` runs. `npm run demo` beside it makes
 * them speak.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { noBrowser, startBrowser } from './browser.ts';

const FOLDER = join(import.meta.dirname, '..', '..', 'docs', 'images');
/** The seed's stores, and some of the demo's. */
const STORES = 'MAD-001,BCN-001,VAL-001,SVQ-001,BIO-001,AGP-001';
const PICTURES = [
  { name: 'board', path: `?stores=${STORES}&lang=en` },
  { name: 'pipeline', path: '/ops?lang=en' },
] as const;
/** For changes to come in: a picture of a live page shows one. */
const WATCH_MS = 6000;

const { API_URL = '', TOKEN_ADMIN = '' } = process.env;
if (API_URL === '' || TOKEN_ADMIN === '' || noBrowser !== '') {
  process.stderr.write(`${noBrowser === '' ? 'API_URL and TOKEN_ADMIN are not set: start the system with npm start, which writes them to .dev/env.' : noBrowser}\n`);
  process.exit(2);
}
const browser = await startBrowser();
await mkdir(FOLDER, { recursive: true });
for (const { name, path } of PICTURES) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 720 }, colorScheme: 'light', locale: 'en-GB' });
  const page = await context.newPage();
  await page.addInitScript(`sessionStorage.setItem('inventory.board.token', '${TOKEN_ADMIN}')`);
  await page.goto(`${API_URL}/api/v1/board${path}`);
  await page.waitForTimeout(WATCH_MS);
  // Just behind a change, where there is one within a while.
  await page.locator('td.changed').first().waitFor({ timeout: WATCH_MS }).catch(() => undefined);
  await page.screenshot({ path: join(FOLDER, `${name}.png`) });
  process.stdout.write(`docs/images/${name}.png\n`);
  await context.close();
}
await browser.close();
