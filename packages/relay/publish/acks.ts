/**
 * Publishes a batch of messages and hears what became of each. The client's own `js.publish` makes a promise, a timer and
 * two errors with their stacks for every message. Here a batch has one promise and one timer, and all batches of a
 * connection share the subscription on which acknowledgements arrive [4 in place of 40 µs a message: docs/decisions/0021].
 */
import { ErrorCode, Events, MsgHdrsImpl, NatsError, createInbox } from 'nats';
import type { ApiError, Msg, NatsConnection } from 'nats';
import type { Header } from './message.ts';

/** A message as it goes to the wire. */
export interface Frame {
  readonly subject: string;
  readonly headers: readonly Header[];
  readonly data: Uint8Array;
}

/** The stream has the message, at this sequence. */
interface Ack {
  readonly seq: number;
  /** The stream had it before, and has dropped this copy. */
  readonly duplicate: boolean;
}

export type Answer = Ack | Error;

/** Messages that are on their way, by their place in the batch. */
interface Batch {
  readonly subjects: string[];
  readonly answers: (Answer | undefined)[];
  answer(nth: number, answer: Answer): void;
}

interface Inbox {
  readonly subject: string;
  /** By a number that is never used again, so an answer that comes too late belongs to no batch. */
  readonly batches: Map<number, Batch>;
  last: number;
}

/**
 * Publishes in order and waits for all answers, at most `timeoutMs` from the last message on. When the client does not
 * send a message (it is too large, or the connection is closed), the error is its answer, and nothing after it is sent.
 * @returns the answer to each message that was tried, in order. Never rejects.
 */
export async function publishFrames(
  nats: NatsConnection,
  frames: Iterable<Frame>,
  { timeoutMs }: { readonly timeoutMs: number },
): Promise<readonly Answer[]> {
  const inbox = inboxOf(nats);
  const number = inbox.last += 1;
  const { promise: allAnswered, resolve } = Promise.withResolvers<undefined>();
  const answers: (Answer | undefined)[] = [];
  let sending = true;
  let missing = 0;
  const batch: Batch = {
    subjects: [],
    answers,
    answer(nth, answer) {
      // A second answer to a message says nothing new, and nobody sent the message that an unknown number means.
      if (nth >= answers.length || answers[nth] !== undefined) return;
      answers[nth] = answer;
      missing -= 1;
      if (missing === 0 && !sending) resolve(undefined);
    },
  };
  inbox.batches.set(number, batch);
  const wire = new WireHeaders();
  for (const { subject, headers, data } of frames) {
    const nth = answers.push(undefined) - 1;
    batch.subjects.push(subject);
    missing += 1;
    try {
      wire.bytes = encodeHeaders(headers);
      nats.publish(subject, data, { headers: wire, reply: `${inbox.subject}.${number}.${nth}` });
    } catch (error) {
      batch.answer(nth, error instanceof Error ? error : new Error(String(error)));
      break;
    }
  }
  sending = false;
  if (missing === 0) resolve(undefined);
  const late = setTimeout(() => {
    for (const nth of answers.keys()) batch.answer(nth, NatsError.errorForCode(ErrorCode.Timeout));
  }, timeoutMs);
  await allAnswered;
  clearTimeout(late);
  inbox.batches.delete(number);
  return answers.filter((answer) => answer !== undefined);
}

// After a reconnect the client subscribes again by itself: an inbox lives as long as its connection.
const inboxes = new WeakMap<NatsConnection, Inbox>();

function inboxOf(nats: NatsConnection): Inbox {
  const known = inboxes.get(nats);
  if (known !== undefined) return known;
  const inbox: Inbox = { subject: createInbox(), batches: new Map(), last: 0 };
  inboxes.set(nats, inbox);
  nats.subscribe(`${inbox.subject}.*.*`, {
    callback(error, message) {
      if (error === null) receive(inbox, message);
      else for (const { answers, answer } of inbox.batches.values()) for (const nth of answers.keys()) answer(nth, error);
    },
  });
  followRefusals(nats, inbox).catch(() => undefined);
  return inbox;
}

function receive({ subject, batches }: Inbox, message: Msg): void {
  const token = message.subject.slice(subject.length + 1);
  const dot = token.indexOf('.');
  batches.get(Number(token.slice(0, dot)))?.answer(Number(token.slice(dot + 1)), answerIn(message));
}

/** Without permission for a subject there is no answer, but an error of the connection, which names the subject. */
async function followRefusals(nats: NatsConnection, { batches }: Inbox): Promise<void> {
  for await (const { type, data, permissionContext: context } of nats.status()) {
    if (type !== Events.Error || data !== String(ErrorCode.PermissionsViolation)) continue;
    if (context?.operation !== 'publish') continue;
    const refused = new NatsError(`no permission to publish to ${context.subject}`, ErrorCode.PermissionsViolation);
    for (const { subjects, answer } of batches.values()) {
      for (const [nth, subject] of subjects.entries()) if (subject === context.subject) answer(nth, refused);
    }
  }
}

/** The answer of JetStream, or of the server where no stream takes the subject. */
function answerIn(message: Msg): Answer {
  if (message.data.length === 0) {
    const none = message.headers?.code === 503;
    return NatsError.errorForCode(none ? ErrorCode.NoResponders : ErrorCode.JetStreamInvalidAck);
  }
  let said: { readonly stream?: unknown; readonly seq?: unknown; readonly duplicate?: unknown; readonly error?: ApiError };
  try {
    said = JSON.parse(message.string());
  } catch (error) {
    return NatsError.errorForCode(ErrorCode.JetStreamInvalidAck, error instanceof Error ? error : undefined);
  }
  const { stream, seq, duplicate, error } = said;
  if (error !== undefined) {
    const refused = new NatsError(error.description, String(error.code));
    refused.api_error = error;
    return refused;
  }
  if (typeof seq !== 'number' || typeof stream !== 'string' || stream === '') {
    return NatsError.errorForCode(ErrorCode.JetStreamInvalidAck);
  }
  return { seq, duplicate: duplicate === true };
}

const LINE_END = /[\r\n]/;

/** @throws {NatsError} for a line break, which would begin a header or a message of its own (docs/traps.md, 12) */
function encodeHeaders(headers: readonly Header[]): Uint8Array {
  let text = 'NATS/1.0\r\n';
  for (const [name, value] of headers) {
    if (LINE_END.test(name) || LINE_END.test(value)) throw NatsError.errorForCode(ErrorCode.BadHeader);
    text += `${name}: ${value}\r\n`;
  }
  return Buffer.from(`${text}\r\n`);
}

/** Headers that are encoded already. The client asks for the bytes before `publish` returns, so one object serves a batch. */
class WireHeaders extends MsgHdrsImpl {
  bytes: Uint8Array = new Uint8Array();

  override encode(): Uint8Array {
    return this.bytes;
  }
}
