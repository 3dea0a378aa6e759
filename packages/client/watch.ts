/**
 * Watching availability: a snapshot, then every row that changes, for as long as the signal lasts. After a cut the server goes
 * on behind the last frame that came, or sends a snapshot. A line that is silent for 15 s counts as cut: the server says
 * something every five seconds.
 */
import { lost, read } from './attempt.ts';
import { baseOf, type CallSettings } from './call.ts';
import { ProblemError, type Failure } from './problems.ts';
import { jitterMs, pause } from './time.ts';

/** A stock row. The members that may be missing are for those who follow the store: its vendors, services and admins. */
export interface WatchedRow {
  readonly product_id: string;
  readonly store_id: string;
  readonly available: number;
  /** OUT: nothing is available; LOW: at most LOW_STOCK units. */
  readonly level: 'OK' | 'LOW' | 'OUT';
  /** Only rises. */
  readonly version: number;
  readonly committed_at: string;
  readonly quantity?: number;
  readonly reserved?: number;
  /** Of the last event of the row: its type, what it changed, and why. A snapshot has none of these. */
  readonly type?: string;
  readonly delta?: number;
  readonly reason?: string | null;
}

/** How old is what was shown: everything that was committed by `as_of` has been. Null while that is not known. */
export interface Tick {
  readonly as_of: string | null;
  readonly behind_ms: number | null;
  readonly server_time: string;
}

export type WatchState = { readonly kind: 'live' } | {
  readonly kind: 'reconnecting';
  /** Of the problem, or the reason that the server gave: DRAIN, AGE, TOKEN, EPOCH. */
  readonly code: string;
  /** Milliseconds until the next attempt. */
  readonly retryInMs: number;
};

export interface WatchOptions {
  /** Which rows; without both all of them. A snapshot has 2 000, at most. */
  readonly product_ids?: readonly string[];
  readonly store_ids?: readonly string[];
  /** Only changes of a level. */
  readonly levels_only?: boolean;
  /** Gets rows that have changed; with `snapshot` all rows, in place of all before. If it throws, `watch` rejects. */
  readonly onRows: (rows: readonly WatchedRow[], how: { readonly snapshot: boolean }) => void;
  readonly onTick?: (tick: Tick) => void;
  readonly onState?: (state: WatchState) => void;
  /** Ends the watching: `watch` resolves. */
  readonly signal?: AbortSignal;
}

const SILENT_MS = 15_000;
const MOST_WAIT_MS = 30_000;

/** @throws {InventoryProblem} if a failure is not retryable */
export async function watch(settings: CallSettings, options: WatchOptions): Promise<void> {
  const { onRows, onTick, onState, signal, ...filters } = options;
  const given = Object.entries(filters).filter(([, value]) => value !== undefined).map(([name, value]): [string, string] => [name, String(value)]);
  const url = `${baseOf(settings)}/stream${given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`}`;
  const versions = new Map<string, number>();
  let lastId: string | undefined;

  const take = ({ event, data }: Frame): void => {
    if (event === 'tick' && isTick(data)) onTick?.(data);
    if (event === 'reset') {
      // Another log has other versions.
      versions.clear();
      lastId = undefined;
    }
    if ((event !== 'snapshot' && event !== 'stock') || !hasRows(data)) return;
    const snapshot = event === 'snapshot';
    if (snapshot) versions.clear();
    const rows = data.rows.filter(({ product_id, store_id, version }) => {
      const key = `${product_id} ${store_id}`;
      if ((versions.get(key) ?? 0) >= version) return false;
      versions.set(key, version);
      return true;
    });
    if (snapshot || rows.length > 0) onRows(rows, { snapshot });
  };

  /** Opens a line. @returns its reader, or why there is none */
  const open = async (line: AbortController): Promise<ReadableStreamDefaultReader<Uint8Array> | Failure> => {
    const headers = new Headers({ accept: 'text/event-stream' });
    if (settings.token !== undefined) headers.set('authorization', `Bearer ${await settings.token()}`);
    if (lastId !== undefined) headers.set('last-event-id', lastId);
    try {
      const response = await (settings.fetch ?? fetch)(url, { headers, signal: line.signal, redirect: 'manual' });
      const isStream = response.ok && /^text\/event-stream/.test(response.headers.get('content-type') ?? '');
      if (isStream && response.body !== null) return response.body.getReader();
      const answer = read(response, await response.text(), true);
      return answer.code === undefined ? lost('no event stream', 'network_error', { repeatable: true }) : answer;
    } catch (cause) {
      return lost(cause, 'network_error', { repeatable: true });
    }
  };

  /** Follows one line to its end. @returns why it has ended, and when to come back */
  const follow = async (line: AbortController, begun: () => void): Promise<{ readonly code: string; readonly retryMs?: number | undefined }> => {
    let silence = setTimeout(() => { line.abort(); }, SILENT_MS);
    const heard = (): void => {
      clearTimeout(silence);
      silence = setTimeout(() => { line.abort(); }, SILENT_MS);
    };
    try {
      const opened = await open(line);
      if ('code' in opened) {
        if (!opened.retryable) throw new ProblemError(opened, { operation: 'openStream', idempotencyKey: undefined, attempts: 1, outcomeUnknown: false });
        return { code: opened.code, retryMs: opened.retryAfterMs };
      }
      let end: { readonly code: string; readonly retryMs?: number | undefined } = { code: 'network_error' };
      for await (const frame of framesOf(opened, heard)) {
        begun();
        lastId = frame.id ?? lastId;
        if (frame.retryMs !== undefined) end = { code: reasonOf(frame.data), retryMs: frame.retryMs };
        take(frame);
      }
      return end;
    } finally {
      clearTimeout(silence);
      // What was not read to its end, such as after an error of `onRows`.
      line.abort();
    }
  };

  const isOver = (): boolean => signal?.aborted === true;
  for (let failures = 0; !isOver();) {
    const line = new AbortController();
    const over = (): void => { line.abort(); };
    signal?.addEventListener('abort', over);
    let live = false;
    const end = await follow(line, () => {
      if (!live) onState?.({ kind: 'live' });
      [live, failures] = [true, 0];
    }).finally(() => { signal?.removeEventListener('abort', over); });
    if (isOver()) return;
    failures += 1;
    const retryInMs = (end.retryMs ?? 0) + jitterMs(failures + 1, MOST_WAIT_MS);
    onState?.({ kind: 'reconnecting', code: end.code, retryInMs });
    await pause(retryInMs, signal).catch(() => undefined);
  }
}

interface Frame {
  readonly event: string;
  readonly id: string | undefined;
  readonly retryMs: number | undefined;
  readonly data: unknown;
}

/** The frames of a line, until it ends in whatever way. */
async function* framesOf(reader: ReadableStreamDefaultReader<Uint8Array>, heard: () => void): AsyncGenerator<Frame> {
  const decoder = new TextDecoder();
  for (let rest = ''; ;) {
    const { value } = await reader.read().catch(() => ({ value: undefined }));
    if (value === undefined) return;
    heard();
    const parts = (rest + decoder.decode(value, { stream: true })).split('\n\n');
    rest = parts.pop() ?? '';
    for (const part of parts) {
      const fields = new Map(part.split('\n').map((field): [string, string] => [field.split(':', 1)[0] ?? '', field.replace(/^\w*: ?/, '')]));
      const [retry, data] = [fields.get('retry'), fields.get('data')];
      yield {
        event: fields.get('event') ?? '', id: fields.get('id'), retryMs: retry === undefined ? undefined : Number(retry),
        data: data === undefined ? undefined : JSON.parse(data),
      };
    }
  }
}

const isObject = (data: unknown): data is object => typeof data === 'object' && data !== null;
const isTick = (data: unknown): data is Tick => isObject(data) && 'server_time' in data;
const hasRows = (data: unknown): data is { readonly rows: readonly WatchedRow[] } => isObject(data) && 'rows' in data && Array.isArray(data.rows);
const reasonOf = (data: unknown): string => (isObject(data) && 'reason' in data ? String(data.reason) : 'bye');
