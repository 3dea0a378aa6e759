import { expect } from 'chai';
import type { Copy, LoggedEvent } from './copy.ts';
import { checkDeadlines } from './deadlines.ts';
import type { Finding } from './finding.ts';
import { checkFold } from './fold.ts';
import { checkLogStays } from './log-stays.ts';
import { readLog } from './log.ts';
import { checkRows } from './rows.ts';
import { COPY, EVENTS, ROW, T0 } from './story.ts';

const promisesOf = (findings: readonly Finding[]) => [...new Set(findings.map(({ promise }) => promise))].toSorted();
const changed = (position: number, more: Partial<LoggedEvent>): readonly LoggedEvent[] =>
  EVENTS.map((event) => (event.position === position ? { ...event, ...more } : event));
const without = (position: number): readonly LoggedEvent[] => EVENTS.filter((event) => event.position !== position);
const twice = (position: number): readonly LoggedEvent[] =>
  EVENTS.flatMap((event) => (event.position === position ? [event, { ...event, id: 'copy', position: 3.5 }] : [event]));

describe('the checkers of the log and its tables', () => {
  const judge = (copy: Copy) => {
    const log = readLog(copy);
    return [...checkFold(log), ...checkRows(copy, log)];
  };

  it('find nothing in a whole history', () => {
    expect(judge(COPY)).to.deep.equal([]);
    expect(checkDeadlines(COPY, { troubled: () => false, slowestReadMs: () => 0, stalledMs: () => 0 })).to.deep.equal([]);
    expect(checkLogStays(COPY, COPY)).to.deep.equal([]);
  });

  const stock = (more: Partial<Copy['stock'][number]>): Copy => ({ ...COPY, stock: COPY.stock.map((row) => ({ ...row, ...more })) });
  const hold = (id: string, more: Partial<Copy['reservations'][number]>): Copy => ({
    ...COPY, reservations: COPY.reservations.map((row) => (row.id === id ? { ...row, ...more } : row)),
  });
  const broken: readonly (readonly [string, Copy, readonly string[]])[] = [
    ['more is reserved than there is', stock({ reserved: 10 }), ['I1', 'I2', 'I5']],
    ['less is reserved than is held', stock({ reserved: 2 }), ['I2', 'I5']],
    ['a row is at a version that has no event', stock({ version: 7 }), ['I5']],
    ['a row lost a unit', stock({ quantity: 8 }), ['I14', 'I5']],
    ['a row is gone', { ...COPY, stock: [] }, ['I14', 'I5']],
    ['a row was never told of', { ...COPY, stock: COPY.stock.flatMap((row) => [row, { ...row, id: 'row-2', quantity: 0, reserved: 0 }]) }, ['I5']],
    ['a hold is gone', { ...COPY, reservations: COPY.reservations.filter(({ id }) => id !== 'gone') }, ['I3']],
    ['a hold has no event', hold('gone', { id: 'other' }), ['I3']],
    ['a hold has ended otherwise than its event says', hold('gone', { status: 'EXPIRED' }), ['I3']],
    ['a hold sold more than its event says', hold('sold', { confirmed: 2 }), ['I14', 'I3']],
    ['a failure is stored under a key', { ...COPY, storedFailures: ['key-1'] }, ['I13']],
    ['an event is missing in the middle', { ...COPY, events: without(3) }, ['I3', 'I4', 'I5', 'I6']],
    ['a receipt was never written down', { ...COPY, events: without(1) }, ['I14', 'I4', 'I5', 'I6']],
    ['an event is there twice', { ...COPY, events: twice(3) }, ['I16', 'I4', 'I5', 'I6']],
    ['two versions stand in the wrong order', { ...COPY, events: changed(2, { version: 3 }).map((event) => (event.position === 3 ? { ...event, version: 2 } : event)) }, ['I4', 'I6']],
    ['an event claims another state than it leads to', { ...COPY, events: changed(4, { reserved: 4, available: 5 }) }, ['I6']],
    ['a hold is sold and let go of', { ...COPY, events: changed(6, { aggregate: 'sold', held: 2 }) }, ['I16', 'I3', 'I5', 'I6']],
  ];
  for (const [what, copy, promises] of broken) {
    it(`find that ${what}: ${promises.join(', ')}`, () => {
      expect(promisesOf(judge(copy))).to.deep.equal([...promises].toSorted());
    });
  }

  it('name what is lost and what is doubled', () => {
    expect(judge({ ...COPY, events: without(3) }).find(({ promise }) => promise === 'I4')).to.deep.equal({
      promise: 'I4', subject: `row ${ROW}`, sort: 'lost', detail: 'version 4 at position 4, where 3 belongs',
    });
    expect(judge({ ...COPY, events: twice(3) }).filter(({ promise }) => promise === 'I4').map(({ sort }) => sort)).to.deep.equal(['doubled']);
  });
});

describe('the checker of deadlines', () => {
  const judge = (more: Partial<Copy['reservations'][number]>, troubled = false, slowestMs = 0, stalled = 0) => checkDeadlines({
    nowMs: T0 + 100_000, reservations: COPY.reservations.slice(1, 2).map((row) => ({ ...row, expires_ms: T0 + 10_000, ...more })),
  }, { troubled: () => troubled, slowestReadMs: () => slowestMs, stalledMs: () => stalled });

  it('finds what was sold or let go of too late, and what expired too early', () => {
    expect(judge({ status: 'CONFIRMED', closed_ms: T0 + 10_000 })).to.have.length(1);
    expect(judge({ status: 'CANCELLED', closed_ms: T0 + 10_001 })).to.have.length(1);
    expect(judge({ status: 'CONFIRMED', closed_ms: T0 + 9_999 })).to.deep.equal([]);
    expect(judge({ status: 'EXPIRED', closed_ms: T0 + 9_999 })).to.have.length(1);
    expect(judge({ status: 'EXPIRED', closed_ms: T0 + 10_900 })).to.deep.equal([]);
  });

  it('finds what is over and was not ended in time, unless something was hurt then', () => {
    expect(judge({ status: 'PENDING' })).to.have.length(1);
    expect(judge({ status: 'EXPIRED', closed_ms: T0 + 16_000 })).to.have.length(1);
    expect(judge({ status: 'PENDING' }, true)).to.deep.equal([]);
    expect(judge({ status: 'CONFIRMED', closed_ms: T0 + 16_000 }, true)).to.have.length(1);
  });

  it('allows for a machine on which everything takes long, by what reads took', () => {
    expect(judge({ status: 'EXPIRED', closed_ms: T0 + 11_001 })).to.have.length(1);
    expect(judge({ status: 'EXPIRED', closed_ms: T0 + 11_200 }, false, 50)).to.deep.equal([]);
    expect(judge({ status: 'EXPIRED', closed_ms: T0 + 11_201 }, false, 50)).to.have.length(1);
    expect(judge({ status: 'CONFIRMED', closed_ms: T0 + 10_000 }, false, 50)).to.have.length(1);
    expect(judge({ status: 'EXPIRED', closed_ms: T0 + 11_400 }, false, 0, 400)).to.deep.equal([]);
    expect(judge({ status: 'EXPIRED', closed_ms: T0 + 11_401 }, false, 0, 400)).to.have.length(1);
  });
});

describe('the checker of the log\'s past', () => {
  it('finds what was changed, removed or slipped in', () => {
    const judge = (events: readonly LoggedEvent[]) => checkLogStays(COPY, { events }).map(({ promise, sort }) => `${promise} ${sort}`);
    expect(judge([...EVENTS, ...changed(1, { id: 'new', position: 8 }).slice(0, 1)])).to.deep.equal([]);
    expect(judge(changed(2, { body: 'another' }))).to.deep.equal(['I16 wrong']);
    expect(judge(without(2))).to.deep.equal(['I16 lost']);
    expect(judge(twice(3))).to.deep.equal(['I16 wrong']);
  });
});
