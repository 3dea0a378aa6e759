/**
 * The line to one viewer: frames of an event stream go out on it, and it knows what has not left the process yet. That is
 * the back-pressure of the feed: nobody writes to a line that is not clear, but for the log, which has a bound of its own.
 */
import type { ServerResponse } from 'node:http';
import type { StreamTelemetry } from './telemetry.ts';

export interface Line {
  /** Sends a frame. Does nothing once the line is closed. */
  readonly send: (frame: string | Buffer) => void;
  /** True when everything that was sent has left the process. */
  readonly clear: () => boolean;
  /** Calls once, as soon as the line is clear; never once it is closed. */
  readonly whenClear: (then: () => void) => void;
  /** Bytes that have not left the process. */
  readonly unsent: () => number;
  /** Sends a last frame and ends the answer: the client gets all of it, if it reads. */
  readonly end: (frame: string) => void;
  readonly closed: () => boolean;
  /** Breaks the connection off, whatever was not read. */
  readonly destroy: () => void;
}

/** A frame of the event stream. @param data one line of JSON */
export function frame(event: string, data: string, { id, retryMs }: { readonly id?: string; readonly retryMs?: number } = {}): string {
  return `event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}${retryMs === undefined ? '' : `retry: ${retryMs}\n`}data: ${data}\n\n`;
}

/** Makes the line of an answer whose head has been sent. @param onClose called once, when the answer has ended in whatever way */
export function createLine(res: ServerResponse, telemetry: StreamTelemetry, onClose: () => void): Line {
  let closed = false;
  let ending = false;
  const waiting: (() => void)[] = [];
  res.on('drain', () => { for (const then of waiting.splice(0)) then(); });
  // A connection that breaks while something is written to it.
  res.on('error', () => undefined);
  const close = (): void => {
    closed = true;
    waiting.length = 0;
    onClose();
  };
  if (res.closed) close();
  else res.once('close', close);
  const send = (text: string | Buffer): void => {
    if (closed || ending) return;
    telemetry.sent(text.length);
    res.write(text);
  };
  return {
    send,
    clear: () => !res.writableNeedDrain,
    whenClear: (then) => { if (!closed) waiting.push(then); },
    unsent: () => res.writableLength,
    end: (text) => {
      send(text);
      ending = true;
      res.end();
    },
    closed: () => closed || ending,
    destroy: () => { res.destroy(); },
  };
}
