/**
 * One system and one browser for all tests of the pages, which are started when the first of them needs them, and a tab for each test.
 * A test that leaves a fault of its page behind has failed.
 */
import { expect } from 'chai';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { startSystem } from '../e2e/system.ts';
import type { System, SystemOptions } from '../e2e/system.ts';
import { openTab, startBrowser } from './browser.ts';
import type { Tab } from './browser.ts';

export const PATH = '/api/v1/board';
export const KEY = 'inventory.board.token';
/** Well above what a page takes, on a machine that is busy with other tests. */
export const SOON = { timeout: 15_000 };

type Role = 'admin' | 'vendor' | 'customer';

/** A server of another origin, whose pages the apis let in. */
interface Elsewhere {
  readonly origin: string;
  /** What it answers from now on. */
  readonly show: (html: string) => void;
  readonly close: () => void;
}

async function startElsewhere(): Promise<Elsewhere> {
  let shown = '';
  const server = createServer((_request, answer) => { answer.setHeader('content-type', 'text/html; charset=utf-8').end(shown); });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('it has no port');
  return { origin: `http://127.0.0.1:${address.port}`, show: (html) => { shown = html; }, close: () => { server.close(); } };
}

interface Started {
  readonly elsewhere: Elsewhere;
  readonly system: System;
  readonly browser: Browser;
  readonly tokens: Readonly<Record<Role, string>>;
  readonly folder: string;
}

let starting: Promise<Started> | undefined;

async function start(options: SystemOptions = {}): Promise<Started> {
  const folder = await mkdtemp(join(tmpdir(), 'board-'));
  const tokensFile = join(folder, 'tokens.json');
  const elsewhere = await startElsewhere();
  const [browser, system] = await Promise.all([
    startBrowser(), startSystem({ ...options, apiEnv: () => ({ BOARD_SIGN_IN: tokensFile, HTTP_DRAIN_MS: '0', CORS_ORIGINS: elsewhere.origin }) }),
  ]);
  const [admin, vendor, customer] = await Promise.all([
    system.keys.token({ role: 'admin', userId: 'boss' }), system.keys.token({ role: 'vendor', userId: 'vendor-789', storeIds: ['MAD-001'] }),
    system.keys.token({ role: 'customer', userId: 'cust-456' }),
  ]);
  const tokens = { admin, vendor, customer };
  await writeFile(tokensFile, JSON.stringify(tokens));
  return { elsewhere, system, browser, tokens, folder };
}

// Of the whole run, whichever files of tests use it.
after(async () => { if (starting !== undefined) await end(await starting); });

async function end({ elsewhere, browser, system, folder }: Started): Promise<void> {
  await browser.close();
  elsewhere.close();
  await system.stop();
  await rm(folder, { recursive: true });
}

interface World {
  readonly system: () => System;
  readonly origin: () => string;
  readonly elsewhere: () => Elsewhere;
  /** The tab that is open. */
  readonly tab: () => Tab;
  /** Opens a page in a tab of its own, signed in. @param prepare is called before the page is loaded */
  readonly open: (path: string, role?: Role | 'nobody', options?: BrowserContextOptions, prepare?: (page: Page) => Promise<void>) => Promise<Page>;
  /** Opens a page of another server, with nobody signed in. @param prepare is called before the page is loaded */
  readonly openAt: (origin: string, path: string, prepare?: (page: Page) => Promise<void>) => Promise<Page>;
}

/** Makes the tests of a suite share the world with those of other suites. */
export function shareWorld(): World {
  return worldOf(() => starting ??= start());
}

/** Gives the tests of a suite a world of their own, which they may hurt. @param options are asked for when it begins */
export function ownWorld(options: () => SystemOptions): World {
  let own: Promise<Started> | undefined;
  after(async () => { if (own !== undefined) await end(await own); });
  return worldOf(() => own ??= start(options()));
}

function worldOf(begin: () => Promise<Started>): World {
  let started: Started | undefined;
  let tab: Tab | undefined;
  const given = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error('the world has not begun');
    return value;
  };
  before(async () => {
    started = await begin();
  });
  afterEach(async function () {
    const { state, title } = this.currentTest ?? {};
    const faults = [...tab?.faults ?? []];
    await tab?.close(state === 'failed' || faults.length > 0 ? title : undefined);
    tab = undefined;
    expect(faults, 'what the page said, asked and broke').to.deep.equal([]);
  });
  const origin = (): string => `http://127.0.0.1:${given(started).system.apis[0]?.port}`;
  return {
    system: () => given(started).system, elsewhere: () => given(started).elsewhere, tab: () => given(tab), origin,
    open: async (path, role = 'admin', options = {}, prepare = () => Promise.resolve()) => {
      const { browser, tokens } = given(started);
      tab = await openTab(browser, origin(), options);
      await prepare(tab.page);
      if (role !== 'nobody') await tab.page.addInitScript(`sessionStorage.setItem('${KEY}', '${tokens[role]}')`);
      await tab.page.goto(`${origin()}${path}`);
      return tab.page;
    },
    openAt: async (other, path, prepare = () => Promise.resolve()) => {
      tab = await openTab(given(started).browser, other);
      await prepare(tab.page);
      await tab.page.goto(`${other}${path}`);
      return tab.page;
    },
  };
}
