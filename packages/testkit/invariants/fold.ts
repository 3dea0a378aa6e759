/** I6: the fold of a row's events, by the domain's own rules, is the row and its reservations, field by field. */
import type { Snapshot } from '@inventory/db/testing/snapshot.ts';
import { isStockRowEvent } from '@inventory/domain/events.ts';
import { readStoredEvent } from '@inventory/domain/events-stored.ts';
import type { History } from '@inventory/domain/events-stored.ts';
import type { Folded, Folding } from '@inventory/domain/testing/fold.ts';
import { startFold } from '@inventory/domain/testing/fold.ts';
import type { Reservation } from '@inventory/domain/reservation.ts';
import { z } from 'zod';
import type { Violation } from './violation.ts';
import { MAX_VIOLATIONS } from './violation.ts';

const PAGE = 2_000;
/** Rows that are compared at once: no index leads to the reservations of a stock row, so each time reads all of them. */
const COMPARED_TOGETHER = 20_000;

/** A stream folded to its end, or the reason why it cannot be. */
interface FoldedStream {
  readonly id: string;
  readonly folding: Folding;
  /** The customers' ids of holds that were made by an event of version 1, which has no ref. */
  readonly named: Map<string, string>;
  fault: string | undefined;
}

interface EventRow {
  readonly stream_id: string;
  readonly stream_version: string | number;
  readonly event_type: string;
  readonly schema_version: string | number;
  readonly payload: unknown;
}

/** One pass over the log in stream order; streams are compared with their rows some thousands at a time. */
export async function checkFold(snapshot: Snapshot, history?: History): Promise<readonly Violation[]> {
  const violations: Violation[] = [];
  let open: FoldedStream | undefined;
  let ended: FoldedStream[] = [];
  let rows = 0;
  const end = (stream: FoldedStream): void => {
    ended.push(stream);
    rows += 1 + stream.folding.reservations.size;
  };
  let cursor: { readonly stream: string; readonly version: string | number } = {
    stream: '00000000-0000-0000-0000-000000000000', version: 0,
  };
  for (;;) {
    const page = await snapshot.query<EventRow>(`
      SELECT stream_id, stream_version, event_type, schema_version, payload FROM events
      WHERE (stream_id, stream_version) > ($1, $2) AND stream_version IS NOT NULL
      ORDER BY stream_id, stream_version LIMIT ${PAGE}`, [cursor.stream, cursor.version]);
    for (const row of page) {
      if (row.event_type !== 'stock.updated' && !row.event_type.startsWith('reservation.')) continue;
      if (row.stream_id !== open?.id) {
        if (open !== undefined) end(open);
        open = { id: row.stream_id, folding: startFold(), named: new Map(), fault: undefined };
      }
      feed(open, row, history);
    }
    const last = page.length < PAGE;
    if (last && open !== undefined) end(open);
    if (last || rows >= COMPARED_TOGETHER) {
      violations.push(...await compare(snapshot, ended));
      [ended, rows] = [[], 0];
    }
    const newest = page.at(-1);
    if (last || newest === undefined || violations.length >= MAX_VIOLATIONS) return violations.slice(0, MAX_VIOLATIONS);
    cursor = { stream: newest.stream_id, version: newest.stream_version };
  }
}

function feed(stream: FoldedStream, row: EventRow, history: History | undefined): void {
  if (stream.fault !== undefined) return;
  try {
    const { event_type: type, schema_version: version, payload } = row;
    const event = readStoredEvent({ type, version: Number(version), payload }, history);
    if (!isStockRowEvent(event)) throw new Error(`${event.type} has a version`);
    stream.folding.add(event);
    const { data } = byName.safeParse(payload);
    if (type === 'reservation.created' && data !== undefined) stream.named.set(data.reservation_id, data.customer_id);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    stream.fault = `cannot be folded at version ${row.stream_version}: ${reason}`;
  }
}

const byName = z.object({ reservation_id: z.string(), customer_id: z.string() });

type Fields = Readonly<Record<string, string | number | boolean | null>>;

// Milliseconds with their fraction: a row that is finer than its event is not equal to it.
const STOCK = `SELECT id, jsonb_build_object('product_id', product_id, 'store_id', store_id, 'quantity', quantity,
  'reserved', reserved, 'version', version) AS fields FROM stock WHERE id = ANY ($1)`;
const RESERVATIONS = `SELECT stock_id, id, jsonb_build_object('stock_id', stock_id, 'product_id', product_id,
  'store_id', store_id, 'customer_id', customer_id, 'customer_ref', customer_ref, 'quantity', quantity, 'status', status,
  'expires_at', (extract(epoch FROM expires_at) * 1000)::float8,
  'created_at', (extract(epoch FROM created_at) * 1000)::float8,
  'created_by', created_by, 'batch_id', batch_id, 'reference', reference, 'confirmed_quantity', confirmed_quantity,
  'closed_at', (extract(epoch FROM closed_at) * 1000)::float8, 'returned_quantity', returned_quantity,
  'forgotten', (SELECT c.erased_at IS NOT NULL FROM customers c WHERE c.ref = customer_ref)) AS fields
  FROM reservations WHERE stock_id = ANY ($1)`;

async function compare(snapshot: Snapshot, streams: readonly FoldedStream[]): Promise<readonly Violation[]> {
  if (streams.length === 0) return [];
  const ids = streams.map(({ id }) => id);
  const stock = new Map((await snapshot.query<{ id: string; fields: Fields }>(STOCK, [ids]))
    .map((row) => [row.id, row.fields]));
  const reservations = Map.groupBy(
    await snapshot.query<{ stock_id: string; id: string; fields: Fields }>(RESERVATIONS, [ids]),
    ({ stock_id }) => stock_id,
  );
  return streams.flatMap(({ id, folding, named, fault }) => {
    const subject = `stock ${id}`;
    if (fault !== undefined) return [{ invariant: 'I6', subject, detail: fault }];
    const rows = new Map(reservations.get(id)?.map((row) => [row.id, row.fields]));
    return [
      ...differences(subject, stockFields(folding), stock.get(id)),
      ...[...folding.reservations].flatMap(([reservation, folded]) =>
        differences(`reservation ${reservation}`, remembered(reservationFields(folded, named.get(reservation)), rows.get(reservation)), rows.get(reservation))),
    ];
  });
}

function stockFields({ stock }: Folded): Fields {
  if (stock === undefined) return {};
  const { productId, storeId, quantity, reserved, version } = stock;
  return { product_id: productId, store_id: storeId, quantity, reserved, version };
}

function reservationFields(folded: Reservation, customerId: string | undefined): Fields {
  return {
    stock_id: folded.stockId, product_id: folded.productId, store_id: folded.storeId,
    ...(customerId === undefined ? { customer_ref: folded.customerRef } : { customer_id: customerId }),
    quantity: folded.quantity, status: folded.status, expires_at: folded.expiresAt.getTime(),
    created_at: folded.createdAt.getTime(), created_by: folded.createdBy, batch_id: folded.batchId,
    reference: folded.reference, confirmed_quantity: folded.status === 'CONFIRMED' ? folded.confirmedQuantity : null,
    closed_at: folded.status === 'PENDING' ? null : folded.closedAt.getTime(),
    returned_quantity: folded.status === 'CONFIRMED' ? folded.returnedQuantity : 0,
  };
}

/** What a row is to have: that of an erased customer may have lost its reference, which the log keeps. */
function remembered(fields: Fields, row: Fields | undefined): Fields {
  return row?.['forgotten'] === true && row['reference'] === null ? { ...fields, reference: null } : fields;
}

function differences(subject: string, folded: Fields, row: Fields | undefined): readonly Violation[] {
  if (row === undefined) return [{ invariant: 'I6', subject, detail: 'events without a row' }];
  const unequal = Object.keys(folded).filter((name) => folded[name] !== row[name]);
  if (unequal.length === 0) return [];
  const detail = unequal.map((name) => `${name} is ${row[name] ?? null}, the events say ${folded[name] ?? null}`);
  return [{ invariant: 'I6', subject, detail: detail.join('; ') }];
}
