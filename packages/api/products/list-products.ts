/** `GET /products`. */
import { barcode } from '@inventory/domain/barcodes.ts';
import { uuid } from '@inventory/domain/values.ts';
import { z } from 'zod';
import { MAX_PRODUCTS, productIds } from '../availability/list-availability.ts';
import type { ApiDeps } from '../deps.ts';
import { everybody } from '../http/auth/access.ts';
import { cursorsOf, cursorText } from '../http/endpoint/cursor.ts';
import { endpoint, noBody, nothing } from '../http/endpoint/endpoint.ts';
import { limit, listOf, pageAnswer, pageCost, pageOf, truth } from '../http/endpoint/page.ts';
import { refuseMisread, sku } from '../directory/named-product.ts';
import { productOfCode, productsById, readProducts, searchProducts } from './queries.ts';
import { productBody } from './row.ts';
import { category, product, SAMPLE, searchText, sort } from './schema.ts';

const cursors = cursorsOf('products', z.strictObject({ id: uuid, by: z.string().max(255).optional() }));

/** What cannot be asked together, by its parameters: the first one with any of the others. */
const APART = [
  ['barcode', 'ids', 'q', 'sku', 'category', 'sort', 'cursor', 'archived'],
  ['ids', 'q', 'sku', 'category', 'sort', 'cursor'], ['q', 'sku', 'sort', 'cursor', 'archived'], ['archived', 'category', 'sort'],
] as const;

const query = z.strictObject({
  sku: sku.optional(), barcode: barcode.optional(), q: searchText.optional(), category: category.unwrap().optional(), ids: productIds.optional(), sort: sort.optional(),
  archived: truth.default(false), limit, cursor: cursorText.optional(),
}).check(({ value, issues }) => {
  for (const [first, ...others] of APART) {
    if (value[first] === undefined || value[first] === false) continue;
    for (const other of others) {
      if (value[other] === undefined || value[other] === false) continue;
      issues.push({ code: 'custom', path: [other], message: `cannot be asked together with ${first}`, input: value });
    }
  }
});

export const listProducts = endpoint({
  id: 'listProducts', method: 'get', path: '/products', tag: 'products', access: everybody,
  summary: 'List the products, look for some, or find one by its SKU or a barcode',
  description: 'Without archived products; with archived=true, archived products only. q looks for products with words that begin so, in name '
    + `and SKU, and is answered with one page, ordered by name. ids, up to ${MAX_PRODUCTS}, is answered in the order asked for, archived ones included; `
    + 'what does not exist is left out. barcode finds the product that has this code among its identifiers; a number as long as a GTIN is '
    + 'compared with zeros in front. One that no product has is an empty list, and 400 where its check digit is wrong.',
  params: nothing, query, body: noBody,
  cost: pageCost, sizeOf: ({ query: { ids, limit: size } }) => ids?.length ?? size,
  answers: {
    200: {
      description: 'A page of products', schema: listOf(product), headers: ['Link'],
      example: { items: [SAMPLE], next_cursor: null },
    },
  },
  problems: [],
  handle: async ({ query: { limit: size, cursor, q, ids, barcode: scanned, ...filter }, req }, { db }: Pick<ApiDeps, 'db'>) => {
    if (scanned !== undefined) {
      const found = await productOfCode(db, scanned);
      if (found.length === 0) refuseMisread(scanned);
      return pageAnswer(req, found.map(productBody), undefined);
    }
    if (ids !== undefined) return pageAnswer(req, (await productsById(db, ids)).map(productBody), undefined);
    if (q !== undefined) return pageAnswer(req, (await searchProducts(db, q, filter.category, size)).map(productBody), undefined);
    const after = cursor === undefined ? undefined : cursors.decode(filter, cursor);
    const { items, last } = pageOf(await readProducts(db, filter, after, size + 1), size);
    const by = filter.sort === undefined ? {} : { by: filter.sort === 'name' ? last?.name : last?.price };
    return pageAnswer(req, items.map(productBody), last && cursors.encode(filter, { id: last.id, ...by }));
  },
});
