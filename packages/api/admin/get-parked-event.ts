/** `GET /admin/parked/{id}`: one of them, with the beginning of its payload. */
import { masked } from '@inventory/board/app/ops/masked.ts';
import { findParked } from '@inventory/db/operating/parked.ts';
import { InventoryError } from '@inventory/domain/errors.ts';
import { uuid } from '@inventory/domain/values.ts';
import { z } from 'zod';
import type { ApiDeps } from '../deps.ts';
import { json } from '../http/answer.ts';
import { adminOnly } from '../http/auth/access.ts';
import { endpoint, noBody, nothing } from '../http/endpoint/endpoint.ts';
import { parkedEvent, SAMPLE_PARKED } from './parked-schema.ts';

const detail = parkedEvent.extend({
  aggregate_id: z.uuid(),
  schema_version: z.int(),
  metadata: z.unknown().describe('Of who acted the role alone, and without the key of the request'),
  payload_bytes: z.int(),
  payload_start: z.string().describe('The first 4 000 characters of its JSON, without those who are named in it'),
}).meta({ id: 'ParkedEvent' });

/** What an event remembers of its cause, without what names a person. */
const nameless = z.looseObject({ actor: z.object({ role: z.string() }).optional().catch(undefined) })
  .transform(({ idempotency_key: _key, ...rest }) => rest).catch({});

export const getParkedEvent = endpoint({
  id: 'getParkedEvent', method: 'get', path: '/admin/parked/{id}', tag: 'admin', access: adminOnly,
  summary: 'See one event that cannot be published',
  description: 'The same as "relay parked show", without customers and users. 404 where it is neither parked nor skipped: it was published, or is about to be.',
  params: z.strictObject({ id: uuid }), query: nothing, body: noBody,
  answers: {
    200: {
      description: 'The event', schema: detail,
      example: {
        ...SAMPLE_PARKED, aggregate_id: '807acc38-bad3-5a9b-af8c-889c493a3230', schema_version: 2, metadata: { request_id: '01a20d19-1755-7b1c-8d55-0c5d3a9e7f10' },
        payload_bytes: 1_200_100, payload_start: '{"note": "…',
      },
    },
  },
  problems: ['forbidden', 'not_found'],
  handle: async ({ params }, { db }: Pick<ApiDeps, 'db'>) => {
    const found = await findParked(db, params.id);
    if (found === undefined) throw new InventoryError('not_found', 'No such event is parked or skipped.');
    return json(200, { ...found, metadata: nameless.parse(found.metadata), payload_start: masked(found.payload_start) }, { 'cache-control': 'no-store' });
  },
});
