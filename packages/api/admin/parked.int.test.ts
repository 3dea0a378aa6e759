import type { Client } from '@inventory/testkit/http/client.ts';
import { expect } from 'chai';
import { v7 } from 'uuid';
import { admin, customer, service, startTestApi, vendor } from '../testing/api.ts';
import type { TestApi } from '../testing/api.ts';

const LARGE = 'payload too large: 1200345 bytes with headers, 1048576 allowed';
const REFUSED = 'subject refused: no subject for the store id "MAD 001"';

interface Listed {
  readonly total: number;
  readonly reasons: readonly unknown[];
  readonly events: readonly Readonly<Record<string, unknown>>[];
  readonly decisions: readonly Readonly<Record<string, unknown>>[];
}

describe('parked events by the api', () => {
  let api: TestApi;
  let boss: Client;
  let ids: readonly string[];
  before(async () => {
    api = await startTestApi({ board: { mode: 'full', tokensFile: undefined } });
    boss = await api.as(admin);
  });
  after(() => api.close());
  beforeEach(async () => {
    await api.pool.query('TRUNCATE relay_parked, operator_actions');
    const { rows } = await api.pool.query<{ event_id: string }>(`INSERT INTO relay_parked (event_id, stream_id, position, reason)
      SELECT id, stream_id, position, CASE WHEN store_id = 'VAL-001' THEN $1 ELSE $2 END FROM events WHERE event_type = 'store.created'
      RETURNING event_id, position`, [REFUSED, LARGE]);
    ids = rows.map(({ event_id: id }) => id);
    expect(ids).to.have.lengthOf(3);
  });

  const list = async (query = ''): Promise<Listed> => {
    const { status, text } = await boss.get(`/admin/parked${query}`);
    expect(status, text).to.equal(200);
    return JSON.parse(text);
  };
  const states = async (): Promise<readonly string[]> =>
    (await api.pool.query<{ state: string }>('SELECT state FROM relay_parked ORDER BY position')).rows.map(({ state }) => state);

  it('are listed in the order of the log, by the kind of their reason, and one by one', async () => {
    const all = await list();
    expect(all.events.map(({ event_id: id }) => id)).to.deep.equal(ids);
    expect(all).to.deep.include({ total: 3, decisions: [], reasons: [{ reason: 'payload too large', events: 2 }, { reason: 'subject refused', events: 1 }] });
    expect(all.events[0]).to.include({ state: 'parked', reason: LARGE, event_type: 'store.created', waiting: 0, resolved_by: null });
    expect((await list('?reason=subject%20refused')).events).to.have.lengthOf(1);
    expect(await list('?limit=1')).to.deep.include({ total: 3 }).and.have.property('events').with.lengthOf(1);
    expect(await list('?store_id=NOWHERE')).to.deep.include({ total: 0, events: [] });
    expect(await list('?type=stock.updated')).to.deep.include({ total: 0 });
    expect((await boss.get('/admin/parked?state=released')).body).to.deep.include({ code: 'validation_failed' });
    const { body } = await boss.get(`/admin/parked/${ids[0]}`);
    expect(body).to.deep.include({ event_id: ids[0], schema_version: 1 });
    expect(String(body['payload_start'])).to.include('store_uid');
    expect((await boss.get(`/admin/parked/${v7()}`)).body).to.deep.include({ code: 'not_found' });
  });

  it('are shown without the names of customers and users', async () => {
    const { rows: [row] } = await api.pool.query<{ id: string }>(`WITH made AS (
        INSERT INTO events (id, event_type, store_id, aggregate_id, payload, stream_id, metadata)
        SELECT gen_random_uuid(), 'x', 'MAD-001', gen_random_uuid(), '{"customer_id": "maria", "created_by": "maria", "quantity": 2}', gen_random_uuid(),
          '{"actor": {"id": "maria", "role": "customer"}, "request_id": "r-1", "idempotency_key": "maria-1"}' RETURNING id, stream_id, position
      ) INSERT INTO relay_parked (event_id, stream_id, position, reason) SELECT id, stream_id, position, $1 FROM made RETURNING event_id AS id`, [LARGE]);
    const { text, body } = await boss.get(`/admin/parked/${row?.id}`);
    expect(text).not.to.include('maria');
    expect(body['metadata']).to.deep.equal({ actor: { role: 'customer' }, request_id: 'r-1' });
    expect(String(body['payload_start'])).to.include('"quantity": 2');
  });

  it('are retried and skipped all together, with who did it, when and why', async () => {
    const retried = await boss.post('/admin/parked/retry', { filter: { reason: 'payload too large' }, expected_count: 2, note: 'larger now' });
    expect(retried.body).to.deep.equal({ decided: 2, event_ids: ids.slice(0, 2) });
    const skipped = await boss.post('/admin/parked/skip', { filter: { event_ids: [ids[2]] }, expected_count: 1, note: 'of no use' });
    expect(skipped.body).to.deep.equal({ decided: 1, event_ids: [ids[2]] });
    expect(await states()).to.deep.equal(['released', 'released', 'skipped']);
    const { events, decisions } = await list('?state=skipped');
    expect(events).to.have.lengthOf(1);
    expect(events[0]).to.include({ event_id: ids[2], resolved_by: admin.userId, state: 'skipped' });
    expect(decisions.map(({ at: _at, ...rest }) => rest)).to.deep.equal([
      { by: admin.userId, via: 'api', action: 'parked.skip', note: 'of no use', events: 1, first_event: ids[2], published: 0, pending: 0, parked_again: 0, skipped: 1 },
      { by: admin.userId, via: 'api', action: 'parked.retry', note: 'larger now', events: 2, first_event: ids[0], published: 2, pending: 0, parked_again: 0, skipped: 0 },
    ]);
    const { rows } = await api.pool.query<{ drawn: string }>('SELECT count(DISTINCT released_position) AS drawn FROM relay_parked');
    expect(Number(rows[0]?.drawn), 'each decision has its place in the log').to.equal(3);
  });

  it('tell what became of those that were retried', async () => {
    await boss.post('/admin/parked/retry', { filter: {}, expected_count: 3 });
    await api.pool.query(`UPDATE relay_parked SET state = 'parked' WHERE event_id = $1`, [ids[0]]);
    await api.pool.query(`INSERT INTO relay_left_behind (position, stream_id, why) SELECT position, stream_id, 'waiting' FROM relay_parked WHERE event_id = $1`, [ids[1]]);
    try {
      expect((await list()).decisions[0]).to.include({ events: 3, parked_again: 1, pending: 1, published: 1 });
    } finally {
      await api.pool.query('DELETE FROM relay_left_behind');
    }
  });

  it('are left alone where they are not as many as whoever decides has seen', async () => {
    const { status, body } = await boss.post('/admin/parked/skip', { filter: { reason: 'payload too large' }, expected_count: 3, note: 'all of them' });
    expect(status).to.equal(412);
    expect(body).to.deep.include({ code: 'version_mismatch', current_count: 2, retryable: false });
    expect(await states()).to.deep.equal(['parked', 'parked', 'parked']);
    expect((await list()).decisions).to.deep.equal([]);
  });

  it('are decided about once: by two at the same time, and by a request that is repeated', async () => {
    const wish = { filter: {}, expected_count: 3, note: 'twice' };
    const told = await Promise.all([boss.post('/admin/parked/skip', wish), boss.post('/admin/parked/retry', wish)]);
    expect(told.map(({ status }) => status).toSorted()).to.deep.equal([200, 412]);
    expect(new Set(await states()).size).to.equal(1);
    await api.pool.query('UPDATE relay_parked SET state = \'parked\'');
    const headers = { 'idempotency-key': v7() };
    const [first, again] = [await boss.post('/admin/parked/retry', wish, { headers }), await boss.post('/admin/parked/retry', wish, { headers })];
    expect([first.status, again.status, again.text]).to.deep.equal([200, 200, first.text]);
    expect((await list()).decisions).to.have.lengthOf(2);
  });

  it('are for admins, and are decided about only where the board is full', async () => {
    for (const who of [vendor, customer, service]) {
      expect((await (await api.as(who)).get('/admin/parked')).body).to.deep.include({ code: 'forbidden' });
    }
    expect((await boss.post('/admin/parked/skip', { filter: {}, expected_count: 3 })).body, 'nothing is skipped without a reason').to.deep.include({ code: 'validation_failed' });
    const shows = await startTestApi({ board: { mode: 'read', tokensFile: undefined } });
    try {
      const other = await shows.as(admin);
      expect((await other.get('/admin/parked')).status).to.equal(200);
      for (const verb of ['retry', 'skip']) {
        expect((await other.post(`/admin/parked/${verb}`, { filter: {}, expected_count: 0, note: 'x' })).body).to.deep.include({ status: 403, code: 'forbidden' });
      }
    } finally {
      await shows.close();
    }
  });
});
