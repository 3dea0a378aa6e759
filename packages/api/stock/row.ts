/** From a stock change to a part of a command, and from a stock row to what clients see. */
import { available } from '@inventory/domain/availability.ts';
import type { AdjustStock, Stock } from '@inventory/domain/stock.ts';
import type { z } from 'zod';
import type { Accepted, Answer, Part, PartResult } from '../commit/command.ts';
import { json } from '../http/answer.ts';
import { versionTag } from '../http/endpoint/etag.ts';
import type { NamedStock } from './queries.ts';
import type { StockChange, stockRow } from './schema.ts';

/** A stock change as a part of a command. @param ifMatch the version of If-Match, where the body names none */
export function partOf(change: StockChange, ifMatch: number | undefined): Part {
  const adjust: AdjustStock = {
    type: 'adjust_stock', delta: change.quantity_change, reason: change.reason,
    expectedVersion: change.expected_version ?? ifMatch,
    reference: change.reference ?? null, note: change.note ?? null, occurredAt: change.occurred_at ?? null,
  };
  return { kind: 'stock', productId: change.product_id, storeId: change.store_id, change: adjust };
}

export function stockBody(stock: Stock): z.output<typeof stockRow> {
  return {
    product_id: stock.productId, store_id: stock.storeId, quantity: stock.quantity, reserved: stock.reserved,
    available: available(stock), version: stock.version,
  };
}

/** What a command of one part has left behind. @throws {Error} where that is nothing */
export function onlyResult({ results: [result] }: Accepted): PartResult {
  if (result === undefined) throw new Error('an accepted command without a result');
  return result;
}

/** The answer to one stock change that was accepted: the row at its version. */
export function changed(accepted: Accepted): Answer {
  const { stock } = onlyResult(accepted);
  return json(200, stockBody(stock), { 'etag': versionTag(stock.version), 'x-stock-version': String(stock.version) });
}

export function namedBody(row: NamedStock) {
  return {
    product_id: row.product_id, store_id: row.store_id, quantity: row.quantity, reserved: row.reserved,
    available: row.quantity - row.reserved, version: row.version, sku: row.sku, product_name: row.product_name,
    updated_at: row.updated_at.toISOString(),
  };
}
