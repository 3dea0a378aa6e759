/** A stock change as requests bring it, and a stock row as answers show it. */
import { stockReasons } from '@inventory/domain/events.ts';
import { identifier, instant, MAX_CHANGE, note, reference, storeId, uuid } from '@inventory/domain/values.ts';
import { z } from 'zod';
import { movement } from './movement.ts';

/** A member of the seed. Where it is given, it must be the user of the token. */
export const userId = identifier(100).optional();

const EARLIEST = Date.parse('2000-01-01T00:00:00Z');
const AHEAD_MS = 86_400_000;

/**
 * When it happened in the store. A till may be late by years and its clock may be ahead, but what lies before 2000 or more
 * than a day ahead is a mistake, and would stand in the log for good.
 */
export const occurredAt = instant.refine((time) => {
  const at = Date.parse(time);
  return at >= EARLIEST && at <= Date.now() + AHEAD_MS;
}, 'must lie between the year 2000 and a day ahead of now');

/** One change of one stock row: the whole of `POST /stock`, an item of a batch. */
export const stockChange = {
  product_id: uuid,
  store_id: storeId,
  quantity_change: z.int().min(-MAX_CHANGE).max(MAX_CHANGE).refine((n) => n !== 0, 'must not be 0')
    .meta({ not: { const: 0 } }),
  reason: z.enum(stockReasons),
  expected_version: z.int().min(0).max(2_147_483_647).optional(),
  reference: reference.optional(),
  note: note.optional(),
  occurred_at: occurredAt.optional(),
};
export const stockChangeItem = z.strictObject(stockChange);
export type StockChange = z.output<typeof stockChangeItem>;

export const stockRow = z.object({
  product_id: z.uuid(),
  store_id: z.string(),
  quantity: z.int(),
  reserved: z.int(),
  available: z.int(),
  version: z.int(),
}).meta({ id: 'StockRow' });

export const namedRow = stockRow.extend({ sku: z.string(), product_name: z.string(), updated_at: z.iso.datetime() })
  .meta({ id: 'NamedStockRow' });

/** An item of a batch that was done, and one that was refused. */
const done = stockRow.extend({ index: z.int(), status: z.literal(200) });
const refused = z.object({
  index: z.int(),
  status: z.int(),
  code: z.string(),
  title: z.string(),
  detail: z.string(),
  product_id: z.uuid(),
  store_id: z.string(),
  lines: z.array(z.object({
    index: z.int(), product_id: z.uuid(), store_id: z.string(), requested: z.int(), available: z.int(),
  })).optional(),
  current_version: z.int().optional(),
  current_quantity: z.int().optional(),
});

export const atomicAnswer = z.object({ mode: z.literal('atomic'), items: z.array(done) });
export const partialAnswer = z.object({
  mode: z.literal('partial'), succeeded: z.int(), failed: z.int(), items: z.array(z.union([done, refused])),
});

export const state = z.object({ quantity: z.int(), reserved: z.int(), available: z.int(), version: z.int() });

export const explanation = stockRow.extend({
  opening: state,
  totals: z.array(z.object({
    type: z.string(), reason: z.string().nullable(), events: z.int(), delta: z.int(), reserved_delta: z.int(),
  })),
  chain: z.array(movement),
  folded: state,
  open_holds: z.array(z.object({
    reservation_id: z.uuid(), customer_id: z.string().nullable(), customer_ref: z.uuid().nullable().optional(),
    created_by: z.string().nullable(), quantity: z.int(),
    expires_at: z.iso.datetime(), lapsed: z.boolean(), batch_id: z.uuid().nullable(), reference: z.string().nullable(),
  })),
  held_units: z.int(),
  agrees: z.boolean(),
  disagreement: z.string().optional(),
});

export const byRow = z.object({ store: storeId, product: uuid });

export const SAMPLE = { product_id: '807acc38-bad3-5a9b-af8c-889c493a3230', store_id: 'MAD-001' } as const;
export const SAMPLE_ROW = { ...SAMPLE, quantity: 40, reserved: 2, available: 38, version: 7 } as const;
export const SAMPLE_NAMED = {
  ...SAMPLE_ROW, sku: 'SKU-0001', product_name: 'Laptop HP', updated_at: '2026-11-24T10:28:00.098Z',
} as const;
