/** `GET /products/{id}/availability`: the shopper's question. The seed's Flow 1. */
import { hash } from 'node:crypto';
import { InventoryError } from '@inventory/domain/errors.ts';
import { uuid } from '@inventory/domain/values.ts';
import { z } from 'zod';
import { jsonText } from '../http/answer.ts';
import { everybody } from '../http/auth/access.ts';
import { actorOf } from '../http/context.ts';
import { endpoint, noBody } from '../http/endpoint/endpoint.ts';
import { isKnown } from '../http/endpoint/etag.ts';
import { oneWay } from '../directory/where.ts';
import { askedShape, choiceOf } from './asked.ts';
import type { AvailabilityDeps, Choice } from './asked.ts';
import type { Availability, MinVersion } from './read.ts';
import { availabilityAnswer, contentOf, SAMPLE } from './schema.ts';

const minVersion = z.string().regex(/^[A-Za-z0-9-]{3,50}:[1-9]\d{0,9}$/, 'must be a store and a version: MAD-001:17')
  .transform((text): MinVersion => {
    const [storeId = '', version = ''] = text.split(':');
    return { storeId, version: Number(version) };
  }).meta({ description: 'A store and the version of its stock row after your own write: the answer shows that write', example: 'MAD-001:17' });

export const getAvailability = endpoint({
  id: 'getAvailability', method: 'get', path: '/products/{id}/availability', tag: 'availability',
  access: everybody,
  summary: 'Get the availability of a product',
  description: 'Everything that was committed by as_of is in the answer. source says where it comes from: cache is the view '
    + 'in Redis, database is Postgres, stale is a view of the last five minutes while Postgres does not answer. '
    + 'Stores that are CLOSED are left out, within 2 s. Choose stores by store_ids, group, or near with radius_km: total_available and '
    + 'stores_matched are then those of the chosen stores that have the product. A group or store that does not exist is refused, '
    + 'and a radius with more than 500 stores in it.',
  params: z.object({ id: uuid }),
  query: z.strictObject({ min_version: minVersion.optional(), ...askedShape }).check(oneWay),
  body: noBody,
  place: 'own',
  answers: {
    200: {
      description: 'The availability in every store that has ever received the product', schema: availabilityAnswer, headers: ['ETag', 'Cache-Control'],
      example: SAMPLE,
    },
    304: { description: 'Not changed since the answer with this ETag' },
  },
  problems: ['not_found', 'overloaded'],
  about: ({ params }) => ({ product_id: params.id }),
  handle: async ({ params, query, req }, { readAvailability, stores }: AvailabilityDeps) => {
    const choice = await choiceOf(stores, query);
    const found = await readAvailability(params.id, { caller: actorOf(req).id, least: query.min_version, of: choice.ids });
    if (found === undefined) throw new InventoryError('not_found', 'There is no such product.');
    const { etag, body } = taggedBody(found, choice);
    const headers = { etag, 'cache-control': 'no-cache' };
    return isKnown(req, etag) ? { status: 304, headers, body: Buffer.alloc(0) } : jsonText(200, body, headers);
  },
});

/**
 * The answer and its tag. The tag is of the content alone: as_of moves all the time, and a tag that moved with it would
 * never match. The content is written once for both.
 */
function taggedBody(found: Availability, choice: Choice): { readonly etag: string; readonly body: Buffer } {
  const content = JSON.stringify(contentOf(found, choice));
  return {
    etag: `"${hash('sha256', content, 'base64url').slice(0, 22)}"`,
    body: Buffer.from(`${content.slice(0, -1)},"as_of":"${found.as_of.toISOString()}","source":"${found.source}"}`),
  };
}
