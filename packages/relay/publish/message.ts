/**
 * An event as it goes over the wire: CloudEvents 1.0 in binary mode, the attributes in headers, the payload byte for
 * byte as the log holds it.
 */
import { ZodError } from 'zod';
import { dataSchemaOf } from '@inventory/domain/event-contract.ts';
import { readStoredEvent } from '@inventory/domain/events-stored.ts';
import { subjectOf } from '@inventory/domain/subjects.ts';

/** A row of the log with what a message is made of. */
export interface OutboxRow {
  readonly position: number;
  readonly id: string;
  readonly event_type: string;
  readonly store_id: string;
  readonly aggregate_id: string;
  /** The text of the jsonb, so that nothing is lost between the log and the wire. */
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

/** Why an event cannot be published, now or ever: what `relay_parked` keeps. */
export type Made = { readonly message: Message } | { readonly poison: string };

export interface MessageOptions {
  /** In bytes, headers included. */
  readonly maxPayload: number;
  /** Default the live subjects. @throws {RangeError} for what must not become a subject */
  readonly subjectFor?: (type: string, storeId: string) => string;
  /** Headers beside those of the event. */
  readonly marks?: readonly Header[];
}

// The client adds the chain's headers later: Nats-Expected-Stream and -Last-Sequence, about 90 bytes.
const CHAIN_BYTES = 128;
const TRACEPARENT = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/**
 * Makes the message of an event, or says why there can be none: no subject (TRAPS 12), an unknown shape, or more than
 * `maxPayload` bytes, which the client would throw at and the server answer by dropping the connection.
 */
export function makeMessage(row: OutboxRow, options: MessageOptions): Made {
  const { maxPayload, subjectFor = subjectOf, marks = [] } = options;
  let subject: string;
  try {
    subject = subjectFor(row.event_type, row.store_id);
  } catch (error) {
    return { poison: `subject refused: ${error instanceof Error ? error.message : String(error)}` };
  }
  const fault = faultOf(row);
  if (fault !== undefined) return { poison: `unknown shape: ${fault}` };
  const headers = [...cloudEventHeaders(row), ...marks];
  const data = Buffer.from(row.payload);
  const bytes = headers.reduce((sum, [name, value]) => sum + name.length + value.length + 4, data.length + CHAIN_BYTES);
  if (bytes > maxPayload) return { poison: `payload too large: ${bytes} bytes with headers, ${maxPayload} allowed` };
  return { message: { subject, headers, data } };
}

function cloudEventHeaders(row: OutboxRow): readonly Header[] {
  const headers: Header[] = [
    ['content-type', 'application/json'],
    ['ce-specversion', '1.0'],
    ['ce-id', row.id],
    ['ce-type', row.event_type],
    ['ce-source', '/inventory'],
    ['ce-subject', row.aggregate_id],
    ['ce-time', row.timestamp.toISOString()],
    ['ce-dataschema', dataSchemaOf(row.event_type, row.schema_version)],
    ['ce-partitionkey', row.stream_id],
    ['ce-sequence', String(row.position)],
  ];
  // It comes from a request's header, so it is looked at before it becomes one again.
  if (row.traceparent !== null && TRACEPARENT.test(row.traceparent)) headers.push(['ce-traceparent', row.traceparent]);
  return headers;
}

/** What keeps a row from being an event that somebody can read. */
function faultOf({ event_type: type, schema_version: version, payload, timestamp }: OutboxRow): string | undefined {
  // Postgres knows the instant `infinity`, which arrives as a number, and years that no Date can hold.
  if (!(timestamp instanceof Date) || Number.isNaN(timestamp.getTime())) return 'a time that no calendar has';
  try {
    // It goes out as it was written, with the schema of its version.
    readStoredEvent({ type, version, payload: JSON.parse(payload) });
    return undefined;
  } catch (error) {
    if (!(error instanceof ZodError)) return error instanceof Error ? error.message : String(error);
    const [issue] = error.issues;
    return issue === undefined ? 'invalid' : `${issue.path.join('.')} ${issue.message}`;
  }
}
