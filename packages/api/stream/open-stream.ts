/** `GET /stream`: the live feed, as an event stream (SSE). */
import type { Actor } from '@inventory/domain/access.ts';
import { storeId } from '@inventory/domain/values.ts';
import type { Request } from 'express';
import { z } from 'zod';
import { productIds } from '../availability/list-availability.ts';
import { eventType } from '../events/schema.ts';
import { everybody } from '../http/auth/access.ts';
import { bearerOf } from '../http/auth/authenticate.ts';
import { unauthenticated } from '../http/auth/verifier.ts';
import { actorOf, contextOf } from '../http/context.ts';
import { cursorText } from '../http/endpoint/cursor.ts';
import { endpoint, noBody, nothing } from '../http/endpoint/endpoint.ts';
import { truth } from '../http/endpoint/page.ts';
import { askedBy, questionText } from './asked.ts';
import type { LiveFeed } from './live-feed.ts';
import type { Session } from './viewers.ts';

interface Deps {
  readonly feed: LiveFeed;
  readonly verifyToken: (token: string) => Promise<Actor>;
}

const MAX_STORES = 100;
/** What a viewer counts as where he names no products, in products. */
const WIDE = 100;

const storeIds = z.string().max(MAX_STORES * 51).transform((text) => text.split(','))
  .pipe(z.array(storeId).max(MAX_STORES)).transform((ids) => [...new Set(ids)])
  .meta({ as: { type: 'array', items: { type: 'string' }, minItems: 1, maxItems: MAX_STORES } });

const query = z.strictObject({
  view: z.enum(['availability', 'events']).default('availability'),
  product_ids: productIds.optional(), store_ids: storeIds.optional(),
  levels_only: truth.optional().meta({ description: 'Only changes of a level: OUT, LOW, OK' }),
  type: eventType.optional(), store_id: storeId.optional(),
  ticket: z.string().max(100).optional().meta({ description: 'From POST /stream/tickets, in place of a token' }),
  after: cursorText.optional().meta({ description: 'A cursor of GET /events, or the id of a frame; Last-Event-ID comes first' }),
});

const EXAMPLE = `event: snapshot
id: eyJlcG9jaCI6MSwicG9zaXRpb24iOjQ3MTB9.YmFzZTY0dXJsLWhhc2g
data: {"as_of":"2026-11-24T10:28:00.098Z","rows":[{"product_id":"807acc38-bad3-5a9b-af8c-889c493a3230","store_id":"MAD-001","available":5,"level":"OK","version":17,"committed_at":"2026-11-24T10:27:31.512Z"}]}

event: stock
id: eyJlcG9jaCI6MSwicG9zaXRpb24iOjQ3MTF9.9DBzL0n2u9xwR1sT
data: {"rows":[{"product_id":"807acc38-bad3-5a9b-af8c-889c493a3230","store_id":"MAD-001","available":3,"level":"LOW","version":18,"committed_at":"2026-11-24T10:28:02.871Z"}]}

`;

export const openStream = endpoint({
  id: 'openStream', method: 'get', path: '/stream', tag: 'events', access: everybody,
  summary: 'Watch availability or the log as it changes',
  description: 'An event stream. With view=availability: a snapshot of the rows of these products and stores, then each row '
    + 'that has changed; a row\'s version only rises, so ignore a lower one. With view=events, for vendors (of their stores) and '
    + 'admins: every event, in the order of the log. A tick every five seconds says how old what you see is. reset: begin anew. '
    + 'bye: the stream ends; come back after retry, with the last id. API.md shows every frame.',
  params: nothing, query, body: noBody,
  cost: { unitFor: 10, of: 'products' }, sizeOf: ({ query: { product_ids: ids } }) => ids?.length ?? WIDE,
  answers: {
    200: { description: 'The stream, until it is closed', mediaType: 'text/event-stream', schema: z.string(), example: EXAMPLE, headers: ['Cache-Control'] },
  },
  problems: ['forbidden', 'store_not_in_scope'],
  handle: async ({ query: asked, req }, { feed, verifyToken }: Deps) => {
    const last = req.get('last-event-id');
    const what = askedBy(actorOf(req), asked, last === undefined || last === '' ? asked.after : last);
    const session = sessionOf(req, questionText(what), verifyToken);
    const headers = { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' };
    const answer = { status: 200, headers, body: Buffer.alloc(0) };
    if (req.method === 'HEAD') return answer;
    return { ...answer, begin: await feed.open(what, session) };
  },
});

/** @throws {InventoryError} unauthenticated for a ticket of another question */
function sessionOf(req: Request, question: string, verify: (token: string) => Promise<Actor>): Session {
  const { ticket } = contextOf(req);
  if (ticket !== undefined && ticket.question === question) return ticket;
  const token = bearerOf(req);
  if (token === undefined) throw unauthenticated();
  return { actor: actorOf(req), user: contextOf(req).user ?? '', key: token, check: () => verify(token) };
}
