/** Reads a stream from its first message on, in pages. For the ids alone it asks for headers only, which takes little memory. */
import { AckPolicy, DeliverPolicy, nanos } from 'nats';
import type { JsMsg, NatsConnection } from 'nats';
import { claimOf } from './claim.ts';
import type { Claim } from './claim.ts';
import { managerOf } from './jetstream.ts';
import { STREAM } from '@inventory/domain/subjects.ts';

export interface MessageId {
  readonly sequence: number;
  readonly subject: string;
  /** Which event of ours it claims to be; undefined for one that bears no id of ours. */
  readonly claim: Claim | undefined;
}

const PAGE = 1000;
// The server ends a pull that has brought nothing for this long.
const PULL_MS = 2000;
const PATIENCE_MS = 30_000;

/** The ids of all messages up to sequence `last`. @throws when JetStream brings nothing for half a minute */
export async function* readIds(
  nats: NatsConnection,
  { last, signal }: { readonly last: number; readonly signal: AbortSignal },
): AsyncGenerator<readonly MessageId[]> {
  for await (const page of readPages(nats, { last, signal, headersOnly: true })) {
    yield page.map(({ seq, subject, headers }) => ({ sequence: seq, subject, claim: claimOf(seq, headers) }));
  }
}

/** All messages up to sequence `last`, with or without their payloads. @throws like readIds */
export async function* readPages(
  nats: NatsConnection,
  { last, signal, headersOnly }: {
    readonly last: number; readonly signal: AbortSignal; readonly headersOnly: boolean;
  },
): AsyncGenerator<readonly JsMsg[]> {
  if (last === 0) return;
  const jsm = await managerOf(nats);
  // A consumer of its own, which the server removes soon after a kill. Nothing is acknowledged, so nothing comes again.
  const { name } = await jsm.consumers.add(STREAM, {
    ack_policy: AckPolicy.None,
    deliver_policy: DeliverPolicy.All,
    headers_only: headersOnly,
    inactive_threshold: nanos(PATIENCE_MS),
    mem_storage: true,
  });
  try {
    const consumer = await nats.jetstream().consumers.get(STREAM, name);
    let heardAtMs = performance.now();
    for (let at = 0; at < last;) {
      signal.throwIfAborted();
      const page: JsMsg[] = [];
      for await (const message of await consumer.fetch({ max_messages: PAGE, expires: PULL_MS })) page.push(message);
      const end = page.at(-1);
      if (end !== undefined) {
        heardAtMs = performance.now();
        at = end.seq;
        const wanted = page.filter(({ seq }) => seq <= last);
        if (wanted.length > 0) yield wanted;
      } else {
        const info = await consumer.info();
        // The last messages of the stream may have been deleted.
        if (info.num_pending === 0) return;
        if (performance.now() - heardAtMs > PATIENCE_MS) throw new Error(`${STREAM} brings no messages`);
      }
    }
  } finally {
    await jsm.consumers.delete(STREAM, name).catch(() => undefined);
  }
}
