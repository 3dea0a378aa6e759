/** The one skeleton of every background loop, and the way in which all loops of a process end together. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { errorKey, type Logger } from './log.ts';
import type { Readiness } from './readiness.ts';
import { backoffMs, sleep } from './sleep.ts';
import type { Wakeup } from './wakeup.ts';

/** 'more': work remains, go again at once. 'idle': nothing to do. A number: the milliseconds until there is work. */
export type StepOutcome = 'more' | 'idle' | number;

export type Loop = {
  /** Ends the loop and waits for the step in hand. May be called any number of times. */
  stop(): Promise<void>;
  /** Resolves when the loop has ended; never rejects. */
  readonly done: Promise<void>;
};

type LoopOptions = {
  readonly name: string;
  /** One unit of work. Its signal aborts when the loop is stopped. */
  step(signal: AbortSignal): Promise<StepOutcome>;
  /** How long an idle loop waits: if every wake-up is lost, work stays unseen for this long at most. */
  readonly idleMs: number;
  /** Ends an idle wait early. It does not shorten a backoff: new work must not hurry what fails. */
  readonly wakeup?: Wakeup;
  readonly backoff: { readonly minMs: number; readonly maxMs: number };
  readonly log: Logger;
  /** Called after every failed step, whether it was logged or not. */
  onError?(error: unknown): void;
};

/**
 * Runs `step` again and again until it is stopped. A failed step is repeated after a backoff with jitter. It is logged when
 * its error is another one than before, so a dependency that is away for an hour costs two log lines.
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
      // After a full batch the step goes again at once, but timers and sockets have their turn first.
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

interface Halt {
  /** A step that does nothing once the process has halted, and halts it where it fails for good. */
  guard(step: (signal: AbortSignal) => Promise<StepOutcome>): (signal: AbortSignal) => Promise<StepOutcome>;
  /** Halts if the error, or a cause of it, is one of those. @returns whether it is */
  halts(error: unknown): boolean;
}

/**
 * Stops what a process does once it meets what neither time nor a restart cures, only another release. The process stays up
 * to say so: it is not ready, and its steps do nothing any more.
 * @param check the name of the readiness check that then says why
 * @param isFinal tells the errors that halt the process from all others
 */
export function createHalt({ check, isFinal, readiness, log }: {
  readonly check: string;
  readonly isFinal: (error: unknown) => boolean;
  readonly readiness: Readiness;
  readonly log: Logger;
}): Halt {
  let halted = false;
  const halts = (error: unknown): boolean => {
    const reason = causesOf(error).find(isFinal);
    if (reason === undefined) return false;
    const detail = reason instanceof Error ? reason.message : String(reason);
    readiness.set(check, { ok: false, required: true, detail });
    if (!halted) log.error('stopped working until another release is started', { detail });
    halted = true;
    return true;
  };
  return {
    halts,
    guard: (step) => async (signal) => {
      if (halted) return 'idle';
      try {
        return await step(signal);
      } catch (error) {
        if (!halts(error)) throw error;
        return 'idle';
      }
    },
  };
}

function causesOf(error: unknown): readonly unknown[] {
  const causes: unknown[] = [];
  for (let next = error; next !== undefined && !causes.includes(next); next = next instanceof Error ? next.cause : undefined) causes.push(next);
  return causes;
}
