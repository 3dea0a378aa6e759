/** Reads the whole stream with a plain ordered consumer of the checkers' own. */
import { createHash } from 'node:crypto';
import { NatsError, connect, consumerOpts } from 'nats';
import type { JsMsg, NatsConnection } from 'nats';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import type { Message, Stream } from './stream.ts';

const STREAM = 'INVENTORY';
const API_MS = 5_000;
const NOT_FOUND = 404;
/** The reading fails after so long without a message. */
const SILENT_MS = 5_000;
/** A server that has just recovered may refuse a consumer for a while. */
const PATIENCE_MS = 60_000;

/**
 * @returns the stream as far as it went when this was called; undefined where there is none
 * @throws {Error} when it could not be read within a minute
 */
export function readStream(servers: readonly string[]): Promise<Stream | undefined> {
  return eventually(() => readOnce(servers), { timeoutMs: PATIENCE_MS, everyMs: 500, what: 'the whole stream' });
}

async function readOnce(servers: readonly string[]): Promise<Stream | undefined> {
  const nats = await connect({ servers: servers.map((url) => new URL(url).host), timeout: API_MS });
  try {
    const jsm = await nats.jetstreamManager({ timeout: API_MS, checkAPI: false });
    const info = await jsm.streams.info(STREAM).catch((error: unknown) => {
      if (error instanceof NatsError && error.api_error?.code === NOT_FOUND) return undefined;
      throw error;
    });
    if (info === undefined) return undefined;
    const { messages, last_seq: last } = info.state;
    return { created: String(info.created), messages: messages === 0 ? [] : await readUpTo(nats, last) };
  } finally {
    await nats.close();
  }
}

async function readUpTo(nats: NatsConnection, last: number): Promise<readonly Message[]> {
  const options = consumerOpts();
  options.orderedConsumer();
  options.bindStream(STREAM);
  const subscription = await nats.jetstream({ timeout: API_MS }).subscribe('>', options);
  const read: Message[] = [];
  let silent: NodeJS.Timeout | undefined;
  const listen = (): void => {
    clearTimeout(silent);
    silent = setTimeout(() => { subscription.unsubscribe(); }, SILENT_MS);
  };
  listen();
  try {
    for await (const message of subscription) {
      listen();
      read.push(messageOf(message));
      if (message.seq >= last) return read;
    }
  } finally {
    clearTimeout(silent);
    subscription.unsubscribe();
  }
  throw new Error(`the stream was silent for ${SILENT_MS / 1000} s behind sequence ${read.at(-1)?.sequence ?? 0} of ${last}`);
}

function messageOf(message: JsMsg): Message {
  const header = (name: string): string => message.headers?.get(name) ?? '';
  return {
    sequence: message.seq, subject: message.subject, id: header('ce-id'), position: Number(header('ce-sequence')),
    row: header('ce-partitionkey'), repair: header('Repair') === 'true',
    body: createHash('md5').update(message.data).digest('hex'),
  };
}
