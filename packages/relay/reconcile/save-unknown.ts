/** Saves messages that the log does not know before their stream is deleted: they are what a restore has lost. */
import { open } from 'node:fs/promises';
import type { JsMsg, NatsConnection } from 'nats';
import type { Database } from '@inventory/db/pool.ts';
import { strangeAmong } from './compare.ts';
import { claimOf } from '../stream/claim.ts';
import { readPages } from '../stream/ids.ts';

/**
 * Writes each message as a line of JSON: sequence, subject, time, headers, and data, in base64 where it is not text. The
 * file is on disk when this resolves. @throws EEXIST, because an existing file is never overwritten
 */
export async function saveUnknown(
  { db, nats, signal }: { readonly db: Database; readonly nats: NatsConnection; readonly signal: AbortSignal },
  { last, file, stream, onUnknown = () => undefined }: {
    readonly last: number; readonly file: string; readonly stream: string;
    /** Told of each message of ours whose event the log does not know, once it is written. */
    readonly onUnknown?: (message: JsMsg) => void;
  },
): Promise<number> {
  const handle = await open(file, 'wx', 0o600);
  let saved = 0;
  try {
    for await (const page of readPages(nats, { last, signal, headersOnly: false })) {
      const found = await strangeAmong(db, stream, page.map((message) => ({
        sequence: message.seq, subject: message.subject, claim: claimOf(message.seq, message.headers),
      })));
      const unknown = new Map(found.filter(({ kind }) => kind === 'unknown' || kind === 'foreign').map(({ sequence, kind }) => [sequence, kind]));
      for (const message of page.filter(({ seq }) => unknown.has(seq))) {
        await handle.write(`${JSON.stringify(lineOf(message))}\n`);
        if (unknown.get(message.seq) === 'unknown') onUnknown(message);
        saved += 1;
      }
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  return saved;
}

function lineOf({ seq: sequence, subject, headers, data, info }: JsMsg): object {
  const text = Buffer.from(data).toString();
  return {
    sequence, subject,
    time: new Date(info.timestampNanos / 1e6).toISOString(),
    headers: Object.fromEntries((headers?.keys() ?? []).map((name) => [name, headers?.get(name)])),
    ...(Buffer.from(text).equals(Buffer.from(data)) ? { data: text } : { data_base64: Buffer.from(data).toString('base64') }),
  };
}
