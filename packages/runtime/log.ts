/** The log of a process: one JSON object a line, to stdout. */
import type { Writable } from 'node:stream';
import winston from 'winston';
import { createCork } from './cork.ts';
import { jsonLine, plainText, serialiseFields, type LogFields } from './log-fields.ts';

/** Text that waits for a reader, at most, in characters; lines beyond are dropped. A reader that is only slow is done long before. */
const MAX_WAITING = 16 * 1024 * 1024;

/** Where winston's transports look for the text of a line. */
const MESSAGE = Symbol.for('message');

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

/**
 * A logger. `fields` become fields of the JSON line; an error belongs in a field (`{ error }`), and its message, code and
 * causes are kept. `time`, `level`, `message`, `process` and `instance` are the logger's own: a field of such a name gets
 * an underscore.
 */
export type Logger = {
  error(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  /** A logger that adds these fields to each of its lines. */
  child(fields: LogFields): Logger;
};

export type RootLogger = Logger & {
  /**
   * Ends the logger, and resolves when its last line was passed to the operating system. Idempotent. Later lines are
   * dropped.
   */
  close(): Promise<void>;
  /** Lines that were dropped so far, because nobody read those before them. */
  dropped(): number;
  /** From now on, lines of this level and of more important ones are written. With debug, errors have their stacks. */
  setLevel(level: LogLevel): void;
};

/**
 * Creates the logger of a process. When nobody reads stdout any more, or its disk is full, log lines are lost, and the
 * process goes on. When its reader only stops reading, 16 MiB of lines are kept, later ones are dropped and counted, and a
 * line says how many once it reads again.
 */
export function createLogger(options: {
  readonly process: string;
  readonly instance: string;
  readonly level: LogLevel;
  readonly stream?: Writable;
  /**
   * Passes the lines of one turn of the event loop to the operating system in one call: a busy server writes a line for
   * each request. A warning or an error goes out at once, with all lines before it.
   */
  readonly corked?: boolean;
}): RootLogger {
  const { level, stream = process.stdout } = options;
  if (!stream.listeners('error').includes(ignoreError)) stream.on('error', ignoreError);
  const turn = options.corked === true ? createCork() : undefined;
  if (turn !== undefined) process.on('exit', turn.release);
  const identity = { process: options.process, instance: options.instance };
  const sink = winston.createLogger({
    level,
    levels: { error: 0, warn: 1, info: 2, debug: 3 },
    format: asJson(),
    transports: [new winston.transports.Stream({ stream, eol: '\n' })],
  });
  let closed: Promise<void> | undefined;
  let withStacks = level === 'debug';
  let dropped = 0;
  let told = 0;
  /** Whether there is room for a line. */
  const hasRoom = (): boolean => {
    const { writableLength: waiting } = stream;
    if (waiting >= MAX_WAITING) {
      dropped += 1;
      return false;
    }
    if (dropped > told && waiting < MAX_WAITING / 2) {
      const lines = dropped - told;
      told = dropped;
      root.warn('log lines were dropped, because nobody read those before them', { lines });
    }
    return true;
  };

  const bound = (base: LogFields): Logger => {
    const write = (lineLevel: LogLevel) => (message: string, fields?: LogFields): void => {
      // Fields are serialised before winston sees them: it would merge their `message` and `stack` into the line, and
      // print nested errors as {}.
      // A line after the end would be an 'error' event of the ended stream, which ends the process.
      if (closed !== undefined || !sink.isLevelEnabled(lineLevel) || !hasRoom()) return;
      turn?.cork(stream);
      sink.log({
        time: new Date().toISOString(),
        level: lineLevel,
        message: plainText(message),
        ...identity,
        ...serialiseFields({ ...base, ...fields }, withStacks),
      });
      if (lineLevel === 'error' || lineLevel === 'warn') turn?.release();
    };
    return {
      error: write('error'),
      warn: write('warn'),
      info: write('info'),
      debug: write('debug'),
      child: (fields) => bound({ ...base, ...fields }),
    };
  };

  const root = bound({});
  return {
    ...root,
    dropped: () => dropped,
    close() {
      closed ??= new Promise((resolve) => {
        sink.once('finish', () => { stream.write('', () => { resolve(); }); });
        sink.end();
      });
      return closed;
    },
    setLevel(next) {
      sink.level = next;
      withStacks = next === 'debug';
    },
  };
}

/** A text that is equal for errors that mean the same, so that a repeated failure is logged once. */
export function errorKey(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? String(error.code) : '';
  return `${error.name}:${code}:${error.message}`;
}

/** In place of winston's own, which looks for cycles and for values that JSON cannot hold; `serialiseFields` leaves neither [101 in place of 105 µs a read of the api]. */
const asJson = winston.format((line) => {
  line[MESSAGE] = jsonLine(line);
  return line;
});

function ignoreError(): void {
  // Without a listener, a reader that has gone (EPIPE) or a full disk (ENOSPC) would end the process.
}
