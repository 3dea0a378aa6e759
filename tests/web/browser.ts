/**
 * A real Chromium for tests of the pages: the machine's, or Debian's package, which `npm test` brings. One browser for a file,
 * a context for each test. Whatever a page says on its console, asks of another origin, or may not do by its policy is kept:
 * a test that leaves any of it behind has failed. What a failed test has seen stays in .dev/web-failures.
 */
import axe from 'axe-core';
import { expect } from 'chai';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { missingPrograms, requireProgram } from '@inventory/testkit/processes/programs.ts';
import { z } from 'zod';

const KEPT = join(import.meta.dirname, '..', '..', '.dev', 'web-failures');

/** Why no browser can run here; empty where one can. A machine may have one and lack what it needs: so it is started once. */
export const noBrowser = missingPrograms({ chromium: 'chromium' }) || await whyNot();

async function whyNot(): Promise<string> {
  try {
    await (await startBrowser()).close();
    return '';
  } catch (error) {
    const lines = (error instanceof Error ? error.message : String(error)).split('\n').map((line) => line.trim());
    // What Chromium itself says comes behind the command that it was started by.
    const said = lines.find((line) => /error/i.test(line) && !line.startsWith('<launching>') && !line.startsWith('browserType'));
    return `the browser does not start: ${(said ?? lines[0] ?? '').slice(0, 200)}`;
  }
}

export interface Tab {
  readonly page: Page;
  /** Faults of the page so far, in words: errors, requests to other origins, breaches of its policy. */
  readonly faults: readonly string[];
  /** Leaves out what a test has brought about itself. */
  readonly forgive: (fault: RegExp) => void;
  /** Closes the context. @param failed the name of the test, where it has failed */
  readonly close: (failed: string | undefined) => Promise<void>;
}

/**
 * Starts the browser, without its sandbox: Chromium refuses that to root, and a kernel may refuse it to others. It shows
 * pages of ours only.
 */
export function startBrowser(): Promise<Browser> {
  const { path, env } = requireProgram('chromium');
  const given = Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
  return chromium.launch({ executablePath: path, env: given, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

/** Opens a context of its own, with a page that keeps to an origin. */
export async function openTab(browser: Browser, origin: string, options: BrowserContextOptions = {}): Promise<Tab> {
  const folder = await mkdtemp(join(tmpdir(), 'web-'));
  const context = await browser.newContext({
    viewport: { width: 1280, height: 860 }, locale: 'en-GB', recordHar: { path: join(folder, 'requests.har'), content: 'omit' }, ...options,
  });
  const faults: string[] = [];
  const forgiven: RegExp[] = [];
  const note = (fault: string): void => { if (!forgiven.some((each) => each.test(fault))) faults.push(fault); };
  const page = await context.newPage();
  page.on('console', (message) => { if (message.type() === 'error') note(`console: ${message.text()}`); });
  page.on('pageerror', (error) => { note(`error: ${error.message}`); });
  page.on('request', (request) => { if (!request.url().startsWith(`${origin}/`)) note(`asks ${request.url()}`); });
  return {
    page, faults,
    forgive: (fault) => {
      forgiven.push(fault);
      faults.splice(0, faults.length, ...faults.filter((each) => !fault.test(each)));
    },
    close: async (failed) => {
      const name = failed?.replaceAll(/[^\w]+/g, '-').slice(0, 80);
      if (name !== undefined) {
        await mkdir(join(KEPT, name), { recursive: true });
        await page.screenshot({ path: join(KEPT, name, 'page.png'), fullPage: true }).catch(() => undefined);
      }
      await context.close();
      if (name !== undefined) await cp(folder, join(KEPT, name), { recursive: true });
      await rm(folder, { recursive: true });
    },
  };
}

const violations = z.array(z.object({ id: z.string(), nodes: z.array(z.object({ html: z.string(), failureSummary: z.string().optional() })) }));

/** Fails unless axe finds nothing wrong with the page as it is now. It comes in beside the page's policy, as a debugger does. */
export async function expectAccessible(page: Page, what: string): Promise<void> {
  await page.evaluate(axe.source);
  const found = violations.parse(await page.evaluate('axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) => violations)'));
  expect(found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary ?? ''}`).slice(0, 3).join('\n')}`), what).to.deep.equal([]);
}
