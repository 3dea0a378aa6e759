/** A product of the catalogue, locked for a change of its row. */
import type { Database } from '@inventory/db/pool.ts';
import { refuse } from '@inventory/domain/errors.ts';
import { otherVersion } from '@inventory/domain/versions.ts';
import type { CatalogueOutcome } from '../commit/catalogue-transaction.ts';
import type { ProductRow } from './row.ts';

/**
 * Locks the product, but not against rows that only refer to it: a stronger lock would deadlock with the foreign keys
 * of reservations. A first receipt, which locks the product FOR SHARE, waits.
 */
export function lockProduct(trx: Database, id: string): Promise<ProductRow | undefined> {
  return trx.selectFrom('products').selectAll().where('id', '=', id).forNoKeyUpdate().executeTakeFirst();
}

/** The refusal of a change that was meant for another version. */
export function versionMismatch(product: ProductRow, expected: number): CatalogueOutcome<ProductRow> {
  return refuse('version_mismatch', otherVersion('product', product.version, expected), {
    current_version: product.version,
  });
}
