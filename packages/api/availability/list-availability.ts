/** `GET /availability`: the same question for several products at once. */
import { uuid } from '@inventory/domain/values.ts';
import { z } from 'zod';
import { json } from '../http/answer.ts';
import { everybody } from '../http/auth/access.ts';
import { actorOf } from '../http/context.ts';
import { endpoint, noBody, nothing } from '../http/endpoint/endpoint.ts';
import { oneWay } from '../directory/where.ts';
import { askedShape, choiceOf } from './asked.ts';
import type { AvailabilityDeps } from './asked.ts';
import { availabilityAnswer, availabilityBody, SAMPLE } from './schema.ts';

export const MAX_PRODUCTS = 100;

/** Ids of products in a query, with commas between them. */
export const productIds = z.string().max(MAX_PRODUCTS * 40).transform((text) => text.split(','))
  .pipe(z.array(uuid).max(MAX_PRODUCTS)).transform((ids) => [...new Set(ids)])
  .meta({ as: { type: 'array', items: { type: 'string', format: 'uuid' }, minItems: 1, maxItems: MAX_PRODUCTS } });

export const listAvailability = endpoint({
  id: 'listAvailability', method: 'get', path: '/availability', tag: 'availability', access: everybody,
  summary: 'Get the availability of several products',
  description: `Up to ${MAX_PRODUCTS} products, in the order asked for; not_found lists those that do not exist. Each product `
    + 'has its own as_of and source. Stores are chosen as for one product.',
  params: nothing, query: z.strictObject({ product_ids: productIds, ...askedShape }).check(oneWay), body: noBody, place: 'own',
  cost: { unitFor: 10, of: 'products' }, sizeOf: ({ query }) => query.product_ids.length,
  answers: {
    200: {
      description: 'The products', headers: ['Cache-Control'],
      schema: z.object({ items: z.array(availabilityAnswer), not_found: z.array(z.uuid()) }),
      example: { items: [SAMPLE], not_found: [] },
    },
  },
  problems: ['not_found', 'overloaded'],
  handle: async ({ query: { product_ids: ids, ...asked }, req }, { readAvailability, stores }: AvailabilityDeps) => {
    const caller = actorOf(req).id;
    const choice = await choiceOf(stores, asked);
    const found = await Promise.all(ids.map((id) => readAvailability(id, { caller, of: choice.ids })));
    return json(200, {
      items: found.flatMap((each) => (each === undefined ? [] : [availabilityBody(each, choice)])),
      not_found: ids.filter((_id, nth) => found[nth] === undefined),
    }, { 'cache-control': 'no-cache' });
  },
});
