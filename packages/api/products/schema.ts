/** A product as requests name it and as answers show it. */
import { productIdentifiers, storedIdentifiers } from '@inventory/domain/barcodes.ts';
import { MAX_DISPLAY_EXPONENT, productUnits } from '@inventory/domain/limits.ts';
import { lines, text, uuid } from '@inventory/domain/values.ts';
import { z } from 'zod';

export const byId = z.object({ id: uuid });

export const name = text(255).meta({ example: 'Laptop HP' });
export const description = lines(4000).nullable();
export const category = text(100).nullable();
/** Money is never a float: a JSON number is refused. */
export const price = z.string().regex(/^(0|[1-9]\d{0,7})(\.\d{1,2})?$/, 'must be a decimal string such as "799.00"')
  .transform((decimal) => {
    const [whole = '0', cents = ''] = decimal.split('.');
    return `${whole}.${cents.padEnd(2, '0')}`;
  })
  .meta({ example: '799.00' });

export const identifiers = productIdentifiers
  .meta({ description: 'The codes by which it is scanned. No two products of the chain have the same code', example: [{ value: '4006381333931', kind: 'GTIN', units: 1 }] });
export const unit = z.enum(productUnits)
  .meta({ description: 'In what it is counted: numbers of it are whole units, such as grams. A label, but for the units that one hold may be of' });
export const displayExponent = z.int().min(0).max(MAX_DISPLAY_EXPONENT)
  .meta({ description: 'Decimal places with which numbers of it are shown: 1250 with 3 as 1.250. A label' });

/** What is looked for, as words: letters and digits, the beginnings of words in a name or a SKU. */
export const searchText = z.string().normalize('NFC').max(100).transform((text): string[] => [...text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []])
  .pipe(z.array(z.string()).min(1, 'must have a letter or a digit').max(8, 'must have at most eight words'))
  .meta({ description: 'Words, or how they begin', example: 'lap hp', as: { type: 'string', maxLength: 100 } });
export const sort = z.enum(['name', 'price', '-price']).meta({ description: 'The order; with a minus the greatest first. Left out: by id' });

export const product = z.object({
  product_id: z.uuid(),
  sku: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  category: z.string().nullable(),
  price: z.string(),
  version: z.int(),
  archived_at: z.iso.datetime().nullable(),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
  identifiers: storedIdentifiers,
  unit: z.enum(productUnits),
  display_exponent: z.int(),
}).meta({ id: 'Product' });

export const SAMPLE = {
  product_id: '807acc38-bad3-5a9b-af8c-889c493a3230', sku: 'SKU-0001', name: 'Laptop HP', description: null,
  category: 'Computers', price: '799.00', version: 1, archived_at: null, created_at: '2026-11-24T10:28:00.098Z',
  updated_at: '2026-11-24T10:28:00.098Z', identifiers: [{ value: '4006381333931', kind: 'GTIN', units: 1 }], unit: 'PIECE',
  display_exponent: 0,
} as const;
