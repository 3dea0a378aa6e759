/**
 * `npm run screenshots`: takes the pictures of the documents from the system that `npm start` runs. `npm run demo` beside it makes
 * them speak.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArguments } from '../../scripts/lib/base/arguments.mjs';
import { Problem, runMain } from '../../scripts/lib/base/problem.mjs';
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

const HELP = `Usage: npm run screenshots

Takes docs/images/board.png and docs/images/pipeline.png from the system of API_URL (that of npm start, by .dev/env).

  --help
`;

await runMain(async () => {
  const { values } = parseArguments({ args: process.argv.slice(2), options: { help: { type: 'boolean', default: false } } }, 'npm run screenshots -- --help');
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const { API_URL = '', TOKEN_ADMIN = '' } = process.env;
  if (noBrowser !== '') throw new Problem(noBrowser);
  if (API_URL === '' || TOKEN_ADMIN === '') {
    throw new Problem('API_URL and TOKEN_ADMIN are not set.', 'Start the system with npm start, which writes them to .dev/env.');
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
  return 0;
});
