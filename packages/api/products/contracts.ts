/** The contracts of the catalogue's products. */
import { text, uuid } from '@inventory/domain/values.ts';
import { z } from 'zod';
import { adminOnly, everybody } from '../http/auth/access.ts';
import { cursorText } from '../http/endpoint/cursor.ts';
import { contract, noBody } from '../http/endpoint/endpoint.ts';
import { limit, listOf, truth } from '../http/endpoint/page.ts';

const nothing = z.strictObject({});
const byId = z.object({ id: uuid });
const changing = ['idempotency_key_reused', 'lock_timeout', 'outcome_unknown'] as const;

/** What a barcode carries: nothing that would make two of them look alike. */
const sku = text(50)
  .refine((code) => !/^\s|\s$|[\p{Cc}\p{Cf}]/u.test(code), 'must not begin or end blank, nor hold control characters')
  .meta({ example: 'SKU-0001' });
const name = text(255).meta({ example: 'Laptop HP' });
const description = text(4000).nullable();
const category = text(100).nullable();
/** Money is never a float: a JSON number is refused. */
const price = z.string().regex(/^(0|[1-9]\d{0,7})(\.\d{1,2})?$/, 'must be a decimal string such as "799.00"')
  .transform((decimal) => {
    const [whole = '0', cents = ''] = decimal.split('.');
    return `${whole}.${cents.padEnd(2, '0')}`;
  })
  .meta({ example: '799.00' });

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
}).meta({ id: 'Product' });

const SAMPLE = {
  product_id: '807acc38-bad3-5a9b-af8c-889c493a3230', sku: 'SKU-0001', name: 'Laptop HP', description: null,
  category: 'Computers', price: '799.00', version: 1, archived_at: null, created_at: '2026-11-24T10:28:00.098Z',
  updated_at: '2026-11-24T10:28:00.098Z',
} as const;

export const createProductContract = contract({
  id: 'createProduct', method: 'post', path: '/products', tag: 'products', access: adminOnly,
  summary: 'Add a product to the catalogue',
  params: nothing, query: nothing,
  body: z.strictObject({ sku, name, description: description.default(null), category: category.default(null), price }),
  bodyExample: { sku: 'SKU-0001', name: 'Laptop HP', category: 'Computers', price: '799.00' },
  answers: { 201: { description: 'The product', schema: product, headers: ['Location', 'ETag'], example: SAMPLE } },
  problems: ['forbidden', 'sku_taken', ...changing],
});

export const listProducts = contract({
  id: 'listProducts', method: 'get', path: '/products', tag: 'products', access: everybody,
  summary: 'Browse the catalogue, or find a product by its SKU',
  description: 'Archived products are left out; with archived=true they are all that is listed.',
  params: nothing,
  query: z.strictObject({
    sku: sku.optional(), archived: truth.default(false), limit, cursor: cursorText.optional(),
  }),
  body: noBody,
  answers: {
    200: {
      description: 'A page of products', schema: listOf(product), headers: ['Link'],
      example: { items: [SAMPLE], next_cursor: null },
    },
  },
  problems: [],
});

export const getProduct = contract({
  id: 'getProduct', method: 'get', path: '/products/{id}', tag: 'products', access: everybody,
  summary: 'Look at a product',
  params: byId, query: nothing, body: noBody,
  answers: {
    200: { description: 'The product, archived or not', schema: product, headers: ['ETag'], example: SAMPLE },
    304: { description: 'It is still the one with this ETag' },
  },
  problems: ['not_found'],
});

export const updateProduct = contract({
  id: 'updateProduct', method: 'patch', path: '/products/{id}', tag: 'products', access: adminOnly,
  summary: 'Change some members of a product',
  description: 'What is left out stays; null empties. With If-Match, only over that version.',
  params: byId, query: nothing,
  body: z.strictObject({
    sku: sku.optional(), name: name.optional(), description: description.optional(), category: category.optional(),
    price: price.optional(),
  }).refine((patch) => Object.keys(patch).length > 0, 'must change something'),
  bodyExample: { price: '749.00' },
  answers: {
    200: {
      description: 'The product after the change', schema: product, headers: ['ETag'],
      example: { ...SAMPLE, price: '749.00', version: 2, updated_at: '2026-11-24T10:30:12.001Z' },
    },
  },
  problems: ['forbidden', 'not_found', 'sku_taken', 'version_mismatch', ...changing],
});

export const deleteProduct = contract({
  id: 'archiveProduct', method: 'delete', path: '/products/{id}', tag: 'products', access: adminOnly,
  summary: 'Archive a product',
  description: 'It keeps its history and its SKU, and can be received no more. Refused while some store has any of it.',
  params: byId, query: nothing, body: noBody,
  answers: { 204: { description: 'It is archived, now or before', headers: ['ETag'] } },
  problems: ['forbidden', 'not_found', 'in_use', 'version_mismatch', 'lock_timeout', 'outcome_unknown'],
});
