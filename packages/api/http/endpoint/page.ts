/** Pages of a list: the parameters that ask for one, and the answer that carries it. */
import type { Request } from 'express';
import { z } from 'zod';
import type { Answer } from '../../commit/command.ts';
import { json } from '../answer.ts';

const MAX_PAGE = 200;

/** `limit` of a list. Digits only: a coercion would read 0x10, 1e3 and ' 5' as numbers (docs/bad-input.md, 65). */
export const limit = wholeNumber({ min: 1, max: MAX_PAGE }).default(50)
  .meta({ description: 'Items on a page', as: { type: 'integer', minimum: 1, maximum: MAX_PAGE, default: 50 } });

/** What a page counts in the rate limits, by the items that are asked for: as many as there may be are read. */
export const pageCost = { unitFor: 100, of: 'items' } as const;

/**
 * What a question counts as, in items, whose answer is looked for where no index leads to it: `below`, among all rows of a
 * store [100 000 of them: 50 ms, a page without it 1 ms]; `as_of`, among all events of a row [20 000 of them: 30 ms].
 */
export const LOOKED_THROUGH = 1000;

/** A whole number in a query, in digits. */
export function wholeNumber({ min, max }: { readonly min: number; readonly max: number }) {
  return z.string().regex(/^\d{1,10}$/, 'must be a whole number in digits').transform(Number)
    .pipe(z.int().min(min).max(max)).meta({ as: { type: 'integer', minimum: min, maximum: max } });
}

/** `true` or `false` in a query. A coercion would read the word false as true (docs/bad-input.md, 67). */
export const truth = z.enum(['true', 'false']).transform((word) => word === 'true').meta({ as: { type: 'boolean' } });

/** The answer of a list. `next_cursor` is null on the last page. */
export function listOf<S extends z.ZodType>(item: S) {
  return z.object({ items: z.array(item), next_cursor: z.string().nullable() });
}

/** Splits rows of which one more was read than asked for: that row shows that there is a next page. */
export function pageOf<T>(
  rows: readonly T[], size: number,
): { readonly items: readonly T[]; readonly last: T | undefined } {
  const items = rows.slice(0, size);
  return { items, last: rows.length > size ? items.at(-1) : undefined };
}

/**
 * A page with its `Link` to the next one (RFC 8288), which keeps the filters of this one.
 * @param options the query parameter that carries the cursor, and what the body says beside the list
 */
export function pageAnswer(
  req: Request, items: readonly object[], nextCursor: string | undefined,
  { parameter = 'cursor', more = {} }: { readonly parameter?: string; readonly more?: object } = {},
): Answer {
  const body = { items, next_cursor: nextCursor ?? null, ...more };
  return json(200, body, nextCursor === undefined ? {} : { link: linkTo(req, parameter, nextCursor) });
}

function linkTo(req: Request, parameter: string, cursor: string): string {
  const url = new URL(req.originalUrl, 'http://localhost');
  url.searchParams.set(parameter, cursor);
  return `<${url.pathname}${url.search}>; rel="next"`;
}
