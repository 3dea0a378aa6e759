import { expect } from 'chai';
import type { Delivery } from '../load/durable.ts';
import type { Lap } from '../load/follower.ts';
import type { Operation, Read, ShownStore } from '../load/history.ts';
import { checkAcknowledged } from './acknowledged.ts';
import { checkDurable } from './durable.ts';
import { checkFeed } from './feed.ts';
import type { Finding } from './finding.ts';
import { readLog } from './log.ts';
import { checkReads } from './reads.ts';
import { checkRefills } from './refills.ts';
import { COPY, DELIVERIES, EVENTS, LAP, MESSAGES, OPERATIONS, operation, PRODUCT, READ, STORE, STREAM, T0 } from './story.ts';
import { checkStream } from './stream.ts';
import type { Message } from './stream.ts';
import type { Truth } from './truth.ts';

const LOG = readLog(COPY);
const TRUTH: Truth = { now: LOG, past: [] };
/** A promotion eight seconds in: what came after the fifth event is gone. */
const PROMOTED: Truth = { now: readLog({ events: EVENTS.slice(0, 5) }), past: [{ untilMs: T0 + 8_000, log: LOG }] };
const NONE: ReadonlySet<string> = new Set();
const told = (findings: readonly Finding[]) => findings.map(({ promise, sort }) => `${promise} ${sort}`);

describe('the checker of the stream', () => {
  const judge = (messages: readonly Message[], departed = NONE) => told(checkStream(COPY, LOG, { created: STREAM, messages }, departed));
  const changed = (sequence: number, more: Partial<Message>) =>
    MESSAGES.map((message) => (message.sequence === sequence ? { ...message, ...more } : message));

  it('finds nothing where the stream is the log, with somebody else\'s message between', () => {
    expect(judge(MESSAGES)).to.deep.equal([]);
    expect(judge([...MESSAGES, { sequence: 8, subject: 'stock.updated.X', id: '', position: NaN, row: '', body: '', repair: false }])).to.deep.equal([]);
  });

  it('finds that an event is not there, marked or not', () => {
    expect(judge(MESSAGES.filter(({ sequence }) => sequence !== 3))).to.deep.equal(['I7 lost']);
    const marks = { ...COPY.marks, published: new Map(), setAside: new Set(['event-3']) };
    expect(told(checkStream({ marks }, LOG, { created: STREAM, messages: [] }, NONE))).to.deep.equal(Array.from({ length: 6 }, () => 'I7 lost'));
    expect(told(checkStream(COPY, LOG, undefined, NONE))).to.deep.equal(['I7 lost']);
    expect(told(checkStream(COPY, LOG, { created: 'another', messages: MESSAGES }, NONE))).to.deep.equal(['I7 wrong']);
  });

  it('finds what the log does not know, or knows otherwise', () => {
    expect(judge([...MESSAGES, { ...LAST, sequence: 8, id: 'unknown' }])).to.deep.equal(['I7 wrong']);
    expect(judge(changed(2, { body: 'other' }))).to.deep.equal(['I7 wrong']);
    expect(judge(changed(2, { subject: 'stock.updated.MAD-001' }))).to.deep.equal(['I7 wrong']);
    expect(judge(changed(2, { position: 9 }))).to.deep.equal(['I7 wrong']);
  });

  it('finds an event that stands twice, elsewhere than it is marked, or behind a later one of its row', () => {
    expect(judge([...MESSAGES, { ...LAST, sequence: 8 }])).to.include('I8 doubled');
    expect(judge(changed(2, { sequence: 12 }))).to.include('I9 wrong');
    const swapped = MESSAGES.map((message) => ({ ...message, sequence: { 2: 3, 3: 2 }[message.sequence] ?? message.sequence }))
      .toSorted((a, b) => a.sequence - b.sequence);
    expect(judge(swapped)).to.have.members(['I9 wrong', 'I9 wrong', 'I10 wrong']);
    expect(judge(swapped.map((message) => ({ ...message, repair: message.sequence === 3 })))).to.deep.equal(['I9 wrong', 'I9 wrong']);
  });
});

const LAST: Message = { sequence: 7, subject: 'product.updated.GLOBAL', id: 'event-7', position: 7, row: PRODUCT, body: 'body-7', repair: false };

describe('the checker of what was acknowledged', () => {
  const judge = (operations: readonly Operation[], truth = TRUTH) => told(checkAcknowledged(truth, operations).findings);
  const changed = (nth: number, more: Partial<Operation>) => OPERATIONS.map((each) => (each.nth === nth ? { ...each, ...more } : each));
  const answered = (outcome: 'ok' | 'fail' | 'unknown', status: number, text = '{}') => ({ returnedMs: T0, outcome, status, text });

  it('finds nothing in a whole history, whether or not an unknown outcome has happened', () => {
    expect(judge(OPERATIONS)).to.deep.equal([]);
    expect(judge(changed(1, { answer: answered('unknown', 0) }))).to.deep.equal([]);
    expect(judge([...OPERATIONS, operation(8, { tag: 'never', answer: answered('unknown', 503) })])).to.deep.equal([]);
    expect(judge([...OPERATIONS, operation(8, { tag: 'refused', answer: answered('fail', 409) })])).to.deep.equal([]);
    expect(judge([...OPERATIONS, operation(8, { tag: 'under-way', answer: undefined })])).to.deep.equal([]);
  });

  it('finds an acknowledged change that is not there (I13)', () => {
    expect(judge([...OPERATIONS, operation(8, { tag: 'nowhere' })])).to.deep.equal(['I13 lost']);
    expect(judge(changed(3, { subjectId: 'open' }))).to.include('I13 wrong');
    expect(judge([...OPERATIONS, operation(8, { kind: 'confirm', subjectId: 'open' }, OPERATIONS[2]?.answer?.text.replace('sold', 'open'))]))
      .to.deep.equal(['I13 lost']);
  });

  it('finds an acknowledged change that has happened twice, or otherwise than told (I13)', () => {
    const double = readLog({ events: [...EVENTS, ...EVENTS.slice(0, 1).map((event) => ({ ...event, id: 'again', position: 8 }))] });
    expect(judge(OPERATIONS, { now: double, past: [] })).to.deep.equal(['I13 doubled']);
    expect(judge(changed(1, { answer: answered('ok', 200, '{"quantity":11,"reserved":0,"version":1}') }))).to.deep.equal(['I13 wrong']);
  });

  it('finds half of a cart, be it acknowledged or unknown (I13)', () => {
    const half = { kind: 'cart', tag: 'receipt', events: 2 } as const;
    expect(judge(changed(1, { ...half, answer: answered('unknown', 0) }))).to.deep.equal(['I13 lost']);
    expect(judge(changed(1, half))).to.deep.equal(['I13 lost']);
  });

  it('finds a refused change that has happened (I13)', () => {
    expect(judge(changed(1, { answer: answered('fail', 409) }))).to.deep.equal(['I13 wrong']);
    expect(judge(changed(3, { answer: answered('fail', 409) }))).to.deep.equal(['I13 wrong']);
  });

  it('finds two answers under one key (I12)', () => {
    const again = operation(8, { tag: 'receipt', key: 'key-1' }, '{"quantity":10,"reserved":0,"version":1} ');
    expect(judge([...OPERATIONS, again])).to.deep.equal(['I12 wrong']);
    expect(judge([...OPERATIONS, { ...again, answer: answered('fail', 409) }])).to.deep.equal(['I12 wrong']);
    expect(judge([...OPERATIONS, { ...again, answer: answered('unknown', 503) }])).to.deep.equal([]);
  });

  it('counts and names what a promotion has taken back, and does not hold it against anybody', () => {
    const { findings, takenBack } = checkAcknowledged(PROMOTED, OPERATIONS);
    expect(told(findings)).to.deep.equal([]);
    expect(takenBack).to.deep.equal(['cancel gone', 'rename name']);
    expect(judge([...OPERATIONS, operation(8, { tag: 'nowhere' })], PROMOTED)).to.deep.equal(['I13 lost']);
  });
});

describe('the checker of reads', () => {
  const judge = (read: Partial<Read>, truth = TRUTH) => told(checkReads(truth, OPERATIONS, [{ ...READ, ...read }]));
  const shown = (store: Partial<ShownStore>, more: Partial<NonNullable<Read['shown']>> = {}) => ({
    shown: { asOfMs: T0 + 7_000, source: 'cache', stores: [{ store_id: STORE, available: 6, reserved: 3, version: 6, ...store }], ...more },
  });

  it('finds nothing in what is true, nor in what is newer than its time', () => {
    expect(judge({})).to.deep.equal([]);
    expect(judge(shown({}, { asOfMs: T0 + 4_000, source: 'stale' }))).to.deep.equal([]);
    expect(judge({ status: 503, shown: undefined })).to.deep.equal([]);
  });

  it('finds an unknown version, and the numbers of another one', () => {
    expect(judge(shown({ version: 7 }))).to.deep.equal(['reads wrong']);
    expect(judge(shown({ available: 7 }))).to.deep.equal(['reads wrong']);
    expect(judge(shown({ reserved: 4 }))).to.deep.equal(['reads wrong']);
  });

  it('finds what was acknowledged before as_of and is not in it', () => {
    expect(judge(shown({ version: 5, available: 5, reserved: 4 }))).to.deep.equal(['reads wrong']);
    expect(judge(shown({ version: 5, available: 5, reserved: 4 }, { asOfMs: T0 + 6_500 }))).to.deep.equal([]);
    expect(judge(shown({ version: 5, available: 5, reserved: 4 }, { asOfMs: T0 + 6_501 }))).to.deep.equal(['reads wrong']);
    expect(judge(shown({}, { stores: [] }))).to.deep.equal(['reads wrong']);
  });

  it('finds a store that has none of it, a product that is said not to be, and somebody else\'s version', () => {
    const [store] = shown({}).shown.stores;
    if (store === undefined) throw new Error('no store');
    expect(judge(shown({}, { stores: [store, { ...store, store_id: 'BCN-001' }] }))).to.deep.equal(['reads wrong']);
    expect(judge({ status: 404, shown: undefined })).to.deep.equal(['reads wrong']);
    expect(judge({ least: { storeId: STORE, version: 7 } })).to.deep.equal(['reads wrong']);
    expect(judge({ least: { storeId: STORE, version: 6 } })).to.deep.equal([]);
  });

  it('finds a view that is too old, and one from the future', () => {
    expect(judge({ invokedMs: T0 + 10_501 })).to.deep.equal(['reads wrong']);
    expect(judge({ ...shown({}, { source: 'stale' }), invokedMs: T0 + 10_501 })).to.deep.equal([]);
    expect(judge({ ...shown({}, { source: 'database' }), returnedMs: T0 + 6_900 })).to.deep.equal(['reads wrong']);
  });

  /** Another sixth version of the row, as the new server wrote it: seven units more. */
  const rewritten = EVENTS.filter(({ position }) => position === 1).map((event) => ({
    ...event, id: 'rewritten', position: 6, version: 6, quantity: 16, reserved: 4, available: 12, delta: 7,
  }));

  it('holds what speaks of the time before a promotion against the log of then, and no other', () => {
    expect(judge({}, PROMOTED)).to.deep.equal([]);
    const later = { invokedMs: T0 + 9_010, returnedMs: T0 + 9_020 };
    expect(judge({ ...shown({}, { asOfMs: T0 + 9_000 }), ...later }, PROMOTED)).to.deep.equal(['reads wrong']);
    expect(judge({ ...shown({ version: 5, available: 5, reserved: 4 }, { asOfMs: T0 + 9_000 }), ...later }, PROMOTED)).to.deep.equal([]);
    // As of before, answered behind it: what the new server wrote meanwhile may be in it.
    const renewed: Truth = { ...PROMOTED, now: readLog({ events: [...EVENTS.slice(0, 5), ...rewritten] }) };
    const written = shown({ version: 6, available: 12, reserved: 4 });
    expect(judge({ ...written, ...later }, renewed)).to.deep.equal([]);
    expect(judge(written, renewed)).to.deep.equal(['reads wrong']);
    expect(judge({ ...written, ...later }, PROMOTED)).to.deep.equal(['reads wrong']);
  });
});

describe('the checker of the feed', () => {
  const judge = (laps: readonly Lap[], truth = TRUTH, epochs = 1) => told(checkFeed(truth, laps, epochs));
  const lap = (events: Lap['events']): Lap => ({ ...LAP, events });

  it('finds nothing where all came once and in order', () => {
    expect(judge([LAP])).to.deep.equal([]);
  });

  it('finds what never came, came twice, in another order, or from nowhere', () => {
    expect(judge([lap(LAP.events.filter(({ position }) => position !== 3))])).to.deep.equal(['feed lost']);
    expect(judge([lap([...LAP.events, ...LAP.events.slice(-1)])])).to.deep.equal(['feed doubled']);
    expect(judge([lap(LAP.events.toReversed())])).to.deep.equal(Array.from({ length: 6 }, () => 'feed wrong'));
    expect(judge([lap([...LAP.events, { id: 'unknown', position: 8 }])])).to.deep.equal(['feed wrong']);
  });

  it('finds a 410 without a reason, and takes one for a promotion or a new epoch', () => {
    const ended = { ...lap(LAP.events.slice(0, 4)), endedMs: T0 + 9_000 };
    expect(judge([ended, LAP])).to.deep.equal(['feed wrong']);
    expect(judge([ended, LAP], TRUTH, 2)).to.deep.equal([]);
    expect(judge([ended, lap(LAP.events.slice(0, 5))], PROMOTED)).to.deep.equal([]);
    expect(judge([{ ...ended, events: LAP.events.filter(({ position }) => position !== 2) }, LAP], TRUTH, 2)).to.deep.equal(['feed lost']);
  });

  it('finds a follower who was never told that the log had gone back', () => {
    expect(judge([LAP], PROMOTED)).to.deep.equal(['feed wrong', 'feed wrong']);
  });

  it('says of one who has gone on in the new log how much of it he has missed', () => {
    const fresh = [6, 7, 8, 9].flatMap((position) => EVENTS.slice(0, 1).map((event) => ({ ...event, id: `new-${position}`, position })));
    const now = readLog({ events: [...EVENTS.slice(0, 5), ...fresh] });
    const lap9 = lap([...LAP.events, { id: 'new-8', position: 8 }, { id: 'new-9', position: 9 }]);
    const [finding, ...more] = checkFeed({ now, past: PROMOTED.past }, [lap9], 1);
    expect(more).to.deep.equal([]);
    expect(finding?.detail).to.equal('went on with 2 events of the new log without a 410, and 2 others that the new log wrote before them never came');
  });
});

describe('the checker of a durable consumer', () => {
  const judge = (deliveries: readonly Delivery[], departed = NONE, log = LOG) =>
    told(checkDurable(log, { created: STREAM, messages: MESSAGES }, deliveries, departed));

  it('finds nothing where each came, redelivered or not', () => {
    expect(judge(DELIVERIES)).to.deep.equal([]);
    const again = DELIVERIES.map((delivery) => ({ ...delivery, again: true, nth: delivery.nth + DELIVERIES.length }));
    expect(judge([...DELIVERIES, ...again])).to.deep.equal([]);
    // The server has lost its newest data, and begins anew at some place.
    expect(judge([...DELIVERIES, ...DELIVERIES.slice(2)])).to.deep.equal([]);
    // What was under way then comes for the first time behind newer ones, and nothing says that it comes again.
    expect(judge([...DELIVERIES.slice(0, 2), ...DELIVERIES.slice(4), ...DELIVERIES.slice(2)])).to.deep.equal([]);
  });

  it('finds what never came, came under two sequences, or in the wrong order', () => {
    expect(judge(DELIVERIES.filter(({ sequence }) => sequence !== 3))).to.deep.equal(['durable lost']);
    expect(judge([...DELIVERIES, ...DELIVERIES.slice(-1).map((delivery) => ({ ...delivery, sequence: 8, nth: 8, version: 2 }))])).to.deep.equal(['durable doubled']);
    const inOrder = (deliveries: readonly Delivery[]): readonly Delivery[] => deliveries.map((delivery, at) => ({ ...delivery, nth: at + 1 }));
    expect(judge(inOrder([...DELIVERIES.slice(0, 2), ...DELIVERIES.slice(4), ...DELIVERIES.slice(2, 4)])))
      .to.deep.equal(['durable wrong', 'durable wrong']);
    const version = (sequence: number): number | undefined => ({ 3: 4, 4: 3 })[sequence];
    expect(judge(DELIVERIES.map((delivery) => ({ ...delivery, version: version(delivery.sequence) ?? delivery.version }))))
      .to.deep.equal(['durable wrong']);
    expect(judge(DELIVERIES.map((delivery) => (delivery.sequence === 3 ? { ...delivery, id: 'event-2' } : delivery))))
      .to.include('durable wrong');
  });

  it('finds what the log does not know, unless a promotion took it out', () => {
    const shorter = readLog({ events: EVENTS.slice(0, 6) });
    expect(judge(DELIVERIES, NONE, shorter)).to.deep.equal(['durable wrong']);
    expect(judge(DELIVERIES, new Set(['event-7']), shorter)).to.deep.equal([]);
  });
});

describe('the checker of refills', () => {
  it('finds what was noted before the stream had it, and takes it for lost where a broker may have lost it', () => {
    expect(told(checkRefills({ nth: 3, kinds: ['nats-freeze'] }, 92))).to.deep.equal(['I9 lost']);
    expect(told(checkRefills({ nth: 3, kinds: ['nats-freeze'] }, 0))).to.deep.equal([]);
    expect(told(checkRefills({ nth: 3, kinds: ['nats-tail-lost', 'kill-api'] }, 92))).to.deep.equal([]);
  });
});
