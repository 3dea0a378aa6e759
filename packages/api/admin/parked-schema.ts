/** Parked events as the api shows them: as `relay parked ls --json` does. */
import { text, uuid } from '@inventory/domain/values.ts';
import { z } from 'zod';

export const parkedEvent = z.object({
  event_id: z.uuid(),
  state: z.enum(['parked', 'skipped']),
  reason: z.string().describe('Why it cannot be published; its kind stands before the first colon'),
  event_type: z.string(),
  store_id: z.string(),
  position: z.int(),
  stream_id: z.uuid(),
  stream_version: z.int().nullable(),
  time: z.string().describe('When it happened, as PostgreSQL writes it: an event may be parked for an instant that no calendar has'),
  parked_at: z.iso.datetime(),
  resolved_at: z.iso.datetime().nullable(),
  resolved_by: z.string().nullable(),
  waiting: z.int().describe('Later events of its stream that it holds up'),
});

export const SAMPLE_PARKED = {
  event_id: '0198c2f2-6b0a-7cc3-9d5b-0d1f7c3a8e11', state: 'parked', reason: 'payload too large: 1200345 bytes with headers, 1048576 allowed',
  event_type: 'stock.updated', store_id: 'MAD-001', position: 4711, stream_id: '01a20d19-1756-72d6-b15d-77c5f399fb03', stream_version: 17,
  time: '2026-11-24 10:27:31.402+00', parked_at: '2026-11-24T10:27:31.498Z', resolved_at: null, resolved_by: null, waiting: 2,
} as const;

export const parkedFilter = z.strictObject({
  event_ids: z.array(uuid).min(1).max(500).optional(),
  reason: text(500).optional().describe('The kind of the reason: its text before the first colon'),
  type: text(100).optional(),
  store_id: text(100).optional(),
}).meta({ id: 'ParkedFilter', description: 'What a member is left out for is not asked; {} is all that is parked' });
