import { writeReport } from '@inventory/db/process-reports.ts';
import { createMetrics } from '@inventory/runtime/metrics.ts';
import { createReadiness } from '@inventory/runtime/readiness.ts';
import { captureLog } from '@inventory/runtime/testing/log.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { expect } from 'chai';
import { createPseudonym } from '../pseudonyms.ts';
import { createTestStore } from '../testing/api.ts';
import type { TestStore } from '../testing/api.ts';
import { followFormats } from './follow-formats.ts';
import { createSameKey, markOf, readOtherKeys } from './same-key.ts';

describe('the key of pseudonyms', function () {
  this.timeout(60_000);
  let store: TestStore;
  let stop: AbortController;
  beforeEach(async () => {
    store = await createTestStore();
    stop = new AbortController();
  });
  afterEach(async () => {
    stop.abort();
    await store.close();
  });

  const start = (instance: string, key: string) => {
    const readiness = createReadiness();
    const { log, lines } = captureLog();
    const state = { begun: false };
    const followed = followFormats({
      db: store.db, instance, log, readiness, metrics: createMetrics({ process: 'api', instance }), signal: stop.signal, pseudonym: createPseudonym(key),
    }).then((formats) => {
      state.begun = true;
      return formats;
    });
    return { state, readiness, lines, followed };
  };
  const claimed = (instance: string) => eventually(async () => {
    const others = await readOtherKeys(store.db, 'of nobody');
    expect(others.map((one) => one.instance)).to.include(instance);
  }, { timeoutMs: 20_000 });

  it('keeps an api with another one from beginning, and says why, until those that run are gone', async () => {
    const first = start('first', 'one');
    const formats = await first.followed;
    await claimed('first');
    const same = start('same', 'one');
    await (await same.followed).stop();
    const second = start('second', 'two');
    await eventually(() => { expect(second.readiness.ready()).to.equal(false); }, { timeoutMs: 20_000 });
    expect(second.readiness.snapshot()[0]).to.include({ name: 'pseudonyms', ok: false, required: true })
      .with.property('detail').that.contains('api first runs with another PSEUDONYM_KEY');
    expect(JSON.stringify(second.lines())).to.contain('api first runs with another PSEUDONYM_KEY');
    expect([second.state.begun, first.readiness.ready()]).to.deep.equal([false, true]);
    await formats.stop();
    await (await second.followed).stop();
    expect(second.readiness.ready()).to.equal(true);
  });

  it('of two apis that begin at once with two is that of the earlier one: the later one is not ready', async () => {
    const readiness = createReadiness();
    const key = createSameKey({ db: store.db, instance: 'here', pseudonym: createPseudonym('one'), log: captureLog().log, readiness });
    const beside = async (since: string): Promise<boolean> => {
      const pseudonyms = { mark: markOf(createPseudonym('two')), since };
      await writeReport(store.db, { process: 'api', instance: 'other', report: { pseudonyms } });
      // It stays current however slow the machine is.
      await store.pool.query("UPDATE process_reports SET reported_at = reported_at + interval '1 hour'");
      await key.look();
      return readiness.ready();
    };
    expect(await key.look()).to.equal(true);
    expect(await beside('2999-01-01T00:00:00.000Z')).to.equal(true);
    expect(key.claim()).to.have.property('pseudonyms');
    expect(await beside('2000-01-01T00:00:00.000Z')).to.equal(false);
    expect(key.claim()).to.deep.equal({});
    // It has no claim any more, so it yields to whoever has.
    expect(await beside('2999-01-01T00:00:00.000Z')).to.equal(false);
    await store.pool.query('DELETE FROM process_reports');
    await key.look();
    expect(readiness.ready()).to.equal(true);
  });
});
