import { expect } from 'chai';
import { customerId, identifier, instant, isSubjectToken, lines, note, reference, storeId, text, uuid } from './values.ts';

const accepts = (schema: { safeParse: (value: unknown) => { success: boolean } }, value: unknown): boolean =>
  schema.safeParse(value).success;

describe('a store id', () => {
  const hostile = [
    'MAD.001', 'MAD 001', '*', '>', 'MAD-001\n', 'MAD-001\r\n', '\nMAD-001', 'MAD-００１', '', 'A', 'AB', 'x'.repeat(51),
    'x'.repeat(300), '../x', 'a:b', '{x}', '-MAD', 'MAD_001', 'MÁD-001', 'MAD-001\u0000', 'MAD-001\u200b', '#full',
    'МAD-001',
  ];

  it('is 3 to 50 letters, digits and hyphens', () => {
    for (const id of ['MAD-001', 'mad-001', '001', 'a--', 'x'.repeat(50)]) {
      expect(accepts(storeId, id), id).to.equal(true);
      expect(isSubjectToken(id), id).to.equal(true);
    }
  });

  it('is nothing that could leave its place in a subject, a key or a URL', () => {
    for (const id of hostile) {
      expect(accepts(storeId, id), JSON.stringify(id)).to.equal(false);
      expect(isSubjectToken(id), JSON.stringify(id)).to.equal(false);
    }
  });

  it('is not coerced from another type', () => {
    for (const id of [123, null, undefined, true, ['MAD-001'], { id: 'MAD-001' }]) {
      expect(accepts(storeId, id)).to.equal(false);
    }
  });

  it('is not GLOBAL, which events of the catalogue carry', () => {
    expect(accepts(storeId, 'GLOBAL')).to.equal(false);
    expect(isSubjectToken('GLOBAL')).to.equal(true);
    expect(accepts(storeId, 'Global')).to.equal(true);
  });
});

describe('a UUID', () => {
  it('is read in either case and becomes lower case, so that one product is one lock and one key', () => {
    expect(uuid.parse('0198A000-0000-7000-8000-00000000000F')).to.equal('0198a000-0000-7000-8000-00000000000f');
  });

  it('has a version, a variant and no decoration', () => {
    for (const id of [
      'prod-123', '', '{0198a000-0000-7000-8000-000000000001}', 'urn:uuid:0198a000-0000-7000-8000-000000000001',
      '0198a000000070008000000000000001', '00000000-0000-0000-0000-000000000000',
      'ffffffff-ffff-ffff-ffff-ffffffffffff', 'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF',
      '0198a000-0000-0000-8000-000000000001', '0198a000-0000-7000-c000-000000000001',
      '0198a000-0000-7000-8000-000000000001\n', ' 0198a000-0000-7000-8000-000000000001', 7, null,
    ]) expect(accepts(uuid, id), JSON.stringify(id)).to.equal(false);
  });
});

describe('text', () => {
  it('may be anything that Postgres, jsonb and JSON carry unchanged', () => {
    for (const words of ['\'); DROP TABLE stock; --', 'Grüße, 世界 👩‍👩‍👧', '\ud83d\ude00', '=1+1', '<b>']) {
      expect(text(100).parse(words)).to.equal(words);
    }
  });

  it('holds no NUL, no lone surrogate, and not white space alone', () => {
    for (const words of ['a\u0000b', '\ud800', 'a\udc00', '\udc00\ud800', '', ' ', '\t\n', '\u00a0\u2003', '\u200b', '\u3164 ', '\u2800']) {
      expect(accepts(text(100), words), JSON.stringify(words)).to.equal(false);
    }
  });

  it('holds nothing that a terminal or a page would obey: controls, bidi controls, other line breaks', () => {
    const obeyed = ['\u0000', '\u0007', '\b', '\u001b[31m', '\u007f', '\u0085', '\u009b31m', '\u061c', '\u200e', '\u200f',
      '\u202a', '\u202e', '\u2066', '\u2069', '\u2028', '\u2029', '\r'];
    for (const bad of obeyed) {
      for (const schema of [text(100), lines(100), identifier(100)]) {
        expect(accepts(schema, `a${bad}b`), JSON.stringify(bad)).to.equal(false);
        expect(accepts(schema, `a${bad}`), JSON.stringify(bad)).to.equal(false);
      }
    }
    for (const broken of ['a\nb', 'a\tb', 'a\r\nb']) {
      expect([text(9), lines(9), identifier(9)].map((schema) => accepts(schema, broken)), JSON.stringify(broken))
        .to.deep.equal([false, true, false]);
    }
  });

  it('that names one thing holds nothing invisible, which would make two of it', () => {
    const unseen = ['\u200b', '\u200c', '\u200d', '\u2060', '\ufeff', '\u00ad', '\u{e0041}', '\u034f', '\u115f', '\u3164',
      '\uffa0', '\ufe0f', '\u{e0100}', '\u2800', '\ufffe', '\u{1ffff}', '\u00a0', '\u2002', '\u202f'];
    for (const bad of unseen) {
      for (const schema of [customerId, reference]) {
        expect(accepts(schema, `a${bad}b`), JSON.stringify(bad)).to.equal(false);
        expect(accepts(schema, `ab${bad}`), JSON.stringify(bad)).to.equal(false);
      }
    }
    for (const blank of [' ', '\u3000']) {
      expect(accepts(customerId, `a${blank}b`), 'between words it is seen').to.equal(true);
      for (const edge of [`ab${blank}`, `${blank}ab`]) {
        for (const schema of [customerId, reference]) expect(accepts(schema, edge), JSON.stringify(edge)).to.equal(false);
      }
    }
    expect(customerId.parse('Müller & Söhne, 東京')).to.equal('Müller & Söhne, 東京');
  });

  it('is read in the composed form: one letter is one text, and as long as that', () => {
    for (const schema of [text(4), lines(4), identifier(4)]) {
      expect(schema.parse('cafe\u0301')).to.equal('caf\u00e9');
      expect(schema.parse('caf\u00e9')).to.equal('caf\u00e9');
    }
    expect(accepts(text(2), '\u0958'), 'longer when it is composed').to.equal(true);
    expect(accepts(text(1), '\u0958')).to.equal(false);
  });

  it('is at most as long as its column', () => {
    for (const [schema, max] of [[customerId, 100], [reference, 100], [note, 500]] as const) {
      expect(accepts(schema, 'x'.repeat(max))).to.equal(true);
      expect(accepts(schema, 'x'.repeat(max + 1))).to.equal(false);
    }
  });
});

describe('an instant', () => {
  it('is RFC 3339 with an offset', () => {
    for (const time of ['2026-02-28T23:59:59Z', '2026-01-01T00:00:00.123456+05:30', '2024-02-29T12:00:00-11:00']) {
      expect(accepts(instant, time), time).to.equal(true);
    }
  });

  it('is a day of the calendar, an hour of the day, and no word that Postgres would understand', () => {
    for (const time of [
      'infinity', '-infinity', 'tomorrow', 'now', 'epoch', '', '2026-02-30T00:00:00Z', '2025-02-29T00:00:00Z',
      '2026-13-01T00:00:00Z', '2026-01-01T24:00:00Z', '2026-01-01T00:60:00Z', '2026-01-01T00:00:60Z',
      '2026-01-01T00:00:00', '2026-01-01', '2026-01-01 00:00:00Z', '2026-01-01T00:00:00+24:00',
      '2026-01-01T00:00:00Z\n', '+275760-09-13T00:00:00Z', 1_767_225_600_000, null,
    ]) expect(accepts(instant, time), JSON.stringify(time)).to.equal(false);
  });

  it('names its seconds, and is one that Postgres reads too', () => {
    for (const time of [
      '2026-01-01T00:00Z', '0000-01-01T00:00:00Z', '2026-01-01T00:00:00+16:00', '2026-01-01T00:00:00-23:59',
    ]) expect(accepts(instant, time), time).to.equal(false);
    expect(accepts(instant, '0001-01-01T00:00:00+15:59')).to.equal(true);
  });
});
