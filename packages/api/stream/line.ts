/**
 * The line to one viewer: frames of an event stream go out on it, and it knows what has not left the process yet. That is
 * the back-pressure of the feed: nobody writes to a line that is not clear, but for the log, which has a bound of its own.
 */
import type { ServerResponse } from 'node:http';
import type { StreamTelemetry } from './telemetry.ts';

export interface Line {
  /** Sends a frame. Does nothing once the line is closed. */
  readonly send: (frame: string | SharedFrame) => void;
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

/** A frame that goes to many: with the chunk's length before it and its end behind it, as HTTP/1.1 has it, and without. */
export interface SharedFrame {
  readonly chunk: Buffer;
  readonly bytes: Buffer;
}

/** Encodes a frame once for all who get it. */
export function shareFrame(text: string): SharedFrame {
  const head = `${Buffer.byteLength(text).toString(16)}\r\n`;
  const chunk = Buffer.from(`${head}${text}\r\n`);
  return { chunk, bytes: chunk.subarray(head.length, -2) };
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
  const drained = (): void => { for (const then of waiting.splice(0)) then(); };
  // By res.write a chunk is four writes, which are held back to the end of the turn and then gathered into one: for a thousand
  // viewers that is half of what a frame costs. An answer whose turn on its connection has not come yet has no socket.
  const socket = res.chunkedEncoding ? res.socket : null;
  res.on('drain', drained);
  socket?.on('drain', drained);
  // A connection that breaks while something is written to it.
  res.on('error', () => undefined);
  const close = (): void => {
    closed = true;
    waiting.length = 0;
    socket?.off('drain', drained);
    onClose();
  };
  if (res.closed) close();
  else res.once('close', close);
  const send = (given: string | SharedFrame): void => {
    if (closed || ending) return;
    const made = typeof given === 'string' ? shareFrame(given) : given;
    telemetry.sent(made.bytes.length);
    if (socket === null) res.write(made.bytes);
    else socket.write(made.chunk);
  };
  return {
    send,
    clear: () => !(res.writableNeedDrain || socket?.writableNeedDrain === true),
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
