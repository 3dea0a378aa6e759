/** From a stock change to a part of a command, and from a stock row to what clients see. */
import { available } from '@inventory/domain/availability.ts';
import type { AdjustStock, Stock } from '@inventory/domain/stock.ts';
import type { z } from 'zod';
import { labelOf } from '../commit/command.ts';
import type { Accepted, Answer, Part, PartResult } from '../commit/command.ts';
import type { Meant } from '../directory/named-product.ts';
import { json } from '../http/answer.ts';
import { versionTag } from '../http/endpoint/etag.ts';
import type { NamedStock } from './queries.ts';
import type { changedRow, StockChange, stockRow } from './schema.ts';

/**
 * A stock change as a part of a command.
 * @param meant the product that it names: a pack counts as the units in it
 * @param ifMatch the version of If-Match, where the body names none
 */
export function partOf(change: StockChange, { units, ...row }: Meant, ifMatch: number | undefined): Part {
  const adjust: AdjustStock = {
    type: 'adjust_stock', delta: change.quantity_change * units, reason: change.reason,
    expectedVersion: change.expected_version ?? ifMatch,
    reference: change.reference ?? null, note: change.note ?? null, occurredAt: change.occurred_at ?? null,
  };
  return { kind: 'stock', ...row, storeId: change.store_id, change: adjust };
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

/** A stock row after a change of it, with what people call its product. */
export function changedBody(result: PartResult): z.output<typeof changedRow> {
  const { sku, name } = labelOf(result);
  return { ...stockBody(result.stock), sku, product_name: name };
}

/** The answer to one stock change that was accepted: the row at its version. */
export function changed(accepted: Accepted): Answer {
  const result = onlyResult(accepted);
  const { stock } = result;
  return json(200, changedBody(result), { 'etag': versionTag(stock.version), 'x-stock-version': String(stock.version) });
}

export function namedBody(row: NamedStock) {
  return {
    product_id: row.product_id, store_id: row.store_id, quantity: row.quantity, reserved: row.reserved,
    available: row.quantity - row.reserved, version: row.version, sku: row.sku, product_name: row.product_name,
    updated_at: row.updated_at.toISOString(),
  };
}
