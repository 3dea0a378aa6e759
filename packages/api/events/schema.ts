/** An event of the log as clients see it: what happened, and who did it. Idempotency keys and traces are left out. */
import type { LoggedEvent } from '@inventory/db/events.ts';
import { eventSchemas } from '@inventory/domain/events.ts';
import { z } from 'zod';
import { listOf } from '../http/endpoint/page.ts';

const types = Object.keys(eventSchemas);
export const eventType = z.string().refine((type) => types.includes(type), 'is no type of event')
  .meta({ example: 'stock.updated', enum: types });

/** Types in a query, with commas between them: as a list without repeats, in one order, so that a cursor fits however they are asked for. */
export const eventTypes = z.string().max(1000).transform((text) => [...new Set(text.split(','))].sort()).pipe(z.array(eventType).max(20))
  .meta({ description: `One type or several, with commas between them: ${types.join(', ')}`, example: 'stock.updated,reservation.confirmed', as: { type: 'string' } });

export const loggedEvent = z.object({
  id: z.uuid(),
  type: z.string(),
  schema_version: z.int(),
  position: z.int(),
  time: z.iso.datetime(),
  store_id: z.string(),
  aggregate_id: z.uuid(),
  stream_id: z.uuid(),
  stream_version: z.int().nullable(),
  actor: z.object({ id: z.string(), role: z.string() }).nullable(),
  request_id: z.string().nullable(),
  data: z.record(z.string(), z.unknown()),
}).meta({ id: 'Event' });

/** A page of the feed: its cursor is always there. */
export const feed = listOf(loggedEvent).extend({ next_cursor: z.string(), has_more: z.boolean() });

export const EVENT = {
  id: '01a20d19-1756-72d6-b15d-77c5f399fb03', type: 'stock.updated', schema_version: 1, position: 4711,
  time: '2026-11-24T10:28:00.098Z', store_id: 'MAD-001', aggregate_id: '807acc38-bad3-5a9b-af8c-889c493a3230',
  stream_id: '0b2fbd6e-57d7-4a53-a2b5-3f5fb1f5a1c3', stream_version: 7, actor: { id: 'vendor-789', role: 'vendor' },
  request_id: '01a20d19-1755-7b1c-8d55-0c5d3a9e7f10',
  data: {
    stock_id: '0b2fbd6e-57d7-4a53-a2b5-3f5fb1f5a1c3', product_id: '807acc38-bad3-5a9b-af8c-889c493a3230',
    store_id: 'MAD-001', quantity: 40, reserved: 2, available: 38, version: 7, delta: 20, reserved_delta: 0,
    reason: 'RESTOCK', user_id: 'vendor-789', reference: null, note: null, occurred_at: null,
  },
} as const;

const cause = z.object({
  actor: z.object({ id: z.string(), role: z.string() }).optional(),
  request_id: z.string().optional(),
});

export function eventBody(event: LoggedEvent) {
  const caused = cause.safeParse(event.metadata).data;
  return {
    id: event.id, type: event.event_type, schema_version: event.schema_version, position: event.position,
    time: event.timestamp.toISOString(), store_id: event.store_id, aggregate_id: event.aggregate_id,
    stream_id: event.stream_id, stream_version: event.stream_version, actor: caused?.actor ?? null,
    request_id: caused?.request_id ?? null, data: event.payload,
  };
}
