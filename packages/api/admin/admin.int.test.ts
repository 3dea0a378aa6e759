import { newestVersions } from '@inventory/domain/events-stored.ts';
import { TOMORROW, tomorrowHistory } from '@inventory/domain/testing/past-versions.ts';
import type { Client } from '@inventory/testkit/http/client.ts';
import { expect } from 'chai';
import { admin, customer, startTestApi, vendor } from '../testing/api.ts';
import type { TestApi } from '../testing/api.ts';

const RELAY = {
  role: 'leader', pid: 7, term: 3, sequence: 40, published_per_second: 12.5, backlog: 4, oldest_seconds: 0.2,
  parked: 1, skipped: 0, waiting: 2, settled_position: 40, newest_position: 44,
};
const DIFFERENCE = { product_id: 'p', field: 'MAD-001', kind: 'different', found: '3:9:0', expected: '3:3:0' };
const now = () => new Date().toISOString();
const projector = (more: object = {}) => ({
  epoch: 1, position: 40, settled: 43, newest: 44, watermark: now(), watermark_age_ms: 90, last_sealed: now(),
  outcome: 'sealed', stream: { created: 'x', pending: 5, unacknowledged: 0 }, last_rebuild: null,
  verified: { at: now(), round_at: now(), round_products: 20, divergent_products: 0, differences: [] },
  ...more,
});

describe('GET /admin/lag and /admin/consistency', () => {
  let api: TestApi;
  let boss: Client;
  before(async () => {
    api = await startTestApi();
    boss = await api.as(admin);
  });
  beforeEach(() => api.pool.query('TRUNCATE process_reports'));
  after(() => api.close());

  const say = (process: string, instance: string, report: object, secondsAgo = 0) => api.pool.query(
    `INSERT INTO process_reports (process, instance, report, reported_at)
     VALUES ($1, $2, $3, clock_timestamp() - make_interval(secs => $4))`, [process, instance, report, secondsAgo]);

  it('are for admins only, and take no query', async () => {
    for (const path of ['/admin/lag', '/admin/consistency', '/admin/consumers']) {
      for (const who of [vendor, customer]) {
        expect((await (await api.as(who)).get(path)).body, path).to.deep.include({ status: 403, code: 'forbidden' });
      }
      expect((await (await api.as()).get(path)).status, path).to.equal(401);
      expect((await boss.get(`${path}?x=1`)).body, path).to.deep.include({ code: 'validation_failed' });
      expect((await boss.post(path)).status, path).to.equal(405);
    }
  });

  it('name who holds up a version that a newer release would write', async () => {
    const next = await startTestApi({ history: tomorrowHistory });
    try {
      await next.pool.query(`INSERT INTO process_reports (process, instance, report)
        VALUES ('relay', 'r1', $1), ('projector', 'p1', $2)`, [RELAY, projector({ reads: newestVersions(tomorrowHistory) })]);
      const { body } = await (await next.as(admin)).get('/admin/lag');
      expect(body['formats_held_up']).to.deep.equal([{ ...TOMORROW, by: [{ process: 'relay', instance: 'r1', reads: 1 }] }]);
      expect(body['problems']).to.deep.equal(['stock.updated version 2 is not written yet: relay r1 reads up to version 1']);
    } finally {
      await next.close();
    }
    await say('relay', 'r1', RELAY);
    await say('projector', 'p1', projector());
    expect((await boss.get('/admin/lag')).body).to.deep.include({ formats_held_up: [], problems: [] });
  });

  it('show what relay and projector reported, and nothing else', async () => {
    await say('relay', 'r1', RELAY);
    await say('relay', 'r2', { ...RELAY, role: 'standby', published_per_second: 0 });
    await say('projector', 'p1', projector());
    const { body } = await boss.get('/admin/lag');
    expect(body).to.deep.include({
      publishing: { leader: true, backlog: 4, oldest_seconds: 0.2, published_per_second: 12.5 }, problems: [],
    });
    expect(body['view']).to.include({ position: 40, events_behind: 4, behind_ms: 90, stream_pending: 5 });
    expect(body['log']).to.deep.equal({ epoch: 1, newest_position: 3, settled_position: 3 });
    expect(body['processes']).to.have.length(3);
    const consistency = (await boss.get('/admin/consistency')).body;
    expect(consistency).to.deep.include({ consistent: true, events: { parked: 1, waiting: 2, skipped: 0 } });
    expect(consistency['view']).to.deep.include({ divergent_products: 0, all_products: 20, differences: [] });
    expect(consistency['problems']).to.deep.equal(['1 parked and 2 waiting events are not in the stream: relay parked ls']);
  });

  it('show who consumes the stream, as the relay that leads says it, by the clock of Postgres', async () => {
    const consumers = async () => (await boss.get('/admin/consumers')).body['consumers'];
    expect(await consumers(), 'nobody leads').to.equal(null);
    const standing = { durable: true, filter: [], redelivered: 0, acknowledged: 40 };
    const since = new Date(Date.now() - 90_000).toISOString();
    await say('relay', 'r2', { ...RELAY, role: 'standby', consumers: [] });
    await say('relay', 'r1', { ...RELAY, consumers: [
      { ...standing, name: 'projector', pending: 0, unacknowledged: 0, behind_since: null },
      { ...standing, name: 'late', pending: 9, unacknowledged: 1, behind_since: since },
      { ...standing, name: 'lost', pending: 9, unacknowledged: 0, behind_since: null },
    ] });
    const found = await consumers();
    expect(found).to.have.lengthOf(3);
    expect(found).to.have.deep.property('0', { ...standing, name: 'projector', pending: 0, unacknowledged: 0, seconds_behind: 0 });
    expect(found).to.have.nested.property('[1].seconds_behind').within(85, 120);
    expect(found).to.have.nested.property('[2].seconds_behind', null);
    await say('relay', 'r3', RELAY, 5);
    await api.pool.query('DELETE FROM process_reports WHERE instance = \'r1\'');
    expect(await consumers(), 'a release that does not tell').to.equal(null);
  });

  it('show what was reported in the last quarter of an hour, where it is asked for', async () => {
    expect((await boss.get('/admin/lag')).body).not.to.have.property('history');
    expect((await boss.get('/admin/lag?history=900')).body['history']).to.deep.equal({ seconds: 900, samples: [] });
    for (const history of ['0', '901', '1e2', '-5']) {
      expect((await boss.get(`/admin/lag?history=${history}`)).body, history).to.deep.include({ code: 'validation_failed' });
    }
    const past = (process: string, report: object, secondsAgo: number) => api.pool.query(
      `INSERT INTO process_report_history (process, instance, report, reported_at)
       VALUES ($1, 'i', $2, date_trunc('minute', clock_timestamp()) - make_interval(secs => $3))`, [process, report, secondsAgo]);
    await past('relay', RELAY, 120);
    await past('relay', { ...RELAY, role: 'standby', backlog: 9 }, 119);
    await past('projector', projector({ watermark_age_ms: 70 }), 120);
    await past('projector', projector(), 60);
    const { samples }: { samples: object[] } = Object(await boss.get('/admin/lag?history=900').then(({ body }) => body['history']));
    expect(samples.map((sample) => ({ ...sample, at: '' }))).to.deep.equal([
      { at: '', newest_position: 44, backlog: 4, oldest_seconds: 0.2, published_per_second: 12.5, events_behind: 4, behind_ms: 70 },
      { at: '', newest_position: 44, backlog: null, oldest_seconds: null, published_per_second: null, events_behind: 4, behind_ms: 90 },
    ]);
  });

  it('do not mistake silence for health', async () => {
    const silent = (await boss.get('/admin/lag')).body;
    expect(silent).to.deep.include({ publishing: null, view: null, processes: [] });
    expect(silent['problems']).to.have.length(2);
    expect((await boss.get('/admin/consistency')).body).to.deep.include({ consistent: null, view: null, events: null });

    await say('relay', 'r1', RELAY, 30);
    await say('projector', 'p1', projector(), 30);
    const old = (await boss.get('/admin/lag')).body;
    expect(old).to.deep.include({ publishing: null, view: null });
    expect(old['processes']).to.have.length(2);
    expect((await boss.get('/admin/consistency')).body).to.deep.include({ consistent: null });
  });

  it('name a backlog that is old, and a view that is far behind', async () => {
    await say('relay', 'r1', { ...RELAY, backlog: 38, oldest_seconds: 626.4 });
    await say('projector', 'p1', projector({ watermark_age_ms: 7_400 }));
    expect((await boss.get('/admin/lag')).body['problems']).to.deep.equal([
      '38 events wait to be published, the oldest for 626 s: runbook PublishingFallsBehind',
      'the view is 7 s behind the log: runbook ViewNotSealed',
    ]);
    await say('relay', 'r2', { ...RELAY, backlog: 5_000, oldest_seconds: 30 });
    await api.pool.query('DELETE FROM process_reports WHERE instance = \'r1\'');
    await api.pool.query('UPDATE process_reports SET report = $1 WHERE instance = \'p1\'', [projector({ watermark_age_ms: 5_000 })]);
    expect((await boss.get('/admin/lag')).body['problems'], 'many, but on their way').to.deep.equal([]);
  });

  it('report that no relay leads, that no watermark is fresh, and that no projector has verified for a minute', async () => {
    await say('relay', 'r1', { ...RELAY, role: 'standby' });
    await say('projector', 'p1', projector({
      watermark: null, watermark_age_ms: null, stream: null,
      verified: { at: '2026-01-01T00:00:00.000Z', round_at: null, round_products: null, divergent_products: 0, differences: [] },
    }));
    expect((await boss.get('/admin/lag')).body['problems']).to.deep.equal([
      'no relay leads', 'nobody vouches for the view: answers come from the database',
      'events do not come from the stream: the log alone carries the view',
    ]);
    expect((await boss.get('/admin/consistency')).body).to.deep.include({ consistent: null, view: null });
  });

  it('show a difference once, whichever projectors found it', async () => {
    const verified = { at: now(), round_at: null, round_products: null, divergent_products: 1, differences: [DIFFERENCE] };
    await say('projector', 'p1', projector({ verified }));
    await say('projector', 'p2', projector({ verified }));
    await say('projector', 'p3', projector());
    const { body } = await boss.get('/admin/consistency');
    expect(body).to.deep.include({ consistent: false });
    expect(body['view']).to.deep.include({ divergent_products: 1, differences: [DIFFERENCE] });
  });

  it('accept reports of another version', async () => {
    await say('projector', 'p0', { colour: 'green' });
    await say('projector', 'p1', projector({ verified: undefined }));
    expect((await boss.get('/admin/consistency')).body).to.deep.include({ consistent: null });
    expect((await boss.get('/admin/lag')).body['view']).to.include({ position: 40 });
  });
});
