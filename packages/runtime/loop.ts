import { setImmediate as nextTurn } from 'node:timers/promises';
import { errorKey, type Logger } from './log.ts';
import { backoffMs, sleep } from './sleep.ts';
import type { Wakeup } from './wakeup.ts';

/** 'more': there is work left, go again. 'idle': nothing to do. A number: milliseconds until there is. */
export type StepOutcome = 'more' | 'idle' | number;

export type Loop = {
  /** Ends the loop and waits for the step in hand. May be called any number of times. */
  stop(): Promise<void>;
  /** Resolves when the loop has ended; never rejects. */
  readonly done: Promise<void>;
};

export type LoopOptions = {
  readonly name: string;
  /** One unit of work. It gets a signal that aborts when the loop is stopped. */
  step(signal: AbortSignal): Promise<StepOutcome>;
  /** How long an idle loop waits: the longest time that work stays unseen if every wake-up is lost. */
  readonly idleMs: number;
  /** Ends an idle wait early. It does not shorten a backoff: what fails must not be hurried by new work. */
  readonly wakeup?: Wakeup;
  readonly backoff: { readonly minMs: number; readonly maxMs: number };
  readonly log: Logger;
  /** Called at every failed step, logged or not. */
  onError?(error: unknown): void;
};

/**
 * Runs `step` again and again until it is stopped: the one skeleton of every background loop. A failed step is logged
 * when its error is another than the last one's, and repeated after a backoff with jitter, so that a dependency which
 * is away for an hour costs two log lines.
 */
export function startLoop(options: LoopOptions): Loop {
  const controller = new AbortController();
  const { signal } = controller;
  const done = run(options, signal);
  return {
    done,
    stop() {
      controller.abort();
      return done;
    },
  };
}

async function run(options: LoopOptions, signal: AbortSignal): Promise<void> {
  const { name, log, idleMs, wakeup, backoff } = options;
  let failures = 0;
  let lastError = '';
  while (!signal.aborted) {
    try {
      const outcome = await options.step(signal);
      if (failures > 0) log.info(`${name} works again`, { failures });
      failures = 0;
      lastError = '';
      // A full batch goes again at once, but lets timers and sockets have their turn.
      if (outcome === 'more') await nextTurn();
      else await wait(outcome === 'idle' ? idleMs : Math.max(0, outcome), wakeup, signal);
    } catch (error) {
      if (signal.aborted) return;
      failures += 1;
      const key = errorKey(error);
      if (key !== lastError) log.error(`${name} failed, repeating`, { error });
      lastError = key;
      options.onError?.(error);
      await sleep(backoffMs(failures, backoff), signal);
    }
  }
}

async function wait(ms: number, wakeup: Wakeup | undefined, signal: AbortSignal): Promise<void> {
  if (wakeup === undefined) await sleep(ms, signal);
  else await wakeup.wait(ms, signal);
}
