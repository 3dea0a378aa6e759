/** Signing in at an identity provider: a real browser between a real api and a real provider, whose key set the api verifies with. */
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { startProcess } from '@inventory/testkit/processes/processes.ts';
import type { TestProcess } from '@inventory/testkit/processes/processes.ts';
import { startProxy } from '@inventory/testkit/servers/proxy.ts';
import type { Proxy } from '@inventory/testkit/servers/proxy.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { expectAccessible, noBrowser } from './browser.ts';
import { startProvider } from './provider.ts';
import type { TestProvider } from './provider.ts';
import { KEY, PATH, shareWorld, SOON } from './world.ts';

const skipped = noBrowser === '' ? '' : ` (skipped: ${noBrowser})`;

(noBrowser === '' ? describe : describe.skip)(`signing in at an identity provider, in a real browser${skipped}`, function () {
  this.timeout(60_000);
  const world = shareWorld();
  let board: Proxy;
  let provider: TestProvider;
  let api: TestProcess;
  before(async () => {
    // The provider has to know the address of the board, and the api that of the provider.
    board = await startProxy({ targetPort: world.system().apis[0]?.port ?? 0 });
    provider = await startProvider(`${origin()}${PATH}`);
    const env = Object.fromEntries(Object.entries(world.system().env).filter(([name]) => name !== 'JWT_PUBLIC_KEY'));
    api = await startProcess({
      command: 'api',
      env: {
        ...env, JWT_JWKS_URL: `${provider.issuer}/jwks`, JWT_ISSUER: provider.issuer, BOARD_OIDC_CLIENT: 'board',
        BOARD_OIDC_PARAMETERS: 'resource=urn:inventory', HTTP_DRAIN_MS: '0',
      },
    });
    board.retarget(api.port);
  });
  after(async () => {
    await board.close();
    await api.stop();
    await provider.stop();
  });

  const origin = (): string => `http://127.0.0.1:${board.port}`;
  /** The board, with what it and its provider ask of each other forgiven: the provider is another origin. */
  const open = async (path: string, prepare?: (page: Page) => Promise<void>): Promise<Page> => {
    const page = await world.openAt(origin(), path, prepare);
    world.tab().forgive(new RegExp(`^asks ${provider.issuer}/`));
    return page;
  };
  const toProvider = (page: Page) => page.getByRole('button', { name: 'Sign in at 127.0.0.1' }).click();
  const say = async (page: Page, name: string): Promise<void> => {
    await page.getByLabel('Name').fill(name);
    await page.getByRole('button', { name: 'Go on' }).click();
  };
  const shown = (page: Page) => page.getByRole('row').filter({ has: page.getByText('Laptop HP', { exact: true }) }).locator('b').filter({ hasText: /\d/ }).first().waitFor(SOON);
  const token = async (page: Page): Promise<string> => String(await page.evaluate(`sessionStorage.getItem('${KEY}')`));

  it('leads there and back to where one was, with a clock that is wrong; no token stands in a URL or stays behind the tab', async () => {
    // The tokens of the provider are of an hour.
    const page = await open(`${PATH}?q=laptop&lang=en`, (opened) => opened.clock.setSystemTime(Date.now() + 7_200_000));
    const asked: string[] = [];
    page.on('request', (request) => { asked.push(request.url()); });
    await page.getByText('With an access token').waitFor(SOON);
    await expectAccessible(page, 'signing in at a provider');
    await toProvider(page);
    await say(page, 'oidc-boss');
    await shown(page);
    expect(page.url()).to.equal(`${origin()}${PATH}?q=laptop&lang=en`);
    await page.getByText('oidc-boss').waitFor({ ...SOON, state: 'attached' });
    expect(await page.getByRole('navigation', { name: 'Pages' }).innerText(), 'an admin').to.include('Console');
    const got = await token(page);
    expect(got.split('.')).to.have.lengthOf(3);
    expect(asked.filter((url) => url.includes('code_challenge_method=S256'))).to.have.lengthOf(1);
    expect(asked.filter((url) => got.split('.').some((part) => url.includes(part)))).to.deep.equal([]);
    expect(await page.evaluate('localStorage.length')).to.equal(0);
  });

  it('says that it did not work where the provider is away or somebody turns back, and signs in nobody by a link that was made up', async () => {
    const page = await open(PATH);
    world.tab().forgive(/CORS|ERR_FAILED|status of 503/);
    provider.away(true);
    try {
      await toProvider(page);
      await page.getByText('The identity provider does not answer.').waitFor(SOON);
    } finally {
      provider.away(false);
    }
    await toProvider(page);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByText('Signing in did not work.').waitFor(SOON);
    expect(page.url()).to.equal(`${origin()}${PATH}`);
    await page.goto(`${origin()}${PATH}?code=somebody-elses&state=made-up`);
    await page.getByText('Signing in did not work.').waitFor(SOON);
    expect([page.url(), await token(page)]).to.deep.equal([`${origin()}${PATH}`, 'null']);
  });

  it('is told before it ends, goes on with one click, is renewed where the provider allows that, and ends there too', async () => {
    // Time to click on a busy machine, from half of it on.
    provider.give({ seconds: 14, renews: false });
    const page = await open(`${PATH}?q=laptop`);
    await toProvider(page);
    await say(page, 'oidc-boss');
    await shown(page);
    const again = page.getByRole('button', { name: 'Sign in again' });
    await again.waitFor(SOON);
    provider.give({ seconds: 8, renews: true });
    await again.click();
    // The provider knows by now who it is.
    await again.waitFor({ ...SOON, state: 'detached' });
    await shown(page);
    expect(page.url()).to.equal(`${origin()}${PATH}?q=laptop`);

    await page.evaluate('document.querySelector(".grid").dataset.same = "yes"');
    const tokens = new Set([await token(page)]);
    await eventually(async () => {
      const now = await token(page);
      expect(now, 'still signed in').to.not.equal('null');
      tokens.add(now);
      expect(tokens.size, 'renewed by what it got, and by what it got for that').to.equal(3);
    }, { timeoutMs: 30_000, everyMs: 100 });
    expect(await page.evaluate('document.querySelector(".grid").dataset.same'), 'the page is the same').to.equal('yes');
    expect(await again.count()).to.equal(0);

    await page.locator('summary').filter({ hasText: 'admin' }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'Yes' }).click();
    await page.getByRole('button', { name: 'Sign in at 127.0.0.1' }).waitFor(SOON);
    expect(await page.evaluate('sessionStorage.length')).to.equal(0);
    await toProvider(page);
    await page.getByLabel('Name').waitFor(SOON);
  });
});
