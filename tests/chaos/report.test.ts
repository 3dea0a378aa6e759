import { expect } from 'chai';
import type { Finding } from './checks/finding.ts';
import { byKind, failuresOf, findingsOf, reportText } from './report.ts';
import type { RoundResult, RunResult } from './run.ts';
import { readRun, runJson, runsTable } from './table.ts';

const lost: Finding = { promise: 'I7', subject: 'event 1', detail: 'is not in the stream', sort: 'lost' };
const round = (more: Partial<RoundResult>): RoundResult => ({
  nth: 1, faults: [{ kind: 'kill-api', target: 'api-1', lastsMs: 1_000 }], findings: [], takenBack: [], harmless: [], rescue: undefined,
  changed: new Map([['unknown outcomes', 3]]), recovery: { ms: 1_234, unclear: [] },
  signs: { readiness: ['api-1: no answer'], relayStatus: ['says nothing'], alerts: ['ProcessDown'] }, ...more,
});
const result = (...rounds: readonly RoundResult[]): RunResult => ({
  plan: { seed: 7, durationMs: 60_000, rounds: [] }, rounds, atTheEnd: [], aborted: undefined,
  counts: { operations: 10, reads: 20, events: 30, seconds: 61.4 },
});

describe('the report of a run', () => {
  it('has a line for each kind, with what its rounds have shown', () => {
    const rounds = [
      round({}), round({ recovery: { ms: 5_000, unclear: [] }, findings: [lost] }),
      round({ recovery: { ms: undefined, unclear: ['api-1 no answer'] }, rescue: 'waited', harmless: ['kill-api'] }),
    ];
    const [line, ...more] = byKind(rounds);
    expect(more).to.deep.equal([]);
    expect(line).to.deep.equal({
      kind: 'kill-api', times: 3, wrong: 0, lost: 1, doubled: 0, takenBack: 0, recoveredSeconds: [1.2, 5], rescued: 1, harmless: 1,
      changed: { 'unknown outcomes': 9 }, readiness: ['api-1: no answer'], relayStatus: ['says nothing'], alerts: ['ProcessDown'],
    });
    const text = reportText(result(...rounds), 'npm run chaos -- --seed 7');
    expect(text).to.include('1.2–5, 1 × not by itself').and.to.include('I7        event 1: is not in the stream')
      .and.to.include('npm run chaos -- --seed 7').and.to.include('ProcessDown');
  });

  it('tells the signs of rounds in which a kind came alone, where there were any', () => {
    const { faults: [fault] } = round({});
    const both = round({
      faults: [fault, { kind: 'nats-kill' as const, target: 'nats', lastsMs: 1_000 }].filter((each) => each !== undefined),
      signs: { readiness: ['relay-1: not ready: nats'], relayStatus: ['JetStream does not answer'], alerts: ['NobodyPublishes'] },
    });
    const signs = byKind([round({}), both]).map(({ kind, alerts }) => `${kind}: ${alerts.join(', ')}`);
    expect(signs).to.deep.equal(['kill-api: ProcessDown', 'nats-kill: NobodyPublishes']);
  });

  it('passes a run in which every promise was kept and every fault hurt, and no other', () => {
    expect(failuresOf(result(round({})))).to.deep.equal([]);
    expect(reportText(result(round({})), '')).to.include('All promises were kept');
    expect(failuresOf(result(round({ findings: [lost] })))).to.deep.equal(['1 promises were broken']);
    expect(failuresOf({ ...result(round({})), atTheEnd: [lost] })).to.have.length(1);
    expect(failuresOf(result(round({ harmless: ['kill-api'] })))).to.have.length(1);
    expect(failuresOf({ ...result(round({})), aborted: 'stuck' })).to.have.length(1);
    expect(findingsOf({ ...result(round({ findings: [lost] })), atTheEnd: [lost] })).to.have.length(2);
  });

  it('counts what a promotion took back, and does not fail for it', () => {
    const promoted = result(round({ takenBack: ['reserve w1-2', 'adjust w2-1'] }));
    expect(failuresOf(promoted)).to.deep.equal([]);
    expect(reportText(promoted, '')).to.include('0 (+2 taken back)').and.to.include('taken back by a promotion: reserve w1-2, adjust w2-1\n');
  });
});

describe('the table of several runs', () => {
  const where = { machine: '2 cores, 24 GiB', date: '2026-12-01T04:00:00.000Z', commit: '0123456789abcdef' };
  const written = (...rounds: readonly RoundResult[]) => readRun(runJson(result(...rounds), where));
  const signs = (readiness: readonly string[], relayStatus: readonly string[]) => ({ signs: { readiness, relayStatus, alerts: ['ProcessDown'] } });

  it('adds up what each kind has shown, and says where and when', () => {
    const text = runsTable([
      written(round(signs(['api-1: no answer', 'relay-2: not ready: role, publishing'], ['waits for 3 s']))),
      written(round({ ...signs(['api-2: no answer', 'relay-1: not ready: role'], ['waits for 12 s', 'says nothing']), findings: [lost], takenBack: ['adjust w2-1'], recovery: { ms: 5_000, unclear: [] } })),
    ]);
    expect(text).to.include('- Seed 7: 1 rounds in 61 s, 10 operations, 20 reads, 30 events; all promises kept. 2 cores, 24 GiB; 2026-12-01; commit 0123456.');
    expect(text).to.include('FAILED: 1 promises were broken');
    expect(text.split('\n').at(-1)).to.equal(
      '| kill-api | 2 | 0 | 1 (1 taken back) | 0 | 1.2–5 | api: no answer; relay: role, publishing | waits for N s | ProcessDown |');
  });

  it('says so where nothing was to be seen, and where a fault was without effect', () => {
    const text = runsTable([written(round({ signs: { readiness: [], relayStatus: ['says nothing'], alerts: [] }, harmless: ['kill-api'] }))]);
    expect(text).to.include('| kill-api | 1, 1 × without effect | 0 | 0 | 0 | 1.2 | ok throughout | says nothing | none |');
  });

  it('takes nothing else', () => { expect(() => readRun('{}')).to.throw(); });
});
