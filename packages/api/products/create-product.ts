/** `POST /products`. */
import { z } from 'zod';
import type { ApiDeps } from '../deps.ts';
import { json } from '../http/answer.ts';
import { adminOnly } from '../http/auth/access.ts';
import { endpoint, nothing } from '../http/endpoint/endpoint.ts';
import { versionTag } from '../http/endpoint/etag.ts';
import { catalogueProblems } from '../http/endpoint/submit.ts';
import { newId } from '../ids.ts';
import { insertProduct } from './insert-product.ts';
import { productBody } from './row.ts';
import { sku } from '../directory/named-product.ts';
import { category, description, displayExponent, identifiers, name, price, product, SAMPLE, unit } from './schema.ts';

export const createProduct = endpoint({
  id: 'createProduct', method: 'post', path: '/products', tag: 'products', access: adminOnly,
  verb: 'catalogue:write',
  summary: 'Add a product to the catalogue',
  params: nothing, query: nothing,
  description: 'identifiers are the codes by which it is scanned, each unique in the chain, archived products included; units says what '
    + 'one scan of it stands for, such as 12 for a box of twelve. unit and display_exponent are labels; PIECE and 0 where they are left out.',
  body: z.strictObject({
    sku, name, description: description.default(null), category: category.default(null), price,
    // Without defaults: an idempotency key's fingerprint is of the parsed body, and the release before did not know them.
    identifiers: identifiers.optional(), unit: unit.optional(), display_exponent: displayExponent.optional(),
  }),
  bodyExample: {
    sku: 'SKU-0001', name: 'Laptop HP', category: 'Computers', price: '799.00', identifiers: [{ value: '4006381333931', kind: 'GTIN' }],
  },
  answers: { 201: { description: 'The product', schema: product, headers: ['Location', 'ETag'], example: SAMPLE } },
  problems: ['forbidden', 'sku_taken', ...catalogueProblems],
  idempotent: true,
  about: () => ({ operation: 'product_create' }),
  handle: async ({ body, submitToCatalogue }, { db, codes }: Pick<ApiDeps, 'db' | 'codes'>) => {
    const answer = await submitToCatalogue(db,
      (trx, event) => insertProduct(trx, { id: newId(), ...body }, event),
      (created) => json(201, productBody(created), {
        location: `/api/v1/products/${created.id}`, etag: versionTag(created.version),
      }));
    codes.forget();
    return answer;
  },
});
