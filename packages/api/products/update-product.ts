/** `PATCH /products/{id}`. */
import { isDeepStrictEqual } from 'node:util';
import { appendCatalogueEvent } from '@inventory/db/formats/append.ts';
import type { Database } from '@inventory/db/pool.ts';
import { refuse } from '@inventory/domain/errors.ts';
import { sql } from 'kysely';
import { z } from 'zod';
import type { CatalogueOutcome } from '../commit/catalogue-transaction.ts';
import type { ApiDeps } from '../deps.ts';
import { json } from '../http/answer.ts';
import { adminOnly } from '../http/auth/access.ts';
import { endpoint, nothing } from '../http/endpoint/endpoint.ts';
import { versionTag } from '../http/endpoint/etag.ts';
import { catalogueProblems } from '../http/endpoint/submit.ts';
import type { EventCause } from '../http/endpoint/submit.ts';
import { lockProduct, versionMismatch } from './lock-product.ts';
import { sku } from '../directory/named-product.ts';
import { productBody, productPayload } from './row.ts';
import type { ProductRow } from './row.ts';
import { byId, category, description, displayExponent, identifiers, name, price, product, SAMPLE, unit } from './schema.ts';
import { refuseTakenCodes } from './taken-codes.ts';

const productPatch = z.strictObject({
  sku: sku.optional(), name: name.optional(), description: description.optional(), category: category.optional(),
  price: price.optional(), identifiers: identifiers.optional(), unit: unit.optional(), display_exponent: displayExponent.optional(),
}).refine((patch) => Object.keys(patch).length > 0, 'must change something');

export const updateProduct = endpoint({
  id: 'updateProduct', method: 'patch', path: '/products/{id}', tag: 'products', access: adminOnly,
  verb: 'catalogue:write',
  summary: 'Change members of a product',
  description: 'A member that is left out stays as it is; null empties it; identifiers are replaced as a whole. With If-Match, only if the '
    + 'product is at that version.',
  params: byId, query: nothing, body: productPatch, bodyExample: { price: '749.00' },
  answers: {
    200: {
      description: 'The product after the change', schema: product, headers: ['ETag'],
      example: { ...SAMPLE, price: '749.00', version: 2, updated_at: '2026-11-24T10:30:12.001Z' },
    },
  },
  problems: ['forbidden', 'not_found', 'sku_taken', 'version_mismatch', ...catalogueProblems],
  idempotent: true, conditional: true,
  about: ({ params }) => ({ operation: 'product_update', product_id: params.id }),
  handle: async ({ params, body, ifMatch, submitToCatalogue }, { db, codes }: Pick<ApiDeps, 'db' | 'codes'>) => {
    const answer = await submitToCatalogue(db,
      (trx, event) => patchProduct(trx, params.id, body, ifMatch, event),
      (patched) => json(200, productBody(patched), { etag: versionTag(patched.version) }));
    codes.forget();
    return answer;
  },
});

/**
 * Patches a product that is not archived, in the caller's transaction. A patch that changes nothing writes nothing: no
 * event, no new version.
 */
async function patchProduct(
  trx: Database, id: string, patch: z.output<typeof productPatch>, expected: number | undefined, event: EventCause,
): Promise<CatalogueOutcome<ProductRow>> {
  const before = await lockProduct(trx, id);
  if (before === undefined || before.archived_at !== null) return refuse('not_found', 'There is no such product.');
  if (expected !== undefined && expected !== before.version) return versionMismatch(before, expected);
  const now = { ...before, ...definedOf(patch) };
  const members = ['sku', 'name', 'description', 'category', 'price', 'identifiers', 'unit', 'display_exponent'] as const;
  const changed = members.filter((member) => !isDeepStrictEqual(now[member], before[member]));
  if (changed.length === 0) return { ok: true, value: before };
  if (changed.includes('sku') && await isTaken(trx, now.sku)) {
    return refuse('sku_taken', `Another product has the SKU ${now.sku}.`);
  }
  const taken = changed.includes('identifiers') ? await refuseTakenCodes(trx, id, patch.identifiers ?? []) : undefined;
  if (taken !== undefined) return taken;
  const patched = await trx.updateTable('products')
    .set({
      sku: now.sku, name: now.name, description: now.description, category: now.category, price: now.price,
      unit: now.unit, display_exponent: now.display_exponent,
      ...(changed.includes('identifiers') ? { identifiers: JSON.stringify(now.identifiers) } : {}),
      version: before.version + 1, updated_at: sql<Date>`clock_timestamp()`,
    })
    .where('id', '=', id).returningAll().executeTakeFirstOrThrow();
  await appendCatalogueEvent(trx, { ...event, event: { type: 'product.updated', payload: productPayload(patched) } });
  return { ok: true, value: patched };
}

/** A rival may take it after this look: then the unique index refuses, and the patch is made once more. */
async function isTaken(trx: Database, wanted: string): Promise<boolean> {
  return await trx.selectFrom('products').select('id').where('sku', '=', wanted).executeTakeFirst() !== undefined;
}

function definedOf(patch: z.output<typeof productPatch>): Partial<ProductRow> {
  return Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));
}
