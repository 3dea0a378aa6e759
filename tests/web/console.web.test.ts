/** The console as operators use it: a real browser before a real system, and what the commands say beside it. */
import { expect } from 'chai';
import { connect } from 'nats';
import type { JetStreamManager, NatsConnection } from 'nats';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { expectAccessible, noBrowser } from './browser.ts';
import { PATH, shareWorld, SOON } from './world.ts';

/** Of a message: any other event fits, one with a long note does not. */
const SMALL = 2000;
/** 500 characters of three bytes each. */
const LONG_NOTE = '庫'.repeat(500);
const LATER = { timeout: 30_000 };
const skipped = noBrowser === '' ? '' : ` (skipped: ${noBrowser})`;

(noBrowser === '' ? describe : describe.skip)(`the console, in a real browser${skipped}`, function () {
  this.timeout(90_000);
  const world = shareWorld();
  const { open } = world;
  let nats: NatsConnection;
  let jsm: JetStreamManager;
  before(async () => {
    nats = await connect({ servers: world.system().nats.url });
    jsm = await nats.jetstreamManager();
  });
  after(() => nats.close());

  const relay = (...args: readonly string[]) => world.system().command('packages/relay/main.ts', args).then(({ stdout }) => stdout);
  const parkedByCommand = async (): Promise<{ readonly total: number }> => JSON.parse(await relay('parked', 'ls', '--json'));
  const parkedIds = async (): Promise<readonly string[]> => {
    const { rows } = await world.system().sql.query<{ event_id: string }>('SELECT event_id FROM relay_parked WHERE state = \'parked\'');
    return rows.map(({ event_id: id }) => id);
  };
  /** An event that the stream does not take, and the relay has parked. */
  const park = async (store: string): Promise<string> => {
    await jsm.streams.update('INVENTORY', { max_msg_size: SMALL });
    const admin = await world.system().client('admin');
    const before = await parkedIds();
    await admin.post('/api/v1/stock', { product_id: await world.system().product(16), store_id: store, quantity_change: 1, reason: 'RESTOCK', note: LONG_NOTE });
    return eventually(async () => {
      const [id = '', ...more] = (await parkedIds()).filter((each) => !before.includes(each));
      expect([id !== '', more]).to.deep.equal([true, []]);
      return id;
    }, { timeoutMs: 20_000, what: 'the event parked' });
  };

  it('shows why an event is parked, tries it again, and tells what became of it and who decided', async () => {
    const page = await open(`${PATH}/ops/parked`);
    await page.getByText('Nothing is parked.').waitFor(SOON);
    const id = await park('MAD-001');
    const row = page.getByRole('row', { name: new RegExp(id) });
    await row.waitFor(SOON);
    expect(await row.innerText()).to.include('payload too large').and.include('MAD-001');
    await expectAccessible(page, 'parked events');
    await row.getByRole('button', { name: 'Details' }).click();
    await page.getByRole('button', { name: 'Show the payload' }).click();
    await page.getByText('"user_id": "•••"').waitFor(SOON);

    // The reason has not gone: by keyboard, and Escape gives the focus back first.
    await page.getByRole('button', { name: 'Publish it …' }).focus();
    const note = page.locator('#note:focus');
    await page.keyboard.press('Enter');
    await note.waitFor(SOON);
    await page.keyboard.press('Escape');
    await eventually(async () => { expect(await page.evaluate('document.activeElement.id')).to.equal('retry'); });
    await page.keyboard.press('Enter');
    await note.waitFor(SOON);
    await page.keyboard.type('is it larger now?');
    await expectAccessible(page, 'a decision');
    await page.getByRole('button', { name: 'Publish 1 event', exact: true }).click();
    await page.getByRole('row', { name: /is it larger now/ }).filter({ hasText: '1 parked again' }).waitFor(LATER);

    await jsm.streams.update('INVENTORY', { max_msg_size: -1 });
    await row.waitFor(SOON);
    await page.getByRole('button', { name: 'Publish it …' }).click();
    await page.getByRole('button', { name: 'Publish 1 event', exact: true }).click();
    await page.getByText('Nothing is parked.').waitFor(LATER);
    await page.getByRole('row', { name: /boss/ }).first().filter({ hasText: '1 published' }).waitFor(LATER);
    expect(await parkedByCommand()).to.include({ total: 0 });
    const { rows } = await world.system().sql.query<{ actor: string; via: string; action: string; subjects: readonly string[]; note: string | null }>(
      'SELECT actor, via, action, subjects, note FROM operator_actions ORDER BY at');
    expect(rows).to.deep.equal([
      { actor: 'boss', via: 'api', action: 'parked.retry', subjects: [id], note: 'is it larger now?' },
      { actor: 'boss', via: 'api', action: 'parked.retry', subjects: [id], note: null },
    ]);
  });

  it('does nothing where others have decided meanwhile, and skips for good with a reason', async () => {
    const [first, second] = [await park('BCN-001'), await park('VAL-001')];
    try {
      const page = await open(`${PATH}/ops/parked`);
      await page.getByRole('button', { name: 'Skip all 2 …' }).click();
      await page.getByLabel('Why').fill('of no use');
      await relay('parked', 'skip', first, '--by', 'ops', '--note', 'the other one');
      world.tab().forgive(/status of 412/);
      await page.getByRole('button', { name: 'Skip 2 events for good' }).click();
      await page.getByText('Nothing was done: 1 event matches now, not 2.').waitFor(SOON);
      expect(await parkedIds()).to.deep.equal([second]);
      await page.keyboard.press('Escape');
      await page.getByRole('row', { name: new RegExp(first) }).waitFor({ ...SOON, state: 'detached' });
      await page.getByRole('checkbox', { name: new RegExp(second) }).check();
      await page.getByRole('button', { name: 'Skip 1 event …' }).click();
      await page.getByLabel('Why').fill('of no use');
      await page.getByRole('button', { name: 'Skip 1 event for good' }).click();
      await page.getByText('Nothing is parked.').waitFor(SOON);
      await page.getByRole('button', { name: 'Skipped' }).click();
      await page.getByRole('row', { name: new RegExp(first) }).filter({ hasText: 'skipped by ops' }).waitFor(SOON);
      await page.getByRole('row', { name: new RegExp(second) }).filter({ hasText: 'skipped by boss' }).waitFor(SOON);
    } finally {
      await jsm.streams.update('INVENTORY', { max_msg_size: -1 });
    }
  });

  it('publishes a range again, with the digest that the command has', async () => {
    const page = await open(`${PATH}/ops/replays`);
    await page.getByRole('button', { name: 'Publish again …' }).click();
    await page.getByLabel('From').fill('soon');
    world.tab().forgive(/status of 400/);
    await page.getByRole('button', { name: 'Show what that is' }).click();
    await page.getByText('from takes an RFC 3339 time').waitFor(SOON);
    await page.getByLabel('From').fill('2h');
    await page.getByLabel('Types').fill('stock.*');
    await page.getByRole('button', { name: 'Show what that is' }).click();
    const confirm = page.getByLabel(/Type \d+ to confirm/);
    await confirm.waitFor(SOON);
    await expectAccessible(page, 'the plan of a replay');
    const [, count = ''] = /Type (\d+) to/.exec(await page.getByText(/Type \d+ to confirm/).innerText()) ?? [];
    const act = page.getByRole('button', { name: /^Publish [\d,]+ events again$/ });
    expect(await act.isDisabled(), 'not without its count').to.equal(true);
    await confirm.fill(count);
    await page.keyboard.press('Enter');
    const done = page.getByRole('row').filter({ hasText: 'done' });
    await done.waitFor(LATER);
    await expectAccessible(page, 'replays');

    const { rows: [job] } = await world.system().sql.query<{ id: string; from: number; to: number; digest: string; total: string; by: string }>(
      'SELECT id, from_position::float8 AS from, to_position::float8 AS to, digest, total, requested_by AS by FROM replay_jobs');
    expect(job).to.include({ total: count, by: 'boss' });
    const said = await relay('replay', '--from', `position:${job?.from}`, '--to', `position:${job?.to}`, '--type', 'stock.*', '--json');
    const summary: { readonly digest: string } = JSON.parse(said.trim().split('\n').at(-1) ?? '');
    expect(summary.digest).to.equal(job?.digest);
    await page.getByText(`the same as ${job?.id}`).waitFor(SOON);
    const { config, state } = await jsm.streams.info(`REPLAY_${job?.id}`);
    expect([config.subjects, state.messages]).to.deep.equal([[`replay.${job?.id}.>`], Number(count)]);
    const [cancel, sure] = [`Cancel ${job?.id}`, `Delete its stream? ${job?.id}`];
    await page.getByRole('button', { name: cancel }).click();
    await page.getByRole('button', { name: sure }).click();
    await page.getByRole('row', { name: new RegExp(`^${job?.id}`) }).filter({ hasText: 'cancelled by boss' }).waitFor(LATER);
  });

  it('says whether the view agrees with the log, as it is told by the projectors', async () => {
    const page = await open(`${PATH}/ops/consistency`);
    await page.getByText('What is read agrees with the log.').waitFor(LATER);
    await page.getByRole('heading', { name: 'Products that differ' }).waitFor(SOON);
    await page.getByRole('button', { name: 'Compare all', exact: true }).click();
    const jobs = page.getByRole('region', { name: 'Comparisons and rebuilds' });
    await jobs.getByRole('row', { name: /compare all/ }).filter({ hasText: 'nothing differs' }).waitFor(LATER);
    await page.getByRole('button', { name: 'Build the view anew …' }).click();
    await page.getByRole('button', { name: 'Build all of it anew?' }).click();
    await jobs.getByRole('row', { name: /build anew/ }).filter({ hasText: 'done' }).filter({ hasText: 'boss' }).waitFor(LATER);
    expect((await world.system().command('packages/projector/main.ts', ['verify'])).stdout).to.include(' 0 differences');
    await expectAccessible(page, 'consistency');
    await page.setViewportSize({ width: 375, height: 812 });
    await page.goto(`${world.origin()}${PATH}/ops/replays`);
    await page.getByRole('button', { name: 'Publish again …' }).click();
    await page.getByRole('button', { name: 'Show what that is' }).click();
    await page.getByLabel(/Type \d+ to confirm/).waitFor(SOON);
    expect(await page.evaluate('document.documentElement.scrollWidth'), 'the plan is not wider than the phone').to.equal(375);
    for (const tab of ['Parked events', 'Replays', 'Consistency']) {
      await page.getByRole('navigation', { name: 'Console' }).getByRole('link', { name: tab }).click();
      await page.getByRole('heading', { level: 1, name: tab }).waitFor(SOON);
      expect(await page.evaluate('document.documentElement.scrollWidth'), `nothing of ${tab} is wider than the phone`).to.equal(375);
    }
  });
});
