import type { Client } from '@inventory/testkit/http/client.ts';
import { expect } from 'chai';
import { defaultMaxBytes } from '@inventory/db/operating/replays.ts';
import { v7 } from 'uuid';
import { addProduct, admin, startTestApi, vendor } from '../testing/api.ts';
import type { TestApi } from '../testing/api.ts';

describe('replays by the api', () => {
  let api: TestApi;
  let boss: Client;
  before(async () => {
    api = await startTestApi({ board: { mode: 'full', tokensFile: undefined } });
    boss = await api.as(admin);
    await addProduct(api.db);
  });
  after(() => api.close());
  beforeEach(() => api.pool.query('TRUNCATE replay_jobs'));

  const states = async (): Promise<readonly string[]> => (await api.pool.query<{ state: string }>('SELECT state FROM replay_jobs')).rows.map(({ state }) => state);
  const setState = (state: string) => api.pool.query('UPDATE replay_jobs SET state = $1', [state]);

  it('are planned without anything being done', async () => {
    const { status, body } = await boss.get('/admin/replays/plan?from=beginning');
    expect([status, body['total'], body['from_position'], body['to_position']]).to.deep.equal([200, 4, 1, 4]);
    expect(body['lines']).to.have.lengthOf(4);
    expect((await boss.get('/admin/replays/plan?from=beginning&types=store.*&stores=MAD-001,VAL-001')).body).to.deep.include({ total: 2, more_lines: 0 });
    expect((await boss.get('/admin/replays/plan?from=2h')).body).to.deep.include({ total: 4, estimated_seconds: 1 });
    expect((await boss.get('/admin/replays/plan?from=2030-01-01T00:00:00Z')).body).to.deep.include({ total: 0, first_at: null });
    expect(await states()).to.deep.equal([]);
    for (const query of ['', '?from=soon', '?from=1h&to=2h', '?from=beginning&types=stock', '?from=beginning&stores=MAD%20001', `?from=event:${v7()}`, '?from=2h&fast=1']) {
      const refused = await boss.get(`/admin/replays/plan${query}`);
      expect([refused.status, refused.body['code']], query).to.deep.equal([400, 'validation_failed']);
      expect(refused.text, 'it is not the command that is spoken to').not.to.include('--');
    }
  });

  it('are asked for by the positions and the count of a plan, once for each key', async () => {
    const asked = { from: 'position:1', to: 'position:3', types: ['store.*'], expected_total: 3, note: 'for the new shop' };
    const headers = { 'idempotency-key': v7() };
    const made = await boss.post('/admin/replays', asked, { headers });
    expect(made.status, made.text).to.equal(201);
    expect(made.body).to.deep.include({
      state: 'requested', total: 3, published: 0, digest: null, from_position: 1, to_position: 3, requested_by: admin.userId, note: 'for the new shop',
    });
    const where = made.headers.get('location')?.replace('/api/v1', '') ?? '';
    expect((await boss.get(where)).body).to.deep.equal(made.body);
    expect((await boss.post('/admin/replays', asked, { headers })).text).to.equal(made.text);
    expect((await boss.get('/admin/replays')).body['replays']).to.deep.equal([made.body]);
    // The disk is the live stream's, too.
    const plan = await boss.get('/admin/replays/plan?from=beginning');
    expect(made.body['specification']).to.include({ maxBytes: 64 * 2 ** 20 });
    expect(plan.body).to.deep.include({ max_bytes: 64 * 2 ** 20 });
    expect(defaultMaxBytes(1_000_000)).to.equal(2_048_000_000);
    const changed = await boss.post('/admin/replays', { ...asked, expected_total: 2 });
    expect([changed.status, changed.body['code'], changed.body['current_count']]).to.deep.equal([412, 'version_mismatch', 3]);
    expect((await boss.post('/admin/replays', { ...asked, from: 'position:4' })).body).to.deep.include({ code: 'validation_failed' });
    expect(await states()).to.have.lengthOf(1);
    const larger = await boss.post('/admin/replays', { ...asked, max_bytes: 10 ** 10 });
    expect(larger.body['specification']).to.include({ maxBytes: 10 ** 10 });
    expect((await boss.post('/admin/replays', { ...asked, max_bytes: 0 })).body).to.deep.include({ code: 'validation_failed' });
  });

  it('are paused, resumed and cancelled where their state allows it', async () => {
    const { body } = await boss.post('/admin/replays', { from: 'beginning', expected_total: 4 });
    const steer = async (verb: string) => {
      const { status, body: { state, code } } = await boss.post(`/admin/replays/${String(body['id'])}/${verb}`);
      return `${status} ${String(state ?? code)}`;
    };
    expect(await steer('resume')).to.equal('409 in_use');
    expect(await steer('pause')).to.equal('200 paused');
    expect(await steer('resume')).to.equal('200 requested');
    await setState('running');
    expect(await steer('resume'), 'it runs').to.equal('409 in_use');
    await api.pool.query('UPDATE replay_jobs SET updated_at = clock_timestamp() - interval \'2 minutes\'');
    expect(await steer('resume'), 'whoever ran it is gone').to.equal('200 requested');
    await setState('done');
    expect(await steer('cancel')).to.equal('200 cancelling');
    for (const verb of ['pause', 'resume', 'cancel']) expect(await steer(verb)).to.equal('409 in_use');
    const { body: { decisions } } = await boss.get(`/admin/replays/${String(body['id'])}`);
    expect(decisions, 'who did what, and nothing of what was refused').to.have.lengthOf(4);
    const { rows } = await api.pool.query('SELECT actor, via, action, subjects, note FROM operator_actions ORDER BY at');
    expect(rows).to.deep.equal(['pause', 'resume', 'resume', 'cancel'].map((verb) => ({
      actor: admin.userId, via: 'api', action: `replay.${verb}`, subjects: [body['id']], note: null,
    })));
    expect((await boss.post('/admin/replays/nothing/cancel')).body).to.deep.include({ code: 'not_found' });
    expect((await boss.get('/admin/replays/nothing')).body).to.deep.include({ code: 'not_found' });
  });

  it('are for admins, and are asked for only where the board is full', async () => {
    expect((await (await api.as(vendor)).get('/admin/replays')).body).to.deep.include({ code: 'forbidden' });
    const shows = await startTestApi({ board: { mode: 'read', tokensFile: undefined } });
    try {
      const other = await shows.as(admin);
      expect((await other.get('/admin/replays/plan?from=beginning')).status).to.equal(200);
      expect((await other.post('/admin/replays', { from: 'beginning', expected_total: 3 })).body).to.deep.include({ status: 403, code: 'forbidden' });
      for (const verb of ['pause', 'resume', 'cancel']) expect((await other.post(`/admin/replays/x/${verb}`)).body, verb).to.deep.include({ status: 403 });
    } finally {
      await shows.close();
    }
  });
});
