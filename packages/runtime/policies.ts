/** The protection of a dependency: a breaker, a time-out, and a bound for calls at once. */
import {
  BulkheadRejectedError, CircuitState, ConsecutiveBreaker, SamplingBreaker,
  bulkhead, circuitBreaker, handleAll, isBrokenCircuitError, type IBackoff, type IBreaker,
} from 'cockatiel';
import type { Logger } from './log.ts';
import type { Metrics } from './metrics.ts';

/**
 * Why a policy ended a call. 'timeout': the call ran, and its outcome is unknown. 'open' and 'bulkhead': it was never begun,
 * so it is safe to repeat it elsewhere or later.
 */
type PolicyErrorKind = 'timeout' | 'open' | 'bulkhead';

export class PolicyError extends Error {
  override readonly name = 'PolicyError';
  readonly kind: PolicyErrorKind;
  readonly policy: string;
  readonly code: string;

  constructor(policy: string, kind: PolicyErrorKind, message: string, options?: ErrorOptions) {
    super(`${policy}: ${message}`, options);
    this.kind = kind;
    this.policy = policy;
    this.code = `policy_${kind}`;
  }
}

export type BreakerState = 'closed' | 'open' | 'half_open';

/**
 * A breaker opens after so many failures in a row, or at a share of failures within a window. After `resetMs` it lets one
 * call try.
 */
export type BreakerOptions = { readonly resetMs: number } & (
  | { readonly failures: number }
  | { readonly failureRatio: number; readonly samplingMs: number; readonly minimumPerSecond: number }
);

/** The protection of one dependency, created once for each process. */
export type Policy = {
  /**
   * Runs `fn` with a signal that aborts at the time-out; it is made only for a function that declares the parameter.
   * Rejects with a PolicyError when the policy ended the call, otherwise with what `fn` threw.
   */
  execute<T>(fn: (signal: AbortSignal) => Promise<T>): Promise<T>;
  state(): BreakerState;
  /** Calls `listener` at each change of state; returns a function that ends this. */
  onChange(listener: (state: BreakerState) => void): () => void;
};

const NEVER = new AbortController().signal;

type Outcome<T> = { readonly value: T } | { readonly refused: unknown };

/**
 * Creates a policy: a bulkhead around a breaker around a time-out. The time-out is inside the breaker, so a dependency that
 * hangs opens it. Failures are time-outs, and errors for which `isFailure` is true; any other error is an answer of a
 * dependency that is well, and passes unchanged.
 */
export function createPolicy(options: {
  readonly name: string;
  readonly timeoutMs: number;
  readonly breaker: BreakerOptions;
  readonly bulkhead?: { readonly limit: number; readonly queue: number };
  isFailure(error: unknown): boolean;
  readonly log: Logger;
  readonly metrics?: Metrics;
}): Policy {
  const { name, log } = options;
  const { open, refusals } = options.metrics?.policies ?? {};
  const gate = options.bulkhead === undefined ? undefined : bulkhead(options.bulkhead.limit, options.bulkhead.queue);
  const breaker = circuitBreaker(handleAll, {
    breaker: createBreaker(options.breaker),
    halfOpenAfter: { next: () => monotonicPause(options.breaker.resetMs) },
  });

  const guarded = <T>(fn: (signal: AbortSignal) => Promise<T>): Promise<Outcome<T>> => {
    // cockatiel would let all callers wait for the one that probes, up to its time-out; here they fail at once.
    if (breaker.state === CircuitState.HalfOpen) throw new PolicyError(name, 'open', 'the breaker is probing');
    return breaker.execute(() => within(options, fn));
  };

  const execute = async <T>(fn: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    let outcome: Outcome<T>;
    try {
      outcome = await (gate === undefined ? guarded(fn) : gate.execute(() => guarded(fn)));
    } catch (error) {
      const thrown = translate(name, error);
      if (thrown instanceof PolicyError && thrown.policy === name) refusals?.inc({ policy: name, kind: thrown.kind });
      throw thrown;
    }
    if ('refused' in outcome) throw outcome.refused;
    return outcome.value;
  };

  const policy: Policy = {
    execute,
    state: () => stateName(breaker.state),
    onChange(listener) {
      const subscription = breaker.onStateChange((state) => { listener(stateName(state)); });
      return () => { subscription.dispose(); };
    },
  };
  // A dependency that stays away opens it again each time it is tried; that is said once.
  let said: BreakerState = 'closed';
  policy.onChange((state) => {
    if (state === 'half_open' || state === said) return;
    said = state;
    if (state === 'open') log.warn(`breaker ${name} is open`, { policy: name });
    else log.info(`breaker ${name} is closed again`, { policy: name });
  });
  open?.set({ policy: name }, 0);
  policy.onChange((state) => { open?.set({ policy: name }, state === 'closed' ? 0 : 1); });
  return policy;
}

function createBreaker(options: BreakerOptions): IBreaker {
  if ('failures' in options) return new ConsecutiveBreaker(options.failures);
  return new SamplingBreaker({
    threshold: options.failureRatio,
    duration: options.samplingMs,
    minimumRps: options.minimumPerSecond,
  });
}

/**
 * cockatiel compares `Date.now() - openedAt` with `duration`, so a clock that is set back by an hour would keep the breaker
 * open for an hour. This pause uses the monotonic clock, and answers "for ever" or "long over".
 */
function monotonicPause(resetMs: number): IBackoff<unknown> {
  const until = performance.now() + resetMs;
  return {
    get duration() { return performance.now() < until ? Infinity : -Infinity; },
    next: () => monotonicPause(resetMs),
  };
}

/**
 * Runs `fn` for at most `timeoutMs`. cockatiel's own time-out aborts its signal after every call, and an abort makes an
 * exception with a stack [7 % of the processor time of a cached read in the api].
 */
function within<T>(
  { name, timeoutMs, isFailure }: { readonly name: string; readonly timeoutMs: number; isFailure(error: unknown): boolean },
  fn: (signal: AbortSignal) => Promise<T>,
): Promise<Outcome<T>> {
  return new Promise((resolve, reject) => {
    const aborter = fn.length === 0 ? undefined : new AbortController();
    const timer = setTimeout(() => {
      const error = new PolicyError(name, 'timeout', `no answer within ${timeoutMs} ms`);
      reject(error);
      aborter?.abort(error);
    }, timeoutMs);
    const failed = (error: unknown): void => {
      clearTimeout(timer);
      if (isFailure(error)) reject(error);
      else resolve({ refused: error });
    };
    try {
      fn(aborter?.signal ?? NEVER).then((value) => {
        clearTimeout(timer);
        resolve({ value });
      }, failed);
    } catch (error) {
      failed(error);
    }
  });
}

function translate(name: string, error: unknown): unknown {
  if (error instanceof BulkheadRejectedError) return new PolicyError(name, 'bulkhead', 'too many calls are waiting');
  if (isBrokenCircuitError(error)) return new PolicyError(name, 'open', 'the breaker is open');
  return error;
}

function stateName(state: CircuitState): BreakerState {
  if (state === CircuitState.Closed) return 'closed';
  return state === CircuitState.HalfOpen ? 'half_open' : 'open';
}
