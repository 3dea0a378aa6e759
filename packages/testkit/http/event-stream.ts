/** An event stream as a test reads it: frame by frame, at the pace that the test sets. */
import { request } from 'node:http';
import { request as requestByTls } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { eventually } from '../waiting/eventually.ts';

interface Frame {
  readonly event: string;
  readonly id: string | undefined;
  readonly retryMs: number | undefined;
  readonly data: Readonly<Record<string, unknown>>;
  /** When it came, by performance.now(). */
  readonly at: number;
}

export interface EventStream {
  readonly status: number;
  /** The answer's Content-Type and others, in lower case. */
  readonly headers: IncomingMessage['headers'];
  /** What has come so far; of an answer that is no event stream nothing. */
  readonly frames: readonly Frame[];
  /** Of those, the ones with this name. */
  readonly of: (event: string) => readonly Frame[];
  /** The last id that came. */
  readonly lastId: () => string | undefined;
  /** The body of an answer that is no event stream. */
  readonly text: () => string;
  readonly ended: () => boolean;
  /** Reads no more, so that what the server sends piles up. */
  readonly pause: () => void;
  readonly resume: () => void;
  readonly close: () => void;
}

export interface StreamOptions {
  readonly token?: string;
  readonly lastEventId?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /** The certificate to believe, as PEM: by TLS. */
  readonly ca?: string;
  /** Told of each frame. */
  readonly onFrame?: (frame: Frame) => void;
}

/** Opens a stream. Resolves with its head, and rejects where there is no answer. */
export async function openStream(url: string, { token, lastEventId, headers = {}, ca, onFrame }: StreamOptions = {}): Promise<EventStream> {
  const req = (ca === undefined ? request : requestByTls)(url, {
    agent: false, ...(ca === undefined ? {} : { ca }),
    headers: {
      accept: 'text/event-stream', ...headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
    },
  });
  const res = await new Promise<IncomingMessage>((resolve, reject) => {
    req.once('response', resolve);
    req.once('error', reject);
    req.end();
  });
  req.on('error', () => undefined);
  res.on('error', () => undefined);
  res.setEncoding('utf8');
  const frames: Frame[] = [];
  let [rest, ended, lastId]: [string, boolean, string | undefined] = ['', false, undefined];
  const isStream = (res.headers['content-type'] ?? '').startsWith('text/event-stream');
  res.on('data', (chunk: string) => {
    rest += chunk;
    if (!isStream) return;
    const parts = rest.split('\n\n');
    rest = parts.pop() ?? '';
    for (const part of parts) {
      const frame = frameOf(part);
      lastId = frame.id ?? lastId;
      frames.push(frame);
      onFrame?.(frame);
    }
  });
  res.once('close', () => { ended = true; });
  return {
    status: res.statusCode ?? 0, headers: res.headers, frames, lastId: () => lastId, text: () => rest, ended: () => ended,
    of: (event) => frames.filter((each) => each.event === event),
    pause: () => { res.pause(); },
    resume: () => { res.resume(); },
    close: () => { req.destroy(); },
  };
}

function frameOf(text: string): Frame {
  const fields = new Map(text.split('\n').map((line): [string, string] => {
    const colon = line.indexOf(': ');
    return [line.slice(0, colon), line.slice(colon + 2)];
  }));
  const data: unknown = JSON.parse(fields.get('data') ?? '{}');
  const retry = fields.get('retry');
  return {
    event: fields.get('event') ?? '', id: fields.get('id'), retryMs: retry === undefined ? undefined : Number(retry),
    data: isRecord(data) ? data : {}, at: performance.now(),
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The rows that a viewer of availability has now, by product and store: of the last snapshot, and of what came after it. */
export function rowsOf({ frames }: EventStream): ReadonlyMap<string, Readonly<Record<string, unknown>>> {
  const rows = new Map<string, Readonly<Record<string, unknown>>>();
  for (const { event, data } of frames) {
    if (event === 'snapshot') rows.clear();
    if (event !== 'snapshot' && event !== 'stock') continue;
    const list: unknown = data['rows'];
    for (const row of Array.isArray(list) ? list : []) {
      if (!isRecord(row)) continue;
      const key = `${String(row['product_id'])} ${String(row['store_id'])}`;
      if (Number(rows.get(key)?.['version'] ?? 0) <= Number(row['version'])) rows.set(key, row);
    }
  }
  return rows;
}

/** Resolves with the n-th frame of this name, as soon as it has come. @throws {Error} after 20 s */
export function frameNo(stream: EventStream, event: string, nth = 1): Promise<Frame> {
  return eventually(() => {
    const found = stream.of(event)[nth - 1];
    if (found === undefined) throw new Error(`no ${event} number ${nth} among ${stream.frames.map((each) => each.event).join(', ')}`);
    return found;
  }, { timeoutMs: 20_000 });
}
