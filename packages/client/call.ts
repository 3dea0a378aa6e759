/**
 * One logical call: one key, one or more attempts, one outcome.
 *
 *   a lost answer            → another attempt, if the call is a read or has a key
 *   a retryable problem      → another attempt
 *   outcome_unknown          → another attempt under the same key, until an answer tells the outcome or the time is over
 *   anything else            → the outcome
 *
 * Between attempts the call waits as long as Retry-After says, plus full jitter. It ends with its last failure when
 * `retries`, the retry budget or the time is used up. outcome_unknown counts neither against `retries` nor against the
 * budget: the caller cannot go on without knowing, and such calls are rare.
 */
import { lost, requestTo, send } from './attempt.ts';
import type { Answer, OperationId, Request, Said } from './attempt.ts';
import { ProblemError } from './problems.ts';
import type { Failure } from './problems.ts';
import { createBudget, isTimeout, jitterMs, pause, within } from './time.ts';

/** What a caller may set for one call; the settings of the client are the defaults. */
export interface CallOptions extends Pick<Said, 'requestId' | 'traceparent'> {
  /** Ends the call, which rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** The most repeats of a failed attempt; 0 repeats nothing, whatever the failure. */
  readonly retries?: number;
  /** Milliseconds for the whole call, waits included. */
  readonly deadlineMs?: number;
}

/** An attempt that has ended, for logs and metrics. */
export interface Attempt {
  readonly operation: OperationId;
  /** From 1. */
  readonly attempt: number;
  readonly ms: number;
  /** 0 without an answer. */
  readonly status: number;
  /** Undefined for success. */
  readonly code: string | undefined;
  readonly idempotencyKey: string | undefined;
  readonly requestId: string | undefined;
  /** Milliseconds until the next attempt; undefined where there is none. */
  readonly retryInMs: number | undefined;
}

export interface CallSettings {
  /** Where the API is: `https://inventory.example`; empty for the origin of the page. */
  readonly baseUrl: string;
  /** Called before each attempt, so it should cache the token. Its error ends the call. */
  readonly token?: () => string | Promise<string>;
  /** The most repeats of a failed attempt; default 4. */
  readonly retries?: number;
  /** Retries per call, over all calls of the client; default 0.1: in an outage, retries add a tenth to the load. */
  readonly retryBudget?: number;
  /** Milliseconds for a whole call; default 15 000. */
  readonly deadlineMs?: number;
  /** Milliseconds after which an attempt that may be repeated counts as lost; default 5 000. */
  readonly attemptMs?: number;
  /** Called at the end of each attempt. It must not throw. */
  readonly onAttempt?: (attempt: Attempt) => void;
  /** Replaces the platform's fetch. */
  readonly fetch?: typeof globalThis.fetch;
}

export type Given = CallOptions & Said;
type Call = (operation: OperationId, input: object, options: Given) => Promise<Answer>;

const MOST_JITTER_MS = 2000;
/** True if the change may have taken effect: no answer came, none of the API's, or a 5xx that does not rule it out. */
const isDoubtful = ({ code, status, retryable }: Failure): boolean =>
  status === 0 || code === 'unexpected_answer' || code === 'outcome_unknown' || (status >= 500 && !retryable);
/** Refusals that say nothing about an earlier attempt. Any other 4xx would have been the answer to that one, too. */
const INDIFFERENT = [401, 403, 408, 429];

/** Where the operations are, without a slash at its end. */
export const baseOf = ({ baseUrl }: Pick<CallSettings, 'baseUrl'>): string => `${baseUrl.replace(/(\/api\/v1)?\/*$/, '')}/api/v1`;

/** Creates the function behind all methods of a client. Its calls share a retry budget. */
export function createCall(settings: CallSettings): Call {
  const { token, retries: usual = 4, retryBudget = 0.1, deadlineMs = 15_000, attemptMs = 5000, onAttempt } = settings;
  const base = baseOf(settings);
  // Looked up at each request, because instrumentation may replace fetch later.
  const ask = settings.fetch ?? ((...request) => fetch(...request));
  const budget = createBudget(retryBudget);

  /** One attempt, within the time that is left. Rejects with the reason of the caller's signal, and as `token` does. */
  const once = async (request: Request, deadline: number, signal: AbortSignal | undefined): Promise<Answer | Failure> => {
    const leftMs = deadline - performance.now();
    const ms = request.repeatable ? Math.min(attemptMs, leftMs) : leftMs;
    let isOurs = false;
    try {
      return await within(ms, signal, async (inner) => {
        if (token !== undefined) request.headers.set('authorization', `Bearer ${await token()}`);
        isOurs = true;
        return send(request, inner, ask);
      });
    } catch (cause) {
      if (signal?.aborted === true || !(isOurs || isTimeout(cause))) throw cause;
      return lost(cause, isTimeout(cause) && ms === leftMs ? 'deadline_exceeded' : 'network_error', request);
    }
  };

  return async (operation, input, options) => {
    const { signal, retries = usual } = options;
    const request = requestTo(base, operation, input, options);
    const idempotencyKey = request.headers.get('idempotency-key') ?? undefined;
    const deadline = performance.now() + (options.deadlineMs ?? deadlineMs);
    let [inDoubt, unknown]: [boolean, Failure | undefined] = [false, undefined];
    budget.earn();
    for (let attempt = 1; ; attempt += 1) {
      const begun = performance.now();
      const outcome = await once(request, deadline, signal);
      const ended = performance.now();
      const { code, status, requestId } = outcome;
      if (outcome.code === 'outcome_unknown') unknown = outcome;
      inDoubt ||= request.method !== 'GET' && outcome.code !== undefined && isDoubtful(outcome);
      const waitMs = (outcome.retryAfterMs ?? 0) + jitterMs(attempt, MOST_JITTER_MS);
      const again = outcome.code !== undefined && outcome.retryable && retries > 0 && ended + waitMs < deadline
        && (unknown !== undefined || (attempt <= retries && budget.spend()));
      onAttempt?.({ operation, attempt, ms: ended - begun, status, code, idempotencyKey, requestId, retryInMs: again ? waitMs : undefined });
      if (outcome.code === undefined) return outcome;
      if (!again) {
        const settled = status >= 400 && status < 500 && !INDIFFERENT.includes(status);
        const call = { operation, idempotencyKey, attempts: attempt, outcomeUnknown: inDoubt && !settled };
        throw new ProblemError(outcome.retryable ? unknown ?? outcome : outcome, call);
      }
      await pause(waitMs, signal);
    }
  };
}
