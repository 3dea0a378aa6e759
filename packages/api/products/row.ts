/** A product as it is stored, as its events carry it, and as clients see it. */
import { storedIdentifiers } from '@inventory/domain/barcodes.ts';
import type { Payload } from '@inventory/domain/events.ts';
import { unitOf } from '@inventory/domain/limits.ts';

export interface ProductRow {
  readonly id: string;
  readonly sku: string;
  readonly name: string;
  readonly description: string | null;
  readonly category: string | null;
  /** A decimal string with two places: money is never a float. */
  readonly price: string;
  readonly version: number;
  readonly archived_at: Date | null;
  readonly created_at: Date;
  readonly updated_at: Date;
  /** A list of codes, as jsonb. */
  readonly identifiers: unknown;
  readonly unit: string;
  readonly display_exponent: number;
}

export function productPayload(row: ProductRow): Payload<'product.updated'> {
  const { id, sku, name, description, category, price, version, identifiers, unit, display_exponent } = row;
  return {
    product_id: id, sku, name, description, category, price, version,
    identifiers: storedIdentifiers.parse(identifiers), unit: unitOf(unit), display_exponent,
  };
}

export function productBody(row: ProductRow) {
  return {
    ...productPayload(row),
    archived_at: row.archived_at === null ? null : row.archived_at.toISOString(),
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  };
}
