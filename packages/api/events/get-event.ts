/** `GET /events/{id}`: one event, by the id that a message or a movement names. */
import type { Database } from '@inventory/db/pool.ts';
import { mayFollow } from '@inventory/domain/access.ts';
import { InventoryError } from '@inventory/domain/errors.ts';
import { uuid } from '@inventory/domain/values.ts';
import { z } from 'zod';
import { withoutLostReferences } from '../erasure/references.ts';
import { json } from '../http/answer.ts';
import { actorOf } from '../http/context.ts';
import { endpoint, noBody, nothing } from '../http/endpoint/endpoint.ts';
import { EVENT, eventBody, loggedEvent } from './schema.ts';

export const getEvent = endpoint({
  id: 'getEvent', method: 'get', path: '/events/{id}', tag: 'events',
  access: {
    vendor: { reach: 'own_stores', foreign: 'not_found' }, service: { reach: 'all' }, admin: { reach: 'all' },
  },
  summary: 'Get an event',
  description: 'An event of a store that the token does not cover is 404.',
  params: z.object({ id: uuid }), query: nothing, body: noBody,
  answers: { 200: { description: 'The event', schema: loggedEvent, example: EVENT } },
  problems: ['forbidden', 'not_found'],
  reach: 'row',
  handle: async ({ params, req }, { db }: { readonly db: Database }) => {
    const event = await db.selectFrom('events').select([
      'position', 'id', 'event_type', 'store_id', 'aggregate_id', 'payload', 'timestamp', 'stream_id', 'stream_version',
      'schema_version', 'metadata',
    ]).where('id', '=', params.id).executeTakeFirst();
    if (event === undefined || !mayFollow(actorOf(req), event.store_id)) {
      throw new InventoryError('not_found', 'There is no such event.');
    }
    const [shown = event] = await withoutLostReferences(db, [event]);
    return json(200, eventBody(shown), { 'cache-control': 'no-cache' });
  },
});
