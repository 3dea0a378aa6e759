/** Replays as the api shows them, and the range of one as it is asked for: as `relay replay` does. */
import { parseBound, parseProducts, parseStores, parseTypes, RangeRefused } from '@inventory/db/operating/range.ts';
import type { ReplayRequest } from '@inventory/db/operating/replays.ts';
import { InventoryError } from '@inventory/domain/errors.ts';
import { z } from 'zod';

export const replay = z.object({
  id: z.string(),
  state: z.enum(['requested', 'running', 'interrupted', 'paused', 'done', 'cancelling', 'cancelled']),
  published: z.int(),
  total: z.int(),
  from_position: z.int(),
  to_position: z.int(),
  epoch: z.int(),
  specification: z.unknown().describe('As it was asked for'),
  digest: z.string().nullable().describe('SHA-256 over the ids of its events: equal digests mean equal replays'),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
  requested_by: z.string().nullable().describe('null where a command made it'),
  note: z.string().nullable(),
  detail: z.string().nullable().describe('Why it is paused, where it cannot go on by itself; or why the last attempt failed, where another one follows'),
  decisions: z.array(z.object({
    at: z.iso.datetime(), by: z.string(), via: z.enum(['api', 'command']), action: z.enum(['pause', 'resume', 'cancel']), note: z.string().nullable(),
  })).describe('Who paused, resumed or cancelled it, the newest first, at most ten'),
}).meta({ id: 'Replay' });

export const SAMPLE_REPLAY = {
  id: '4f1c09ab7e', state: 'done', published: 1204, total: 1204, from_position: 3510, to_position: 4713, epoch: 1,
  specification: { from: { kind: 'ago', seconds: 7200 }, filter: { types: ['stock.updated'] } },
  digest: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08', created_at: '2026-11-24T10:28:00.098Z',
  updated_at: '2026-11-24T10:28:02.411Z', requested_by: 'admin-1', note: 'for the new price service', detail: null, decisions: [],
} as const;

const bound = z.string().min(1).max(100).meta({ description: 'An RFC 3339 time, 90s | 15m | 2h | 7d ago, position:N, event:UUID, or beginning', example: '2h' });

/** Whether a range may be read from these strings is seen when it is read. */
const names = z.array(z.string().min(1).max(100)).min(1).max(50).optional();

export const rangeShape = {
  from: bound,
  to: bound.optional().describe('Inclusive; up to the settled position of the log where it is left out'),
  types: names.describe('Event types, or patterns such as stock.*'), stores: names, products: names,
};

/** A list in a query, with commas. */
const listed = z.string().min(1).max(2000).transform((text) => text.split(',')).pipe(z.array(z.string().min(1).max(100)).min(1).max(50))
  .optional().meta({ as: { type: 'string' } });
export const rangeQuery = z.strictObject({ from: bound, to: bound.optional(), types: listed, stores: listed, products: listed });

interface Asked {
  readonly from: string;
  readonly to?: string | undefined;
  readonly types?: readonly string[] | undefined;
  readonly stores?: readonly string[] | undefined;
  readonly products?: readonly string[] | undefined;
  readonly rate?: number | undefined;
  readonly max_bytes?: number | undefined;
}

/** What was refused as a range, as a fault of the request. */
export function refusedRange(error: unknown): unknown {
  if (!(error instanceof RangeRefused)) return error;
  const message = error.message.replaceAll('--', '');
  return new InventoryError('validation_failed', 'The range of the replay is refused: see errors.', { errors: [{ pointer: '', message }] }, error);
}

/** Reads a request, by the same rules as the command. @throws {InventoryError} validation_failed */
export function requestOf({ from, to, types, stores, products, rate, max_bytes: maxBytes }: Asked): ReplayRequest {
  try {
    return {
      from: parseBound('from', from), to: to === undefined ? undefined : parseBound('to', to), rate, maxBytes,
      filter: {
        ...(types === undefined ? {} : { types: parseTypes(types) }), ...(stores === undefined ? {} : { stores: parseStores(stores) }),
        ...(products === undefined ? {} : { products: parseProducts(products) }),
      },
    };
  } catch (error) {
    throw refusedRange(error);
  }
}
