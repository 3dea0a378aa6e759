/**
 * Opaque cursors: where a list goes on. A cursor is bound to its list and filters by a digest, which also shows a cursor
 * of an older version, or one that was changed on the way. It needs no secret, because it grants nothing: what its bearer
 * may see is decided anew for every page.
 */
import { createHash } from 'node:crypto';
import { InventoryError } from '@inventory/domain/errors.ts';
import { safeParse } from '@inventory/runtime/safe-parse.ts';
import { z } from 'zod';

/** Raised when the meaning of a cursor changes: older ones are refused then. */
const VERSION = 1;
const MAX_LENGTH = 300;
const FORM = /^([\w-]+)\.([\w-]{16})$/;

/** The parsed filters of the query; those that are left out are undefined. */
type Filters = Readonly<Record<string, string | number | boolean | undefined>>;

interface Cursors<K> {
  encode(filters: Filters, key: K): string;
  /** @throws {InventoryError} validation_failed, pointing at the query parameter */
  decode(filters: Filters, text: string): K;
}

/** A cursor in a query. */
export const cursorText = z.string().min(1).max(MAX_LENGTH);

/**
 * The cursors of one list.
 * @param list its name, which no other list has
 * @param key what the list is ordered by
 * @param parameter the query parameter that carries the cursor
 */
export function cursorsOf<S extends z.ZodType>(list: string, key: S, parameter = 'cursor'): Cursors<z.output<S>> {
  const digest = (filters: Filters, encoded: string): string => {
    const given = Object.entries(filters).filter(([, value]) => value !== undefined);
    const bound = [VERSION, list, given.sort(([a], [b]) => (a < b ? -1 : 1)), encoded];
    return createHash('sha256').update(JSON.stringify(bound)).digest('base64url').slice(0, 16);
  };
  return {
    encode: (filters, value) => {
      const encoded = Buffer.from(JSON.stringify(value)).toString('base64url');
      return `${encoded}.${digest(filters, encoded)}`;
    },
    decode: (filters, text) => {
      const [, encoded, given] = FORM.exec(text) ?? [];
      if (encoded !== undefined && given === digest(filters, encoded)) {
        // The digest has no secret, so a forged one may hold anything.
        const parsed = safeParse(key, jsonOf(encoded));
        if (parsed.success) return parsed.data;
      }
      throw new InventoryError('validation_failed', 'The cursor is not one of this list with these filters.', {
        errors: [{ pointer: `/${parameter}`, message: 'is not a cursor of this list with these filters' }],
      });
    },
  };
}

function jsonOf(encoded: string): unknown {
  try {
    return JSON.parse(Buffer.from(encoded, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}
