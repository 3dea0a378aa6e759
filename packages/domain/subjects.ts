/**
 * The one place where a NATS subject is made. The client writes a subject to the wire as it is, so a store_id with a space
 * or CRLF would forge a line of the protocol (docs/traps.md, 12). Here everything but a plain token throws.
 */
import { isEventType } from './events.ts';
import { isSubjectToken } from './values.ts';

/** The stream that the log is published to. */
export const STREAM = 'INVENTORY';

/** The subjects of all events. */
export const liveSubjects = ['stock.>', 'reservation.>', 'product.>', 'store.>', 'customer.>'] as const;

/**
 * Where an empty message goes that holds a sequence, so that the messages behind it regain theirs: the broker has lost what
 * was there, and it cannot be sent again. No consumer of events hears it.
 */
export const FILLER_SUBJECT = 'unpublishable';

/** Everything that the stream captures. */
export const streamSubjects = [...liveSubjects, FILLER_SUBJECT] as const;

/**
 * `stock.updated` of MAD-001 → `stock.updated.MAD-001`.
 * @throws {RangeError} when the type is unknown or the store id is not a plain token
 */
export function subjectOf(type: string, storeId: string): string {
  if (!isEventType(type)) throw new RangeError(`no subject for the event type ${JSON.stringify(type)}`);
  if (!isSubjectToken(storeId)) throw new RangeError(`no subject for the store id ${JSON.stringify(storeId)}`);
  return `${type}.${storeId}`;
}

const REPLAY_ID = /^[A-Za-z0-9]{1,40}$/;

function replayId(id: string): string {
  if (!REPLAY_ID.test(id)) throw new RangeError(`not a replay id: ${JSON.stringify(id)}`);
  return id;
}

/** The stream that one replay writes to. @throws {RangeError} on an id that is not letters and digits */
export function replayStream(id: string): string {
  return `REPLAY_${replayId(id)}`;
}

/** Every subject of one replay. @throws {RangeError} as above */
export function replaySubjects(id: string): string {
  return `replay.${replayId(id)}.>`;
}

/** The subject of one replayed event. @throws {RangeError} like subjectOf */
export function replaySubjectOf(id: string, type: string, storeId: string): string {
  return `replay.${replayId(id)}.${subjectOf(type, storeId)}`;
}

/** Where a replay puts the empty message that stands for an event which cannot be published. */
export function unpublishableSubjectOf(id: string): string {
  return `replay.${replayId(id)}.unpublishable`;
}
