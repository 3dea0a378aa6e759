/** `GET /events`: the log itself, to be followed. It needs neither broker nor relay. */
import { logEpoch, settledPosition } from '@inventory/db/events.ts';
import { positionBefore } from '@inventory/db/operating/positions.ts';
import type { Database } from '@inventory/db/pool.ts';
import type { Actor } from '@inventory/domain/access.ts';
import { InventoryError } from '@inventory/domain/errors.ts';
import { instant, storeId } from '@inventory/domain/values.ts';
import { goesOn, readFeed } from '@inventory/tail/table.ts';
import { z } from 'zod';
import { withoutLostReferences } from '../erasure/references.ts';
import { ofLog } from '../http/auth/access.ts';
import { actorOf } from '../http/context.ts';
import { cursorText } from '../http/endpoint/cursor.ts';
import { endpoint, noBody, nothing } from '../http/endpoint/endpoint.ts';
import { limit, pageAnswer, pageCost } from '../http/endpoint/page.ts';
import { logCursors as cursors } from './cursors.ts';
import { EVENT, eventBody, eventTypes, feed } from './schema.ts';

export const listEvents = endpoint({
  id: 'listEvents', method: 'get', path: '/events', tag: 'events', access: ofLog,
  summary: 'Follow the event log',
  description: 'In the order of the log, without gaps: a page ends at the settled position, so no event can appear before a '
    + 'cursor later. There is always a next_cursor: ask with it again, at once if has_more is true, else later. A page '
    + 'may be short or empty although there is more. A vendor gets the events of his stores. A time is '
    + 'a place in the log, exact to some seconds: events that were committed side by side have places in another order than times. '
    + 'Who must miss none follows by cursor, or begins earlier.',
  params: nothing,
  query: z.strictObject({
    after: cursorText.optional(), type: eventTypes.optional(), store_id: storeId.optional(), limit,
    from: z.union([z.literal('now'), instant]).optional().meta({
      description: 'Without after: begin at the first event of this time or later; now: at the end, to follow what comes', as: { type: 'string' },
    }),
    to: instant.optional().meta({ description: 'End before the first event of this time or later' }),
  }),
  body: noBody,
  cost: pageCost, sizeOf: ({ query }) => query.limit,
  answers: {
    200: {
      description: 'A page of the log', schema: feed, headers: ['Link'],
      example: {
        items: [EVENT], has_more: false, next_cursor: 'eyJlcG9jaCI6MSwicG9zaXRpb24iOjQ3MTF9.9DBzL0n2u9xwR1sT',
      },
    },
  },
  problems: ['forbidden', 'store_not_in_scope', 'log_epoch_changed'],
  reach: ({ query }) => ({ store: query.store_id }),
  handle: async ({ query: { after, from: begin, limit: size, type: types, store_id, to }, req }, { db }: { readonly db: Database }) => {
    const filters = { type: types?.join(), store_id, ...(to === undefined ? {} : { to }) };
    const from = after === undefined ? undefined : cursors.decode(filters, after);
    const epoch = await logEpoch(db);
    if (from !== undefined && from.epoch !== epoch && !await goesOn(db, from, epoch)) {
      throw new InventoryError('log_epoch_changed', 'The log was restored since, or goes on on another server without what was read: begin again, without a cursor.');
    }
    const storeIds = storesOf(actorOf(req), store_id);
    const place = async (time: string): Promise<number> => {
      const settled = await settledPosition(db);
      return time === 'now' ? settled : positionBefore(db, time, settled);
    };
    const beginning = from?.position ?? (begin === undefined ? 0 : await place(begin));
    const { events, upTo, more } = await readFeed(db, {
      ...(types === undefined ? {} : { types }), ...(storeIds === undefined ? {} : { storeIds }),
    }, beginning, size, to === undefined ? undefined : await place(to));
    const next = cursors.encode(filters, { epoch, position: upTo });
    return pageAnswer(req, (await withoutLostReferences(db, events)).map(eventBody), next, { parameter: 'after', more: { has_more: more } });
  },
});

/** The stores whose events the actor may read; undefined for all. */
function storesOf(actor: Actor, asked: string | undefined): readonly string[] | undefined {
  if (asked !== undefined) return [asked];
  return actor.role === 'vendor' ? [...actor.storeIds] : undefined;
}
