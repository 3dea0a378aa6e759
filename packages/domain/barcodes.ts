/** What a scanner reads: the codes by which a product is known besides its SKU, and how many units each stands for. */
import { z } from 'zod';
import { identifier } from './values.ts';

/** GTIN: a number of GS1 with a check digit (EAN-8, UPC-A, EAN-13, ITF-14). PLU: the short number of loose goods. OWN: any other. */
const identifierKinds = ['GTIN', 'PLU', 'OWN'] as const;

/** Units of one pack, at most: a pallet. */
const MAX_PACK = 10_000;
const MAX_IDENTIFIERS = 20;

/** Digits, as many as a GTIN has. */
const GTIN_LIKE = /^(\d{8}|\d{12,14})$/;

/** True where the last digit is the one that follows from the others (GS1): every other digit counts three times, from the right. */
function isGtin(value: string): boolean {
  if (!GTIN_LIKE.test(value)) return false;
  const sum = [...value].reverse().reduce((total, digit, nth) => total + Number(digit) * (nth % 2 === 0 ? 1 : 3), 0);
  return sum % 10 === 0;
}

/** True for digits that could be a GTIN, but for their check digit: one of them was misread or mistyped. */
export function isMisread(value: string): boolean {
  return GTIN_LIKE.test(value) && !isGtin(value);
}

/**
 * What is the same for two codes that are one. A UPC-A of 12 digits is an EAN-13 with a 0 in front of it, and some scanners read it
 * so: numbers as long as a GTIN are compared with 14 digits. The trigger that fills product_codes has the same rule.
 */
export function keyOfCode(value: string): string {
  return GTIN_LIKE.test(value) ? value.padStart(14, '0') : value;
}

export const barcode = identifier(50).meta({ description: 'What a scanner reads', example: '4006381333931' });

/** A code of a product. Refused are a GTIN whose check digit is wrong, and a PLU of other than four or five digits. */
const productIdentifier = z.strictObject({
  value: barcode,
  kind: z.enum(identifierKinds).meta({ description: 'GTIN: 8, 12, 13 or 14 digits, the last one their check digit. PLU: four or five digits' }),
  units: z.int().min(1).max(MAX_PACK).default(1).meta({ description: 'Units that one scan stands for: 12 for a box of twelve' }),
}).check(({ value: { value, kind }, issues }) => {
  const wrong = kind === 'GTIN' && !isGtin(value) ? 'must be 8, 12, 13 or 14 digits, the last of which is their check digit'
    : kind === 'PLU' && !/^\d{4,5}$/.test(value) ? 'must be four or five digits' : undefined;
  if (wrong !== undefined) issues.push({ code: 'custom', path: ['value'], message: wrong, input: value });
});

/** All codes of a product, as a request gives them. */
export const productIdentifiers = z.array(productIdentifier).max(MAX_IDENTIFIERS).check(({ value, issues }) => {
  const seen = new Set<string>();
  for (const [nth, { value: code }] of value.entries()) {
    const key = keyOfCode(code);
    if (seen.has(key)) issues.push({ code: 'custom', path: [nth, 'value'], message: 'is in the list already', input: value });
    seen.add(key);
  }
});

export type ProductIdentifier = Readonly<z.output<typeof productIdentifier>>;

/** The same as events, rows and answers have them: what was accepted once is not judged again. */
export const storedIdentifiers = z.array(z.object({ value: z.string(), kind: z.enum(identifierKinds), units: z.int().min(1) }));
