/** Codes that are another product's: looked for before a product is written, so that the refusal can name them. */
import { keyOfCode } from '@inventory/domain/barcodes.ts';
import type { ProductIdentifier } from '@inventory/domain/barcodes.ts';
import { refuse } from '@inventory/domain/errors.ts';
import type { Refused } from '../commit/command.ts';
import type { Database } from '@inventory/db/pool.ts';
import { sql } from 'kysely';

/**
 * The refusal of codes of which another product has one; undefined where none has. A rival may take one after this look: then the
 * unique key refuses, and the change is made once more.
 */
export async function refuseTakenCodes(
  trx: Database, productId: string, identifiers: readonly ProductIdentifier[],
): Promise<Refused | undefined> {
  if (identifiers.length === 0) return undefined;
  const taken = await trx.selectFrom('product_codes').select('value').where('product_id', '<>', productId)
    .where('value', '=', sql<string>`ANY (${identifiers.map(({ value }) => keyOfCode(value))}::varchar[])`).execute();
  if (taken.length === 0) return undefined;
  const keys = new Set(taken.map(({ value }) => value));
  const errors = identifiers.flatMap(({ value }, nth) => (keys.has(keyOfCode(value))
    ? [{ pointer: `/identifiers/${nth}/value`, message: `${value} is a code of another product` }] : []));
  return refuse('sku_taken', 'Another product, maybe an archived one, has one of these codes: see errors.', { errors });
}
