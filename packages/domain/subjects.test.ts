import { expect } from 'chai';
import { eventSchemas } from './events.ts';
import {
  liveSubjects, replayStream, replaySubjectOf, replaySubjects, subjectOf, unpublishableSubjectOf,
} from './subjects.ts';

const hostile = [
  'MAD-001\r\nPUB stock.updated.BCN-001 2\r\n{}', 'MAD 001', '*', '>', 'MAD.001', 'MAD-００１', 'x'.repeat(300), '',
  'MAD-001\n', 'MAD-001\t', '\u0000', '\u00a0', 'MAD-001 ',
];

describe('a subject', () => {
  it('is the type and the store', () => {
    expect(subjectOf('stock.updated', 'MAD-001')).to.equal('stock.updated.MAD-001');
    expect(subjectOf('reservation.created', 'BCN-001')).to.equal('reservation.created.BCN-001');
    expect(subjectOf('product.created', 'GLOBAL')).to.equal('product.created.GLOBAL');
    expect(replaySubjectOf('a1', 'stock.updated', 'MAD-001')).to.equal('replay.a1.stock.updated.MAD-001');
  });

  it('is never made of a store id that could leave its token', () => {
    for (const id of hostile) {
      expect(() => subjectOf('stock.updated', id), JSON.stringify(id)).to.throw(RangeError);
      expect(() => replaySubjectOf('a1', 'stock.updated', id), JSON.stringify(id)).to.throw(RangeError);
    }
  });

  it('is never made of a type that is not one of ours', () => {
    const foreign = ['stock.deleted', 'stock', 'stock.updated\r\n', '>', '', 'toString', '__proto__', 'constructor'];
    for (const type of foreign) {
      expect(() => subjectOf(type, 'MAD-001'), JSON.stringify(type)).to.throw(RangeError);
    }
  });

  it('of every event type is among those that the stream captures', () => {
    for (const type of Object.keys(eventSchemas)) {
      const subject = subjectOf(type, 'MAD-001');
      expect(liveSubjects.filter((wild) => subject.startsWith(wild.slice(0, -1))), type).to.have.length(1);
    }
  });

  it('of a replay is captured by its own stream only, and never by the live one', () => {
    const subject = replaySubjectOf('a1', 'stock.updated', 'MAD-001');
    expect(replaySubjects('a1')).to.equal('replay.a1.>');
    expect(unpublishableSubjectOf('a1')).to.equal('replay.a1.unpublishable');
    expect(liveSubjects.some((wild) => subject.startsWith(wild.slice(0, -1)))).to.equal(false);
    expect(replayStream('a1')).to.equal('REPLAY_a1');
  });

  it('of a replay is never made of an id that could leave its token', () => {
    for (const id of [...hostile, 'a-1', 'a_1', 'x'.repeat(41)]) {
      for (const make of [replayStream, replaySubjects, unpublishableSubjectOf]) {
        expect(() => make(id), JSON.stringify(id)).to.throw(RangeError);
      }
      expect(() => replaySubjectOf(id, 'stock.updated', 'MAD-001'), JSON.stringify(id)).to.throw(RangeError);
    }
  });
});
