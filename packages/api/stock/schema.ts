/** What a change of stock says, and a stock row as clients see it. */
import { stockReasons } from '@inventory/domain/events.ts';
import { available } from '@inventory/domain/availability.ts';
import type { Stock } from '@inventory/domain/stock.ts';
import { instant, MAX_CHANGE, note, reference, storeId, text, uuid } from '@inventory/domain/values.ts';
import { z } from 'zod';
import { versionTag } from '../http/endpoint/etag.ts';

/** Optional, and then it must be the token's: it is the seed's, and nobody writes in another's name. */
export const userId = text(100).optional();

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
  occurred_at: instant.optional(),
};

export const stockRow = z.object({
  product_id: z.uuid(),
  store_id: z.string(),
  quantity: z.int(),
  reserved: z.int(),
  available: z.int(),
  version: z.int(),
}).meta({ id: 'StockRow' });

export const byRow = z.object({ store: storeId, product: uuid });

export const SAMPLE = { product_id: '807acc38-bad3-5a9b-af8c-889c493a3230', store_id: 'MAD-001' } as const;
export const SAMPLE_ROW = { ...SAMPLE, quantity: 40, reserved: 2, available: 38, version: 7 } as const;

export function stockBody(stock: Stock): z.output<typeof stockRow> {
  return {
    product_id: stock.productId, store_id: stock.storeId, quantity: stock.quantity, reserved: stock.reserved,
    available: available(stock), version: stock.version,
  };
}

/** The headers of an answer that shows one row at one version. */
export function stockHeaders({ version }: Stock): Readonly<Record<string, string>> {
  return { 'etag': versionTag(version), 'x-stock-version': String(version) };
}
