/** `GET /products/{id}/availability`, `GET /availability`: the shopper's question. The seed's Flow 1. */
import { hash } from 'node:crypto';
import { InventoryError } from '@inventory/domain/errors.ts';
import { uuid } from '@inventory/domain/values.ts';
import { z } from 'zod';
import { everybody } from '../http/auth/access.ts';
import { json, jsonText } from '../http/answer.ts';
import { contextOf } from '../http/context.ts';
import { isKnown } from '../http/endpoint/etag.ts';
import { contract, implement, noBody } from '../http/endpoint/endpoint.ts';
import type { Operation } from '../http/endpoint/endpoint.ts';
import type { Availability, MinVersion, ReadAvailability } from './read.ts';

const availabilityAnswer = z.object({
  product_id: z.uuid(),
  product_name: z.string(),
  total_available: z.int(),
  stores: z.array(z.object({
    store_id: z.string(), store_name: z.string(), available: z.int(), reserved: z.int(), version: z.int(),
  })),
  as_of: z.iso.datetime(),
  source: z.enum(['cache', 'database', 'stale']),
}).meta({ id: 'Availability' });

const SAMPLE = {
  product_id: '807acc38-bad3-5a9b-af8c-889c493a3230', product_name: 'Laptop HP', total_available: 15,
  stores: [
    { store_id: 'BCN-001', store_name: 'Barcelona Plaza', available: 10, reserved: 1, version: 4 },
    { store_id: 'MAD-001', store_name: 'Madrid Centro', available: 5, reserved: 2, version: 17 },
  ],
  as_of: '2026-11-24T10:28:00.098Z', source: 'cache',
} as const;

const minVersion = z.string().regex(/^[A-Za-z0-9-]{3,50}:\d{1,10}$/, 'must be a store and a version: MAD-001:17')
  .transform((text): MinVersion => {
    const [storeId = '', version = ''] = text.split(':');
    return { storeId, version: Number(version) };
  }).meta({ description: 'A write of one\'s own, as its answer named it: the answer shows it', example: 'MAD-001:17' });

export const getAvailability = contract({
  id: 'getAvailability', method: 'get', path: '/products/{id}/availability', tag: 'availability',
  access: everybody,
  summary: 'See where a product is to be had',
  description: 'Everything that was committed by as_of is in the answer. source says where it comes from: the view in '
    + 'Redis (cache), Postgres (database), or a view of the last five minutes while Postgres does not answer (stale).',
  params: z.object({ id: uuid }), query: z.strictObject({ min_version: minVersion.optional() }), body: noBody,
  answers: {
    200: {
      description: 'Every store that has ever had it', schema: availabilityAnswer, headers: ['ETag', 'Cache-Control'],
      example: SAMPLE,
    },
    304: { description: 'Nothing has changed since the answer with this ETag' },
  },
  problems: ['not_found', 'overloaded'],
});

export const MAX_PRODUCTS = 100;

const productIds = z.string().max(MAX_PRODUCTS * 40).transform((text) => text.split(','))
  .pipe(z.array(uuid).max(MAX_PRODUCTS)).transform((ids) => [...new Set(ids)])
  .meta({ as: { type: 'array', items: { type: 'string', format: 'uuid' }, minItems: 1, maxItems: MAX_PRODUCTS } });

export const listAvailability = contract({
  id: 'listAvailability', method: 'get', path: '/availability', tag: 'availability', access: everybody,
  summary: 'See where several products are to be had',
  description: `Up to ${MAX_PRODUCTS} products, in the order asked for; those that do not exist are in not_found. Each `
    + 'has an as_of and a source of its own.',
  params: z.strictObject({}), query: z.strictObject({ product_ids: productIds }), body: noBody,
  answers: {
    200: {
      description: 'The products', headers: ['Cache-Control'],
      schema: z.object({ items: z.array(availabilityAnswer), not_found: z.array(z.uuid()) }),
      example: { items: [SAMPLE], not_found: [] },
    },
  },
  problems: ['overloaded'],
});

type Body = z.output<typeof availabilityAnswer>;

/** The seed's answer, with what each row's version is and how old the whole may be. */
function availabilityBody(found: Availability): Body {
  return { ...contentOf(found), as_of: found.as_of.toISOString(), source: found.source };
}

function contentOf({ product_id, product_name, stores: rows }: Availability): Omit<Body, 'as_of' | 'source'> {
  let total_available = 0;
  const stores = rows.map(({ store_id, store_name, available, reserved, version }) => {
    total_available += available;
    return { store_id, store_name, available, reserved, version };
  });
  return { product_id, product_name, total_available, stores };
}

/**
 * The answer and its tag: of the content alone, because as_of moves all the time, and a tag that moves with it would
 * never match. The content is written once for both.
 */
function taggedBody(found: Availability): { readonly etag: string; readonly body: Buffer } {
  const content = JSON.stringify(contentOf(found));
  return {
    etag: `"${hash('sha256', content, 'base64url').slice(0, 22)}"`,
    body: Buffer.from(`${content.slice(0, -1)},"as_of":"${found.as_of.toISOString()}","source":"${found.source}"}`),
  };
}

export function availabilityOperations(
  { readAvailability }: { readonly readAvailability: ReadAvailability },
): readonly Operation[] {
  return [
    implement(getAvailability, async ({ params, query, req }) => {
      contextOf(req).fields['product_id'] = params.id;
      const found = await readAvailability(params.id, query.min_version);
      if (found === undefined) throw new InventoryError('not_found', 'There is no such product.');
      const { etag, body } = taggedBody(found);
      const headers = { etag, 'cache-control': 'no-cache' };
      return isKnown(req, etag) ? { status: 304, headers, body: Buffer.alloc(0) } : jsonText(200, body, headers);
    }),
    implement(listAvailability, async ({ query: { product_ids: ids } }) => {
      const found = await Promise.all(ids.map((id) => readAvailability(id)));
      return json(200, {
        items: found.flatMap((each) => (each === undefined ? [] : [availabilityBody(each)])),
        not_found: ids.filter((_id, nth) => found[nth] === undefined),
      }, { 'cache-control': 'no-cache' });
    }),
  ];
}
