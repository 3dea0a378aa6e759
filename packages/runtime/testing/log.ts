import { Writable } from 'node:stream';
import { createLogger, type LogLevel, type RootLogger } from '../log.ts';

/** For tests: a logger and the lines that it has written, parsed. */
export function captureLog(level: LogLevel = 'info'): {
  log: RootLogger;
  raw: string[];
  lines: () => Record<string, unknown>[];
} {
  const raw: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      raw.push(...String(chunk).split('\n').filter((line) => line !== ''));
      done();
    },
  });
  return {
    log: createLogger({ process: 'test', instance: 'test-1', level, stream }),
    raw,
    lines: () => raw.map((line): Record<string, unknown> => JSON.parse(line)),
  };
}
