/**
 * An event as it goes over the wire: CloudEvents 1.0 in binary mode, its attributes in headers, its payload byte for byte
 * as it stands in the log.
 */
import { ZodError } from 'zod';
import { dataSchemaOf } from '@inventory/domain/event-contract.ts';
import { readStoredEvent } from '@inventory/domain/events-stored.ts';
import { subjectOf } from '@inventory/domain/subjects.ts';
import { SOURCE } from '../stream/claim.ts';

/** On what stands out of its order: it was published again. */
export const REPAIR: Header = ['Repair', 'true'];

/** A row of the log: what a message is made of. */
export interface OutboxRow {
  readonly position: number;
  readonly id: string;
  readonly event_type: string;
  readonly store_id: string;
  readonly aggregate_id: string;
  /** The text of the jsonb: nothing is lost between the log and the wire. */
  readonly payload: string;
  readonly timestamp: Date;
  readonly stream_id: string;
  readonly schema_version: number;
  readonly traceparent: string | null;
}

export type Header = readonly [name: string, value: string];

export interface Message {
  readonly subject: string;
  readonly headers: readonly Header[];
  readonly data: Uint8Array;
}

/** A message, or why there can be none: the reason that `relay_parked` keeps. */
type Made = { readonly message: Message } | { readonly unpublishable: string };

interface MessageOptions {
  /** In bytes, headers included. */
  readonly maxPayload: number;
  /** That of the log. */
  readonly epoch: number;
  /** The live subjects where it is left out. @throws {RangeError} for what must not become a subject */
  readonly subjectFor?: (type: string, storeId: string) => string;
  /** Headers in addition to those of the event. */
  readonly marks?: readonly Header[];
}

// The chain adds its headers later: Nats-Expected-Stream and -Last-Sequence, about 90 bytes.
const CHAIN_BYTES = 128;
const TRACEPARENT = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/**
 * Makes the message of an event, or says why there can be none: no subject (docs/traps.md, 12), an unknown shape, or more
 * than `maxPayload` bytes, at which the client throws and the server drops the connection.
 */
export function makeMessage(row: OutboxRow, options: MessageOptions): Made {
  const { maxPayload, epoch, subjectFor = subjectOf, marks = [] } = options;
  let subject: string;
  try {
    subject = subjectFor(row.event_type, row.store_id);
  } catch (error) {
    return { unpublishable: `subject refused: ${error instanceof Error ? error.message : String(error)}` };
  }
  const fault = faultOf(row);
  if (fault !== undefined) return { unpublishable: `unknown shape: ${fault}` };
  const headers = [...cloudEventHeaders(row, epoch), ...marks];
  const data = Buffer.from(row.payload);
  const bytes = headers.reduce((sum, [name, value]) => sum + name.length + value.length + 4, data.length + CHAIN_BYTES);
  if (bytes > maxPayload) return { unpublishable: `payload too large: ${bytes} bytes with headers, ${maxPayload} allowed` };
  return { message: { subject, headers, data } };
}

function cloudEventHeaders(row: OutboxRow, epoch: number): readonly Header[] {
  const headers: Header[] = [
    ['content-type', 'application/json'],
    ['ce-specversion', '1.0'],
    ['ce-id', row.id],
    ['ce-type', row.event_type],
    ['ce-source', SOURCE],
    ['ce-subject', row.aggregate_id],
    ['ce-time', row.timestamp.toISOString()],
    ['ce-dataschema', dataSchemaOf(row.event_type, row.schema_version)],
    ['ce-partitionkey', row.stream_id],
    ['ce-sequence', String(row.position)],
    ['ce-epoch', String(epoch)],
  ];
  // It came in a request's header, so it is checked before it becomes a header again.
  if (row.traceparent !== null && TRACEPARENT.test(row.traceparent)) headers.push(['ce-traceparent', row.traceparent]);
  return headers;
}

/** What keeps a row from being an event that consumers can read; undefined when nothing does. */
function faultOf({ event_type: type, schema_version: version, payload, timestamp }: OutboxRow): string | undefined {
  // Postgres knows the instant `infinity`, which arrives as a number, and years that a Date cannot hold.
  if (!(timestamp instanceof Date) || Number.isNaN(timestamp.getTime())) return 'a time that no calendar has';
  try {
    // It is published as it was written, with the schema of its version.
    readStoredEvent({ type, version, payload: JSON.parse(payload) });
    return undefined;
  } catch (error) {
    if (!(error instanceof ZodError)) return error instanceof Error ? error.message : String(error);
    const [issue] = error.issues;
    return issue === undefined ? 'invalid' : `${issue.path.join('.')} ${issue.message}`;
  }
}
