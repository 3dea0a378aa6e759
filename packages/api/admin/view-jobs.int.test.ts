import type { Client } from '@inventory/testkit/http/client.ts';
import { expect } from 'chai';
import { v7 } from 'uuid';
import { admin, startTestApi, vendor } from '../testing/api.ts';
import type { TestApi } from '../testing/api.ts';

describe('what is asked of the projectors by the api', () => {
  let api: TestApi;
  let boss: Client;
  before(async () => {
    api = await startTestApi({ board: { mode: 'full', tokensFile: undefined } });
    boss = await api.as(admin);
  });
  after(() => api.close());
  beforeEach(() => api.pool.query('TRUNCATE view_jobs, operator_actions'));

  const jobs = async () => (await boss.get('/admin/view-jobs')).body['jobs'];

  it('is stored with who asked for it and why, once for each key, and one of its kind at a time', async () => {
    expect(await jobs()).to.deep.equal([]);
    const headers = { 'idempotency-key': v7() };
    const made = await boss.post('/admin/verifications', { deep: true, note: 'after the fire' }, { headers });
    expect(made.status, made.text).to.equal(201);
    expect(made.body).to.deep.include({
      kind: 'verify', deep: true, state: 'requested', requested_by: admin.userId, note: 'after the fire', products: 0, total: null, result: null, instance: null,
    });
    expect((await boss.post('/admin/verifications', { deep: true, note: 'after the fire' }, { headers })).text).to.equal(made.text);
    expect((await boss.post('/admin/verifications')).body).to.deep.include({ status: 409, code: 'in_use' });
    expect((await boss.post('/admin/rebuilds', { deep: true })).body).to.deep.include({ code: 'validation_failed' });
    const rebuilt = await boss.post('/admin/rebuilds');
    expect([rebuilt.status, rebuilt.body['kind'], rebuilt.body['note']]).to.deep.equal([201, 'rebuild', null]);
    expect(await jobs()).to.deep.equal([rebuilt.body, made.body]);
    const { rows } = await api.pool.query('SELECT actor, via, action, subjects, note FROM operator_actions ORDER BY at');
    expect(rows).to.deep.equal([
      { actor: admin.userId, via: 'api', action: 'view.verify', subjects: [made.body['id']], note: 'after the fire' },
      { actor: admin.userId, via: 'api', action: 'view.rebuild', subjects: [rebuilt.body['id']], note: null },
    ]);
  });

  it('is for admins, and only where the board is full', async () => {
    expect((await (await api.as(vendor)).get('/admin/view-jobs')).body).to.deep.include({ code: 'forbidden' });
    const shows = await startTestApi({ board: { mode: 'read', tokensFile: undefined } });
    try {
      const other = await shows.as(admin);
      expect((await other.get('/admin/view-jobs')).status).to.equal(200);
      for (const what of ['verifications', 'rebuilds']) expect((await other.post(`/admin/${what}`)).body, what).to.deep.include({ status: 403, code: 'forbidden' });
    } finally {
      await shows.close();
    }
  });
});
