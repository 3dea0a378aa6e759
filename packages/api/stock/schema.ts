/** A stock change as requests bring it, and a stock row as answers show it. */
import { stockReasons } from '@inventory/domain/events.ts';
import { shortfallRules } from '@inventory/domain/stock.ts';
import { MAX_CHANGE, MAX_QUANTITY, note, reference, storeId, uuid } from '@inventory/domain/values.ts';
import { z } from 'zod';
import { ONE_NAME, oneName, productName } from '../directory/named-product.ts';
import { occurredAt } from '../http/body-members.ts';
import { heldLine } from '../http/held-line.ts';
import { reservation } from '../reservations/schema.ts';
import { movement } from './movement.ts';

/** Units on a shelf. */
export const found = z.int().min(0).max(MAX_QUANTITY);
export const onShortfall = z.enum(shortfallRules);
export const expectedVersion = z.int().min(0).max(2_147_483_647);

/** One change of one stock row: the whole of `POST /stock`, an item of a batch. */
export const stockChange = {
  ...productName,
  store_id: storeId,
  quantity_change: z.int().min(-MAX_CHANGE).max(MAX_CHANGE).refine((n) => n !== 0, 'must not be 0')
    .meta({ not: { const: 0 } }),
  reason: z.enum(stockReasons),
  expected_version: expectedVersion.optional(),
  reference: reference.optional(),
  note: note.optional(),
  occurred_at: occurredAt.optional(),
};
export const stockChangeItem = z.strictObject(stockChange).check(oneName).meta(ONE_NAME);
export type StockChange = z.output<typeof stockChangeItem>;

export const stockRow = z.object({
  product_id: z.uuid(),
  store_id: z.string(),
  quantity: z.int(),
  reserved: z.int(),
  available: z.int(),
  version: z.int(),
}).meta({ id: 'StockRow' });

/** What a change answers. */
export const changedRow = stockRow.extend({ sku: z.string(), product_name: z.string() }).meta({ id: 'ChangedStockRow' });

export const namedRow = stockRow.extend({ sku: z.string(), product_name: z.string(), updated_at: z.iso.datetime() })
  .meta({ id: 'NamedStockRow' });

/** A row that was counted, with the holds that the count has ended where it was allowed to. */
export const countedRow = changedRow.extend({ released: z.array(reservation).optional() }).meta({ id: 'CountedStockRow' });

/** An item of a batch that was done, and one that was refused. */
const done = countedRow.extend({ index: z.int(), status: z.literal(200) });
const refused = z.object({
  index: z.int(),
  status: z.int(),
  code: z.string(),
  title: z.string(),
  detail: z.string(),
  product_id: z.uuid().optional(),
  sku: z.string().optional(),
  barcode: z.string().optional(),
  store_id: z.string(),
  lines: z.array(z.object({
    index: z.int(), product_id: z.uuid(), store_id: z.string(), requested: z.int(), available: z.int(),
  })).optional(),
  holds: z.array(heldLine).optional(),
  current_version: z.int().optional(),
  current_quantity: z.int().optional(),
  current_reserved: z.int().optional(),
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
export const SAMPLE_CHANGED = { ...SAMPLE_ROW, sku: 'SKU-0001', product_name: 'Laptop HP' } as const;
export const SAMPLE_NAMED = {
  ...SAMPLE_CHANGED, updated_at: '2026-11-24T10:28:00.098Z',
} as const;
