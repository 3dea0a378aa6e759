/**
 * The chain. Messages are pipelined, and each names the sequence that must be the stream's last when it arrives: base,
 * base + 1, base + 2 … The broker refuses any message that is not the successor. So a hole stops everything behind it, and
 * a relay that was frozen and wakes up with an old batch is refused. [The two headers cost nothing that could be measured.]
 *
 * An acknowledgement counts only when its sequence is the predicted one, and when all before it count. After any other
 * outcome (a refusal, a time-out, a lost connection) the rest is unknown, and the tail of the stream is read before
 * anything is sent again.
 */
import { SpanKind, traceBatch } from '@inventory/runtime/tracing.ts';
import type { NatsConnection } from 'nats';
import { publishFrames } from './acks.ts';
import type { Frame } from './acks.ts';
import type { Header, Message } from './message.ts';

export interface Publisher {
  readonly nats: NatsConnection;
  readonly stream: string;
  /** False only in tests, to see what happens without the chain. */
  readonly chained: boolean;
  readonly timeoutMs: number;
}

/** How long an acknowledgement may take, from the last message of a batch on. */
const PUBLISH_TIMEOUT_MS = 2000;

/** A publisher that chains its messages. */
export function publisherTo(nats: NatsConnection, stream: string): Publisher {
  return { nats, stream, chained: true, timeoutMs: PUBLISH_TIMEOUT_MS };
}

export interface PublishOutcome {
  /** Messages, from the first on, that are in the stream at base + 1, base + 2 … */
  readonly accepted: number;
  /** The outcome of the first message that is not known to be there; undefined when all are there. */
  readonly failure: unknown;
}

/** Publishes the messages in order behind sequence `base`. Never rejects. Bounded by the publisher's timeout. */
export function publishChained(publisher: Publisher, messages: readonly Message[], base: number): Promise<PublishOutcome> {
  return traceBatch({
    name: `send ${publisher.stream}`,
    kind: SpanKind.PRODUCER,
    attributes: {
      'messaging.system': 'nats', 'messaging.operation.name': 'publish', 'messaging.operation.type': 'send',
      'messaging.destination.name': publisher.stream, 'messaging.batch.message_count': messages.length,
    },
    // Those of the requests that the events came from, as each message carries them.
    traceparents: () => messages.map(({ headers }) => headers.find(([name]) => name === 'ce-traceparent')?.[1]),
  }, () => publishAll(publisher, messages, base));
}

async function publishAll(publisher: Publisher, messages: readonly Message[], base: number): Promise<PublishOutcome> {
  const answers = await publishFrames(publisher.nats, chain(publisher, messages, base), publisher);
  let accepted = 0;
  for (const answer of answers) {
    if (answer instanceof Error) return { accepted, failure: answer };
    if (answer.duplicate || (publisher.chained && answer.seq !== base + accepted + 1)) {
      return { accepted, failure: new UnexpectedSequence(base + accepted + 1, answer.seq) };
    }
    accepted += 1;
  }
  return { accepted, failure: undefined };
}

/** The messages with what each expects of the stream: its name, and the sequence of the predecessor. */
function* chain({ stream, chained }: Publisher, messages: readonly Message[], base: number): Generator<Frame> {
  const toStream: Header = ['Nats-Expected-Stream', stream];
  let last = base;
  for (const { subject, headers, data } of messages) {
    const behind: readonly Header[] = chained ? [['Nats-Expected-Last-Sequence', String(last)]] : [];
    yield { subject, headers: [...headers, toStream, ...behind], data };
    last += 1;
  }
}

/** A publish did not end as predicted, and the tail must be read. `cause` is the outcome. */
export class PublishInterrupted extends Error {
  override readonly name = 'PublishInterrupted';
}

/** The broker put a message where the chain does not allow it: its promise is broken, or the stream is another one. */
export class UnexpectedSequence extends Error {
  override readonly name = 'UnexpectedSequence';

  constructor(expected: number, actual: number) {
    super(`acknowledged at sequence ${actual} instead of ${expected}`);
  }
}
