/** The catalogue's products: everybody reads them, the administrator writes them. */
import type { Database } from '@inventory/db/pool.ts';
import { InventoryError, refuse } from '@inventory/domain/errors.ts';
import { v7 } from 'uuid';
import { z } from 'zod';
import type { CatalogueOutcome } from '../commit/catalogue-transaction.ts';
import { json } from '../http/answer.ts';
import { submitToCatalogue } from '../http/endpoint/submit.ts';
import { contextOf } from '../http/context.ts';
import { cursorsOf } from '../http/endpoint/cursor.ts';
import { expectedVersion, taggedAnswer, versionTag } from '../http/endpoint/etag.ts';
import { implement } from '../http/endpoint/endpoint.ts';
import type { Operation } from '../http/endpoint/endpoint.ts';
import { pageAnswer, pageOf } from '../http/endpoint/page.ts';
import { archiveProduct, patchProduct } from './update-product.ts';
import { createProductContract, deleteProduct, getProduct, listProducts, updateProduct } from './contracts.ts';
import { insertProduct } from './create-product.ts';
import { readProduct, readProducts } from './queries.ts';
import { productBody } from './row.ts';
import type { ProductRow } from './row.ts';

const cursors = cursorsOf('products', z.object({ id: z.uuid() }));

function changed(product: ProductRow) {
  return json(200, productBody(product), { etag: versionTag(product.version) });
}

export function productOperations({ db }: { readonly db: Database }): readonly Operation[] {
  return [
    implement(createProductContract, ({ body, req }) =>
      submitToCatalogue({ req, id: createProductContract.id, idempotent: true, body }, db,
        async (trx, event): Promise<CatalogueOutcome<ProductRow>> => {
          const product = await insertProduct(trx, { id: v7(), ...body }, event);
          if (product === undefined) return refuse('sku_taken', `Another product has the SKU ${body.sku}.`);
          return { ok: true, value: product };
        },
        (product) => json(201, productBody(product), {
          location: `/api/v1/products/${product.id}`, etag: versionTag(product.version),
        }))),
    implement(listProducts, async ({ query: { limit, cursor, ...filter }, req }) => {
      const after = cursor === undefined ? undefined : cursors.decode(filter, cursor).id;
      const { items, last } = pageOf(await readProducts(db, filter, after, limit + 1), limit);
      return pageAnswer(req, items.map(productBody), last && cursors.encode(filter, { id: last.id }));
    }),
    implement(getProduct, async ({ params, req }) => {
      contextOf(req).fields['product_id'] = params.id;
      const product = await readProduct(db, params.id);
      if (product === undefined) throw new InventoryError('not_found', 'There is no such product.');
      return taggedAnswer(req, versionTag(product.version), productBody(product));
    }),
    implement(updateProduct, ({ params, body, req }) => {
      contextOf(req).fields['product_id'] = params.id;
      const expected = expectedVersion(req);
      return submitToCatalogue({ req, id: updateProduct.id, idempotent: true, body }, db,
        (trx, event) => patchProduct(trx, params.id, body, expected, event), changed);
    }),
    implement(deleteProduct, ({ params, req }) => {
      contextOf(req).fields['product_id'] = params.id;
      const expected = expectedVersion(req);
      return submitToCatalogue({ req, id: deleteProduct.id, idempotent: false, body: {} }, db,
        (trx, event) => archiveProduct(trx, params.id, expected, event),
        ({ version }) => ({ status: 204, headers: { etag: versionTag(version) }, body: Buffer.alloc(0) }));
    }),
  ];
}
