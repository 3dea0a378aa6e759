/**
 * The parts that a process has started, so that they stop in reverse: at its end, and also after half a start. Each is
 * added as soon as it runs, so a later one that fails to start leaves nothing behind.
 */
import type { LogFields } from './log-fields.ts';
import type { Logger } from './log.ts';

/** A part of a process that was started and has to be stopped. */
type Part = {
  readonly name: string;
  /** Resolves when the work in hand is done and everything is released. */
  stop(): Promise<void> | void;
  /** Fields for the line `ready`, such as the port that was got. */
  readonly ready?: LogFields;
};

export type Parts = {
  /** Adds a part that runs. It stops before those that were added earlier. Throws once `stop` was called. */
  add(part: Part): void;
  /** What the parts say of themselves for the line `ready`. */
  ready(): LogFields;
  /**
   * Stops all parts, last first, each when the one before it has stopped. A part that fails to stop is logged and does
   * not keep the others from stopping. Never rejects; a second call waits for the first.
   */
  stop(): Promise<void>;
};

export function createParts({ log }: { readonly log: Pick<Logger, 'error'> }): Parts {
  const parts: Part[] = [];
  let stopped: Promise<void> | undefined;

  const stopAll = async (): Promise<void> => {
    for (const part of parts.toReversed()) {
      try {
        await part.stop();
      } catch (error) {
        log.error(`could not stop ${part.name}`, { error });
      }
    }
  };

  return {
    add(part) {
      if (stopped !== undefined) throw new Error(`${part.name} was started after the stop`);
      parts.push(part);
    },
    ready: () => Object.assign({}, ...parts.map(({ ready }) => ready)),
    stop() {
      stopped ??= stopAll();
      return stopped;
    },
  };
}
