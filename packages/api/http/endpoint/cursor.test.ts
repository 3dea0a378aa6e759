import { InventoryError } from '@inventory/domain/errors.ts';
import { expect } from 'chai';
import fc from 'fast-check';
import { z } from 'zod';
import { cursorText, cursorsOf } from './cursor.ts';

const cursors = cursorsOf('test', z.object({ id: z.string(), n: z.int() }));
const key = { id: 'a', n: 7 };
const refused = (work: () => unknown): void => {
  try {
    work();
  } catch (error) {
    if (error instanceof InventoryError) {
      expect(error.code).to.equal('validation_failed');
      expect(error.details.errors?.[0]?.pointer).to.equal('/cursor');
      return;
    }
    throw error;
  }
  expect.fail('was accepted');
};

describe('a cursor', () => {
  it('is read back as the key that it was made from, whatever the key is', () => {
    fc.assert(fc.property(fc.string({ maxLength: 50,
      unit: fc.constantFrom('a', '\u0000', '"', '.', 'ñ', '\ud83d\ude00', '\u2028') }), fc.integer(), (id, n) => {
      const text = cursors.encode({}, { id, n });
      expect(cursors.decode({}, text)).to.deep.equal({ id, n });
    }));
  });

  it('needs no escaping in a URL, and fits the parameter', () => {
    const text = cursors.encode({ store: 'MAD-001' }, key);
    expect(encodeURIComponent(text)).to.equal(text);
    expect(cursorText.safeParse(text).success).to.equal(true);
  });

  it('is bound to its filters, in whatever order they are given', () => {
    const text = cursors.encode({ store: 'MAD-001', below: 5, all: false, rest: undefined }, key);
    expect(cursors.decode({ below: 5, all: false, store: 'MAD-001' }, text)).to.deep.equal(key);
    for (const filters of [{}, { store: 'MAD-001' }, { store: 'MAD-001', below: 6, all: false },
      { store: 'MAD-001', below: 5, all: true },
      { store: 'MAD-001', below: '5', all: false }]) refused(() => cursors.decode(filters, text));
  });

  it('is bound to its list', () => {
    refused(() => cursors.decode({}, cursorsOf('other', z.object({ id: z.string(), n: z.int() })).encode({}, key)));
  });

  it('that was changed anywhere is refused', () => {
    const text = cursors.encode({ store: 'MAD-001' }, key);
    for (let at = 0; at < text.length; at += 1) {
      const other = text[at] === 'A' ? 'B' : 'A';
      refused(() => cursors.decode({ store: 'MAD-001' }, `${text.slice(0, at)}${other}${text.slice(at + 1)}`));
      refused(() => cursors.decode({ store: 'MAD-001' }, `${text.slice(0, at)}${text.slice(at + 1)}`));
    }
  });

  it('that was forged with a valid digest is refused unless its key fits the list', () => {
    for (const forged of [{ id: 7, n: 7 }, [], null, 'x']) {
      refused(() => cursors.decode({}, cursorsOf('test', z.unknown()).encode({}, forged)));
    }
  });

  it('that is garbage is refused', () => {
    for (const text of ['', '.', 'x', 'e30.AAAAAAAAAAAAAAAA', '../../etc/passwd', '1', 'null', '{}', ' ', '%00',
      'ñ.AAAAAAAAAAAAAAAA',
      `${cursors.encode({}, key)}=`, ` ${cursors.encode({}, key)}`, `${cursors.encode({}, key)}\n`]) {
      refused(() => cursors.decode({}, text));
    }
  });
});
