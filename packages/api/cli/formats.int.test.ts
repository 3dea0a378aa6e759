import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { asLogin } from '@inventory/db/testing/database.ts';
import { writeReport } from '@inventory/db/process-reports.ts';
import { processEnv } from '@inventory/runtime/config/config.ts';
import { newestVersions } from '@inventory/domain/events-stored.ts';
import { TOMORROW, tomorrowHistory } from '@inventory/domain/testing/past-versions.ts';
import { expect } from 'chai';
import { createTestStore } from '../testing/api.ts';
import type { TestStore } from '../testing/api.ts';
import { allowWithout, listFormats } from './allow-formats.ts';

const never = (): Promise<boolean> => Promise.reject(new Error('asked'));

describe('npm run formats', function () {
  this.timeout(120_000);
  let store: TestStore;
  beforeEach(async () => { store = await createTestStore(); });
  afterEach(() => store.close());

  const run = (...args: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, 'formats.ts'), ...args], {
      encoding: 'utf8', env: { ...processEnv(), DATABASE_URL: asLogin(store.url, 'api') },
    });
    return { status, stdout, stderr };
  };
  /** A report that stays current however slow the machine is. */
  const report = async (process: 'relay' | 'projector', instance: string): Promise<void> => {
    await writeReport(store.db, { process, instance, report: { reads: newestVersions() } });
    await store.pool.query("UPDATE process_reports SET reported_at = reported_at + interval '1 hour' WHERE instance = $1", [instance]);
  };

  it('lists what may be written and who runs, as text and as JSON', async () => {
    await report('relay', 'r1');
    const { status, stdout } = run('list', '--json');
    expect(status).to.equal(0);
    const listed = JSON.parse(stdout);
    expect(listed).to.deep.include({ held_up: [], readers: [{ process: 'relay', instance: 'r1' }] });
    expect(listed.types).to.deep.include({ type: 'stock.updated', written: 1, newest: 1 });
    expect(run('list').stdout).to.match(/^TYPE +WRITTEN +NEWEST HERE$/m).and.contain('Running: relay r1.');
    expect(await listFormats(store.db, tomorrowHistory)).to.deep.include({ held_up: [{ ...TOMORROW, by: ['relay r1'] }] });
  });

  it('asks, and allows nothing where the answer is no', async () => {
    await report('relay', 'r1');
    const asked: string[] = [];
    const done = await allowWithout(store.db, ['r1'], (question) => {
      asked.push(question);
      return Promise.resolve(false);
    }, tomorrowHistory);
    expect(done).to.deep.equal({ allowed: [], held_up: [{ ...TOMORROW, by: ['relay r1'] }], agreed: false });
    expect(asked).to.deep.equal(['stock.updated version 2 will be written from now on, and r1 stops as soon as it meets one. This cannot be taken back.']);
    expect((await listFormats(store.db)).types).to.deep.include({ type: 'stock.updated', written: 1, newest: 1 });
  });

  it('overrides the instance that is named, and nobody else', async () => {
    await report('relay', 'r1');
    await report('projector', 'p1');
    expect((await allowWithout(store.db, ['r1'], never, tomorrowHistory)).held_up).to.deep.equal([{ ...TOMORROW, by: ['projector p1', 'relay r1'] }]);
    const both = await allowWithout(store.db, ['r1', 'p1'], () => Promise.resolve(true), tomorrowHistory);
    expect(both).to.deep.equal({ allowed: [TOMORROW], held_up: [], agreed: true });
    // A release that does not write it has it in its list all the same.
    expect((await listFormats(store.db)).types).to.deep.include({ type: 'stock.updated', written: 2, newest: 1 });
  });

  it('does nothing for a word that it does not know, an instance that does not run, or without anybody to ask', async () => {
    await report('relay', 'r1');
    for (const [args, reason] of [
      [['allow'], '--without'], [['allow', '--without', 'nobody'], 'nobody'], [['forbid'], 'list and allow'], [[], 'list and allow'],
      [['list', '--yes'], 'nothing else'], [['list', '--else'], '--else'],
    ] as const) {
      const { status, stderr, stdout } = run(...args);
      expect([status, stdout], args.join(' ')).to.deep.equal([2, '']);
      expect(stderr, args.join(' ')).to.match(/^formats: /).and.contain(reason);
    }
    // This release writes nothing new, so there is nothing to ask.
    const { status, stdout } = run('allow', '--without', 'r1');
    expect([status, stdout]).to.deep.equal([0, 'Nothing to do: all that this release writes is allowed.\n']);
    expect(run('--help').stdout).to.match(/^Usage: npm run formats -- list/);
  });
});
