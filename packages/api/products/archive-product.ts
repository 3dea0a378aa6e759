/** `DELETE /products/{id}`. */
import { appendCatalogueEvent } from '@inventory/db/formats/append.ts';
import type { Database } from '@inventory/db/pool.ts';
import { refuse } from '@inventory/domain/errors.ts';
import { sql } from 'kysely';
import type { CatalogueOutcome } from '../commit/catalogue-transaction.ts';
import type { ApiDeps } from '../deps.ts';
import { adminOnly } from '../http/auth/access.ts';
import { endpoint, noBody, nothing } from '../http/endpoint/endpoint.ts';
import { versionTag } from '../http/endpoint/etag.ts';
import type { EventCause } from '../http/endpoint/submit.ts';
import { lockProduct, versionMismatch } from './lock-product.ts';
import { productPayload } from './row.ts';
import type { ProductRow } from './row.ts';
import { byId } from './schema.ts';

/** No Idempotency-Key: DELETE is idempotent by itself (RFC 9110 §9.2.2). */
export const archiveProduct = endpoint({
  id: 'archiveProduct', method: 'delete', path: '/products/{id}', tag: 'products', access: adminOnly,
  verb: 'catalogue:write',
  summary: 'Archive a product',
  description: 'It keeps its history and its SKU, and no store can receive it any more. Refused while a store has any of it.',
  params: byId, query: nothing, body: noBody,
  answers: { 204: { description: 'The product is archived, now or already before', headers: ['ETag'] } },
  problems: ['forbidden', 'not_found', 'in_use', 'version_mismatch', 'lock_timeout', 'outcome_unknown'],
  conditional: true,
  about: ({ params }) => ({ operation: 'product_archive', product_id: params.id }),
  handle: ({ params, ifMatch, submitToCatalogue }, { db }: Pick<ApiDeps, 'db'>) => submitToCatalogue(db,
    (trx, event) => archive(trx, params.id, ifMatch, event),
    ({ version }) => ({ status: 204, headers: { etag: versionTag(version) }, body: Buffer.alloc(0) })),
});

/**
 * Archives a product in the caller's transaction: it keeps its history and its SKU, and receives nothing more. Refused
 * while a store has any of it; held units are in stock. An archived product stays as it is.
 */
async function archive(
  trx: Database, id: string, expected: number | undefined, event: EventCause,
): Promise<CatalogueOutcome<ProductRow>> {
  const before = await lockProduct(trx, id);
  if (before === undefined) return refuse('not_found', 'There is no such product.');
  if (before.archived_at !== null) return { ok: true, value: before };
  if (expected !== undefined && expected !== before.version) return versionMismatch(before, expected);
  // A statement of its own, under the lock: a receipt for an empty row holds the product until it is committed, and is
  // seen here; one that comes later waits, and finds the product archived.
  const inStock = await trx.selectFrom('stock').select('store_id')
    .where('product_id', '=', id).where('quantity', '>', 0).limit(1).executeTakeFirst();
  if (inStock !== undefined) return refuse('in_use', `The store ${inStock.store_id} has some of it in stock.`);
  const archived = await trx.updateTable('products')
    .set({
      archived_at: sql<Date>`clock_timestamp()`, updated_at: sql<Date>`clock_timestamp()`, version: before.version + 1,
    })
    .where('id', '=', id).returningAll().executeTakeFirstOrThrow();
  await appendCatalogueEvent(trx, { ...event, event: { type: 'product.archived', payload: productPayload(archived) } });
  return { ok: true, value: archived };
}
