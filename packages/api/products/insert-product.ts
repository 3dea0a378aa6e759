/** A new product and its event, in the caller's transaction: for the endpoint and for the seed. */
import type { ProductIdentifier } from '@inventory/domain/barcodes.ts';
import { appendCatalogueEvent } from '@inventory/db/formats/append.ts';
import type { Database } from '@inventory/db/pool.ts';
import { refuse } from '@inventory/domain/errors.ts';
import type { CatalogueOutcome } from '../commit/catalogue-transaction.ts';
import type { ProductUnit } from '@inventory/domain/limits.ts';
import { productPayload } from './row.ts';
import type { ProductRow } from './row.ts';
import { refuseTakenCodes } from './taken-codes.ts';

interface NewProduct {
  readonly id: string;
  readonly sku: string;
  readonly name: string;
  readonly description: string | null;
  readonly category: string | null;
  /** A decimal string with two places. */
  readonly price: string;
  /** None where they are left out. */
  readonly identifiers?: readonly ProductIdentifier[] | undefined;
  /** PIECE where it is left out. */
  readonly unit?: ProductUnit | undefined;
  /** 0 where it is left out. */
  readonly display_exponent?: number | undefined;
}

/** Inserts it, or refuses a taken SKU, code or id with sku_taken before it has written anything. Waits for a rival. */
export async function insertProduct(
  trx: Database, product: NewProduct, event: { readonly id: string; readonly metadata: object },
): Promise<CatalogueOutcome<ProductRow>> {
  const { identifiers = [], ...columns } = product;
  const taken = await refuseTakenCodes(trx, product.id, identifiers);
  if (taken !== undefined) return taken;
  const inserted = await trx.insertInto('products').values({ ...columns, identifiers: JSON.stringify(identifiers) })
    .onConflict((conflict) => conflict.doNothing()).returningAll().executeTakeFirst();
  if (inserted === undefined) return refuse('sku_taken', `Another product has the SKU ${product.sku}.`);
  await appendCatalogueEvent(trx, { ...event, event: { type: 'product.created', payload: productPayload(inserted) } });
  return { ok: true, value: inserted };
}
