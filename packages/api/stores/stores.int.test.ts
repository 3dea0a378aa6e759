import { expectInvariants } from '@inventory/testkit/invariants/invariants.ts';
import type { Client } from '@inventory/testkit/http/client.ts';
import { expect } from 'chai';
import { v7 } from 'uuid';
import { admin, customer, startTestApi, vendor } from '../testing/api.ts';
import type { TestApi } from '../testing/api.ts';
import { store } from './schema.ts';

describe('stores', () => {
  let api: TestApi;
  let boss: Client;
  let made = 0;
  before(async () => {
    api = await startTestApi();
    boss = await api.as(admin);
  });
  after(async () => {
    await expectInvariants(api.db);
    await api.close();
  });

  const open = async (name = 'Sevilla') => {
    made += 1;
    const answer = await boss.post('/stores', { store_id: `SEV-${String(made).padStart(3, '0')}`, name });
    return { answer, ...store.parse(answer.body) };
  };
  const eventsOf = async (id: string) => (await api.pool.query<{ type: string; version: number; name: string }>(`
    SELECT event_type AS type, stream_version AS version, payload ->> 'name' AS name FROM events
    WHERE store_id = $1 AND event_type LIKE 'store.%' ORDER BY position`, [id])).rows;

  const uidOf = async (id: string) => (await api.pool.query<{ uid: string }>('SELECT uid FROM stores WHERE id = $1', [id])).rows[0]?.uid;

  it('are opened by an admin, each with its event', async () => {
    const { answer, store_id: id } = await open();
    expect([answer.status, answer.headers.get('location'), answer.headers.get('etag')]).to.deep.equal(
      [201, `/api/v1/stores/${id}`, '"1"']);
    expect(await eventsOf(id)).to.deep.equal([{ type: 'store.created', version: 1, name: 'Sevilla' }]);
    expect((await boss.get(`/stores/${id}`)).text).to.equal(answer.text);
  });

  it('can be read by everybody and written by admins only', async () => {
    for (const who of [customer, vendor]) {
      const client = await api.as(who);
      expect((await client.get('/stores/MAD-001')).body).to.deep.include({ name: 'Madrid Centro' });
      expect((await client.get('/stores')).text).to.contain('BCN-001');
      expect((await client.post('/stores', { store_id: 'NEW-001', name: 'x' })).body)
        .to.deep.include({ code: 'forbidden' });
      expect((await client.request('PATCH', '/stores/MAD-001', { name: 'x' })).body)
        .to.deep.include({ code: 'forbidden' });
    }
  });

  it('have a unique id: of ten opened at once with the same id, one is opened', async () => {
    const told = await Promise.all(Array.from({ length: 10 }, () =>
      boss.post('/stores', { store_id: 'RACE-001', name: 'x' })));
    expect(told.map(({ status }) => status).sort()).to.deep.equal([201, ...Array.from({ length: 9 }, () => 409)]);
    expect(told.find(({ status }) => status === 409)?.body).to.deep.include({ code: 'in_use' });
    expect(await eventsOf('RACE-001')).to.have.length(1);
  });

  it('are opened once under one idempotency key', async () => {
    const headers = { 'idempotency-key': v7() };
    const told = await Promise.all(Array.from({ length: 10 }, () =>
      boss.post('/stores', { store_id: 'ONCE-001', name: 'x' }, { headers })));
    expect(new Set(told.map(({ status, text }) => `${status} ${text}`)).size).to.equal(1);
    expect(told[0]?.status).to.equal(201);
  });

  it('cannot have an id that would break out of a subject, a key or a URL', async () => {
    for (const id of ['MAD.001', 'MAD 001', '*', '>', 'MAD-001\n', 'MAD-００１', '', 'x'.repeat(51), '../x', 'a:b', '{x}',
      'GLOBAL', 7, null]) {
      expect((await boss.post('/stores', { store_id: id, name: 'x' })).body, JSON.stringify(id))
        .to.deep.include({ code: 'validation_failed' });
      const inPath = await boss.get(`/stores/${encodeURIComponent(String(id))}`);
      if (id !== '' && id !== 7 && id !== null) expect(inPath.body, JSON.stringify(id))
        .to.deep.include({ code: 'validation_failed' });
    }
    expect((await boss.get('/stores/mad-001')).body).to.deep.include({ code: 'not_found' });
  });

  it('are renamed only at the expected version; the same name changes nothing', async () => {
    const { store_id: id } = await open();
    const rename = (name: string, tag?: string) =>
      boss.request('PATCH', `/stores/${id}`, { name }, tag === undefined ? {} : { headers: { 'if-match': tag } });
    expect((await rename('Triana', '"1"')).body).to.deep.include({ name: 'Triana', version: 2 });
    expect((await rename('Macarena', '"1"')).body).to.deep.include({ code: 'version_mismatch', current_version: 2 });
    expect((await rename('Triana')).body).to.deep.include({ version: 2 });
    await Promise.all(Array.from({ length: 10 }, (_, n) => rename(`name ${n}`)));
    expect((await eventsOf(id)).map(({ version }) => version))
      .to.deep.equal(Array.from({ length: 12 }, (_, n) => n + 1));
  });

  it('have a place, groups, a priority and a state, which an admin changes and each event says', async () => {
    const { store_id: id, answer } = await open();
    expect(answer.body).to.deep.include({ groups: [], latitude: null, priority: 0, pickup: true, ships: true, status: 'OPEN' });
    const patch = (body: object) => boss.request('PATCH', `/stores/${id}`, body);
    const where = {
      groups: ['sur', 'all', 'sur'], latitude: 37.3891, longitude: -5.9845, country: 'ES', time_zone: 'Europe/Madrid', priority: 5, ships: false,
    };
    expect((await patch(where)).body).to.deep.include({ ...where, groups: ['all', 'sur'], name: 'Sevilla', version: 2 });
    expect((await patch({ groups: ['sur', 'all'], ships: false })).body, 'nothing new').to.deep.include({ version: 2 });
    expect((await patch({ latitude: null, longitude: null, status: 'CLOSED' })).body)
      .to.deep.include({ latitude: null, longitude: null, country: 'ES', status: 'CLOSED', version: 3 });
    const { rows } = await api.pool.query<{ payload: unknown }>(
      `SELECT payload FROM events WHERE store_id = $1 AND event_type = 'store.updated' ORDER BY position`, [id]);
    expect(rows.map(({ payload }) => payload)).to.deep.include.members([{
      store_uid: await uidOf(id), store_id: id, name: 'Sevilla', version: 3, groups: ['all', 'sur'], latitude: null, longitude: null,
      country: 'ES', time_zone: 'Europe/Madrid', priority: 5, pickup: true, ships: false, status: 'CLOSED',
    }]);
  });

  it('cannot be at half a place, in a zone that there is not, or in a group without a name', async () => {
    for (const [body, pointer] of [
      [{ latitude: 40 }, '/longitude'], [{ longitude: null, latitude: 40 }, '/longitude'], [{ latitude: 90.1, longitude: 0 }, '/latitude'],
      [{ latitude: '40', longitude: 0 }, '/latitude'], [{ country: 'es' }, '/country'], [{ time_zone: 'Europe/Sevilla' }, '/time_zone'],
      [{ time_zone: '+01:00' }, '/time_zone'], [{ groups: ['a b'] }, '/groups/0'], [{ groups: Array.from({ length: 21 }, (_, n) => `g-${n}0`) }, '/groups'],
      [{ priority: 1001 }, '/priority'], [{ status: 'open' }, '/status'], [{ pickup: 'yes' }, '/pickup'], [{ version: 1 }, '/version'], [{}, ''],
    ] as const) {
      const { status, text } = await boss.request('PATCH', '/stores/MAD-001', body);
      expect([status, text.includes(`"pointer":"${pointer}"`)], `${JSON.stringify(body)} ${text}`).to.deep.equal([400, true]);
    }
  });

  it('are listed page by page, ordered by id', async () => {
    const first = await boss.get('/stores?limit=2');
    const [, next = ''] = /^<\/api\/v1([^>]+)>; rel="next"$/.exec(first.headers.get('link') ?? '') ?? [];
    const ids = (text: string) => [...text.matchAll(/"store_id":"([^"]+)"/g)].map(([, id]) => id);
    const second = await boss.get(next);
    expect(ids(first.text)).to.have.length(2);
    expect(new Set([...ids(first.text), ...ids(second.text)]).size).to.equal(4);
  });
});
