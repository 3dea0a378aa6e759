import { readFormats, readReaders } from '@inventory/db/formats/formats.ts';
import { removeReport, writeReport } from '@inventory/db/process-reports.ts';
import { newestVersions, pastVersions } from '@inventory/domain/events-stored.ts';
import type { History } from '@inventory/domain/events-stored.ts';
import { TOMORROW, tomorrowHistory } from '@inventory/domain/testing/past-versions.ts';
import { createMetrics } from '@inventory/runtime/metrics.ts';
import { createReadiness } from '@inventory/runtime/readiness.ts';
import { captureLog } from '@inventory/runtime/testing/log.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { expect } from 'chai';
import { createTestStore } from '../testing/api.ts';
import type { TestStore } from '../testing/api.ts';
import { followFormats } from './follow-formats.ts';

describe('the versions that an api follows', function () {
  this.timeout(60_000);
  let store: TestStore;
  const stop = new AbortController();
  beforeEach(async () => { store = await createTestStore(); });
  afterEach(() => store.close());
  after(() => { stop.abort(); });

  const follow = async (past: History = pastVersions) => {
    const { log, lines } = captureLog();
    const readiness = createReadiness();
    const metrics = createMetrics({ process: 'api', instance: 'new' });
    const formats = await followFormats({ db: store.db, instance: 'new', log, metrics, readiness, signal: stop.signal, past });
    return { formats, readiness, lines, scrape: () => metrics.registry.metrics() };
  };

  it('gain a version as soon as the last one that does not read it is gone, and are told who that is until then', async () => {
    const old = { process: 'relay', instance: 'old' } as const;
    await writeReport(store.db, { ...old, report: { reads: newestVersions() } });
    // It stays current however slow the machine is.
    await store.pool.query("UPDATE process_reports SET reported_at = reported_at + interval '1 hour'");
    const { formats, lines, scrape } = await follow(tomorrowHistory);
    try {
      await eventually(async () => { expect(await scrape()).to.match(/^event_formats_held_up\{.*\} 1$/m); }, { timeoutMs: 20_000 });
      expect(formats.allowed()).to.include({ [TOMORROW.type]: 1 });
      expect(JSON.stringify(lines())).to.contain('relay old reads up to version 1');
      await removeReport(store.db, old);
      await eventually(() => { expect(formats.allowed()).to.include({ [TOMORROW.type]: TOMORROW.version }); }, { timeoutMs: 20_000 });
      expect(await readFormats(store.db)).to.include({ [TOMORROW.type]: TOMORROW.version });
      expect(await scrape()).to.match(/^event_formats_held_up\{.*\} 0$/m);
    } finally {
      await formats.stop();
    }
    expect(await readReaders(store.db), 'a process that stops in good order holds nobody up').to.deep.equal([]);
  });

  it('make it unready once another has allowed what it does not read', async () => {
    const { formats, readiness } = await follow();
    try {
      expect(readiness.ready()).to.equal(true);
      await store.pool.query("INSERT INTO log_formats (type, version, allowed_by) VALUES ($1, $2, 'a test')", [TOMORROW.type, TOMORROW.version]);
      await eventually(() => { expect(readiness.ready()).to.equal(false); }, { timeoutMs: 20_000 });
      const [check] = readiness.snapshot();
      expect(check).to.include({ name: 'formats', ok: false }).with.property('detail').that.contains('start a release that reads it');
    } finally {
      await formats.stop();
    }
  });
});
