import { z } from 'zod';

/** A stock row never holds more; a change never moves more. Both keep int4 arithmetic exact (docs/bad-input.md, rows 50 and 51). */
export const MAX_QUANTITY = 1_000_000_000;
export const MAX_CHANGE = 1_000_000;
export const MAX_TTL_SECONDS = 86_400;
export const DEFAULT_TTL_SECONDS = 600;

/** The store_id of events that belong to no store (the catalogue); no store may take it. */
export const GLOBAL_STORE = 'GLOBAL';

const STORE_ID = /^[A-Za-z0-9][A-Za-z0-9-]{2,49}$/;

/** True for text that may become a token of a NATS subject and a part of a Redis key. GLOBAL passes, because events have it. */
export function isSubjectToken(value: string): boolean {
  // Without the m flag `$` does not match before a trailing newline; a test makes sure of it.
  return STORE_ID.test(value);
}

export const storeId = z
  .string()
  .regex(STORE_ID, 'must be 3 to 50 letters, digits or hyphens, beginning with a letter or digit')
  .refine((id) => id !== GLOBAL_STORE, `${GLOBAL_STORE} is reserved`)
  .meta({ example: 'MAD-001' });

/** A name in the form of a store's id: of a group of stores. */
export const token = z.string().regex(STORE_ID, 'must be 3 to 50 letters, digits or hyphens, beginning with a letter or digit');

/** Any UUID of the RFC, in lower case so that a product is one lock and one key (docs/bad-input.md, rows 55 and 56). */
export const uuid = z
  .uuid('must be a UUID')
  .refine((id) => !/^[0f-]+$/i.test(id), 'must be a UUID with a version')
  .transform((id) => id.toLowerCase());

/** Nothing that is seen: white space, characters that a font leaves out, and the Braille pattern without a dot. */
const BLANK = /^[\s\p{Default_Ignorable_Code_Point}\u2800]*$/u;

/**
 * Text that looks the same wherever it is shown, and that Postgres, jsonb and JSON carry unchanged. It is read in the
 * composed form (NFC): a letter with its accent is one text, however a keyboard sends it. Refused are lone surrogates,
 * white space alone, and what a terminal or a page would obey instead of showing it.
 */
function visible(max: number, unwanted: RegExp, why: string): z.ZodString {
  return z
    .string()
    .normalize('NFC')
    .min(1)
    .max(max)
    .refine((s) => s.isWellFormed(), 'must be well-formed Unicode')
    .refine((s) => !unwanted.test(s), why)
    .refine((s) => !BLANK.test(s), 'must not be blank');
}

/** Text of one line: a name. */
export function text(max: number): z.ZodString {
  return visible(max, /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u, 'must be one line without control or bidi control characters');
}

/** Text of several lines, with tabs: a note. */
export function lines(max: number): z.ZodString {
  return visible(max, /(?![\t\n])(?!\r\n)[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u,
    'must not contain control characters but tabs and line breaks, nor bidi control characters');
}

/**
 * What is not seen within a text, or is seen as something else: besides controls and formats those that a font leaves out
 * (fillers, selectors), those that are no characters, and blanks that look like the usual one.
 */
const UNSEEN = /(?![ \u3000])[\p{Cc}\p{Cf}\p{Z}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\u2800]/u;

/** Text that names one thing: nothing in it is invisible, nor a blank at its ends, so two that look alike are not two things. */
export function identifier(max: number): z.ZodString {
  return visible(max, UNSEEN, 'must not contain control, bidi control or invisible characters')
    .refine((s) => s === s.trim(), 'must not begin or end blank');
}

export const customerId = identifier(100).meta({ example: 'cust-456' });
export const reference = identifier(100);
export const note = lines(500);

/**
 * An instant with an offset, as RFC 3339 writes it, on a day that the calendar has (docs/bad-input.md, row 60). The year
 * 0000 and offsets from 16 hours are refused, because Postgres reads neither.
 */
export const instant = z.iso
  .datetime({ offset: true, error: 'must be an RFC 3339 date-time with an offset' })
  .refine((time) => !/^0000|[+-](1[6-9]|2\d):\d\d$/.test(time), 'must be an instant that a calendar has');
