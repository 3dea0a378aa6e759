import { expect } from 'chai';
import { addStockRows, appendStockEvents } from '@inventory/testkit/log/fixture.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import type { TestProcess } from '@inventory/testkit/processes/processes.ts';
import { createRelays } from '../testing/relays.ts';
import type { Relays } from '../testing/relays.ts';
import { readStream } from '../testing/workbench.ts';

type Line = Readonly<Record<string, unknown>>;

describe('relay replay', () => {
  let relays: Relays;
  beforeEach(async () => {
    relays = await createRelays();
  });
  afterEach(async () => {
    await relays.close();
  });

  const replay = (...args: readonly string[]): Promise<TestProcess> => relays.spawn(['replay', ...args]);
  const lines = ({ noise }: TestProcess): readonly Line[] =>
    noise.filter((text) => text.startsWith('{')).map((text): Line => JSON.parse(text));
  const line = (child: TestProcess, type: string): Promise<Line> =>
    eventually(
      () => {
        const found = lines(child).find((candidate) => candidate['type'] === type);
        if (found === undefined) throw new Error(`no ${type}: ${child.noise.join('\n')}`);
        return found;
      },
      { timeoutMs: 20_000 },
    );

  it('killed five times and resumed ends as one that was not: one copy each, the same digest', async function () {
    this.timeout(180_000);
    const { workbench } = relays;
    const stockIds = await addStockRows(workbench.pool, { rows: 100 });
    await appendStockEvents(workbench.pool, { stockIds, each: 80 });
    await relays.start();
    const writing = await relays.writers();

    const first = await replay('--from', 'beginning', '--rate', '4000', '--json');
    const id = String((await line(first, 'begin'))['id']);
    await line(first, 'progress');
    await first.kill();
    for (let kills = 1; kills < 5; kills += 1) {
      const next = await replay('--resume', id, '--json');
      const { published } = await line(next, 'progress');
      expect(published).to.be.above(0);
      await next.kill();
    }
    const last = await replay('--resume', id, '--json');
    expect((await last.exited).code).to.equal(0);
    const summary = await line(last, 'summary');
    await writing.stop();

    const job = await workbench.db.selectFrom('replay_jobs').select('to_position').executeTakeFirstOrThrow();
    const whole = await replay('--from', 'beginning', '--to', `position:${job.to_position}`, '--json');
    expect((await whole.exited).code).to.equal(0);
    expect(await line(whole, 'summary')).to.include({
      state: 'done',
      digest: summary['digest'],
      published: summary['published'],
    });
    const stored = await readStream(workbench.nats, `REPLAY_${id}`);
    expect(stored).to.have.length(Number(summary['total']));
    expect(new Set(stored.map((message) => message.id)).size).to.equal(stored.length);
    expect(stored.map(({ position }) => position)).to.deep.equal(
      stored.map(({ position }) => position).toSorted((a, b) => a - b),
    );
    await relays.expectOneCopyEach();
  });

  it('pauses at Ctrl-C with exit code 130 and says how to go on', async function () {
    this.timeout(120_000);
    const { workbench } = relays;
    await appendStockEvents(workbench.pool, { stockIds: await addStockRows(workbench.pool, { rows: 10 }), each: 500 });
    const child = await replay('--from', 'beginning', '--rate', '500');
    await eventually(() => { expect(child.noise.join('\n')).to.match(/on the subjects replay\.\w+\.>/); });
    await child.kill('SIGINT');
    expect((await child.exited).code).to.equal(130);
    const [, id = ''] = /relay replay --resume (\w+)/.exec(child.noise.join('\n')) ?? [];
    const job = await workbench.db
      .selectFrom('replay_jobs')
      .select(['state', 'published'])
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    expect(job.state).to.equal('paused');
    expect(job.published).to.equal((await workbench.jsm.streams.info(`REPLAY_${id}`)).state.last_seq);

    const [list, shown, absent] = await Promise.all([['ls'], ['show', id, '--json'], ['show', 'nothing']]
      .map((args) => relays.run(['replay', ...args])));
    expect(list?.said).to.match(new RegExp(`^${id} +paused +${job.published} +5000 +1 +5000 `, 'm'));
    expect(JSON.parse(shown?.said ?? '')).to.deep.include({ id, state: 'paused' })
      .and.nested.include({ 'stream.messages': job.published, 'stream.subjects': `replay.${id}.>` });
    expect(absent?.code).to.equal(1);
    expect((await relays.run(['replay', 'cancel', id, '--by', 'ops', '--note', 'of no use'])).code).to.equal(0);
    const { rows } = await workbench.pool.query('SELECT action, via, subjects, note FROM operator_actions ORDER BY at');
    expect(rows).to.deep.equal([
      { action: 'replay.pause', via: 'command', subjects: [id], note: null }, { action: 'replay.cancel', via: 'command', subjects: [id], note: 'of no use' },
    ]);
    expect((await relays.run(['replay', 'show', id])).said).to.match(/Cancelled +\S+ by ops: of no use/);
    expect((await relays.run(['replay', '--resume', id])).code).to.equal(2);
  });

  it('plans only on --dry-run, and refuses what it does not understand with exit code 2', async function () {
    this.timeout(120_000);
    const { workbench } = relays;
    await appendStockEvents(workbench.pool, { stockIds: await addStockRows(workbench.pool, { rows: 3 }), each: 10 });
    const planned = await replay('--from', '2h', '--dry-run', '--json');
    expect((await planned.exited).code).to.equal(0);
    expect(await line(planned, 'plan')).to.include({ total: 30, from_position: 1, to_position: 30 });
    expect(await workbench.db.selectFrom('replay_jobs').select('id').execute()).to.deep.equal([]);
    for (const args of [
      ['--from', 'soon'],
      [],
      ['--resume', 'nothing'],
      ['--from', '2h', '--fast'],
      ['--from', '2h', '--rate', '0'],
    ]) {
      expect((await (await replay(...args)).exited).code, args.join(' ')).to.equal(2);
    }
    const reversed = await replay('--from', '1h', '--to', '2h');
    expect((await reversed.exited).code).to.equal(2);
    expect(reversed.noise.join('\n')).to.contain('--from lies behind --to');
    expect(await workbench.db.selectFrom('replay_jobs').select('id').execute()).to.deep.equal([]);
  });
});
