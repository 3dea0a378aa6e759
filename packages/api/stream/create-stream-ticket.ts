/** `POST /stream/tickets`: a ticket for a browser's EventSource, which can send no token. */
import { storeId, uuid } from '@inventory/domain/values.ts';
import { z } from 'zod';
import { eventType } from '../events/schema.ts';
import { json } from '../http/answer.ts';
import { everybody } from '../http/auth/access.ts';
import { bearerOf } from '../http/auth/authenticate.ts';
import { unauthenticated } from '../http/auth/verifier.ts';
import { actorOf } from '../http/context.ts';
import { endpoint, nothing } from '../http/endpoint/endpoint.ts';
import { askedBy, questionText } from './asked.ts';
import type { Tickets } from './tickets.ts';
import { FIRST_USE_SECONDS } from './tickets.ts';

const question = z.strictObject({
  view: z.enum(['availability', 'events']).default('availability'),
  product_ids: z.array(uuid).min(1).max(100).transform((ids) => [...new Set(ids)]).optional(),
  store_ids: z.array(storeId).min(1).max(100).transform((ids) => [...new Set(ids)]).optional(),
  levels_only: z.boolean().optional(),
  type: eventType.optional(), store_id: storeId.optional(),
});

export const createStreamTicket = endpoint({
  id: 'createStreamTicket', method: 'post', path: '/stream/tickets', tag: 'events', access: everybody,
  verb: 'read',
  summary: 'Get a ticket for an EventSource',
  description: `For GET /stream?ticket=… with the same filters, without a token. Use it within ${FIRST_USE_SECONDS} seconds; after that it is `
    + 'good for reconnects until the token ends. A repeat of this request makes another ticket.',
  params: nothing, query: nothing, body: question,
  bodyExample: { product_ids: ['807acc38-bad3-5a9b-af8c-889c493a3230'] },
  answers: {
    201: {
      description: 'The ticket', schema: z.object({ ticket: z.string(), expires_at: z.iso.datetime() }), headers: ['Cache-Control'],
      example: { ticket: '3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', expires_at: '2026-11-24T18:28:00.000Z' },
    },
  },
  problems: ['forbidden', 'store_not_in_scope'],
  about: () => ({ operation: 'stream_ticket' }),
  handle: async ({ body, req }, { tickets }: { readonly tickets: Tickets }) => {
    const asked = askedBy(actorOf(req), body);
    const token = bearerOf(req);
    if (token === undefined) throw unauthenticated();
    const { ticket, expiresAt } = await tickets.issue(token, questionText(asked));
    return json(201, { ticket, expires_at: expiresAt.toISOString() }, { 'cache-control': 'no-store' });
  },
});
