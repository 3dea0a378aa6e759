/**
 * The errors of calls: one class, and for TypeScript a union that `code` tells apart. A code that the API has gained since
 * this version was made reads `other`, so that a switch over all codes stays exhaustive; `problem.code` has its name.
 */
import type { components } from './generated/openapi.ts';
import { problemCodes } from './generated/operations.ts';

type Problem = components['schemas']['Problem'];

/** Members that belong to a code. A list that the answer leaves out is empty. */
interface Details {
  readonly insufficient_stock: Required<Pick<Problem, 'lines'>>;
  readonly quota_exceeded: Required<Pick<Problem, 'violated_policies'>>;
  readonly version_mismatch: Pick<Problem, 'current_version' | 'current_quantity'>;
}

/** The client's own codes: no answer, no answer in time, an answer that is not the API's, a code that it does not know. */
const OWN_CODES = ['network_error', 'deadline_exceeded', 'unexpected_answer', 'other'] as const;
export type ProblemCode = Problem['code'] | (typeof OWN_CODES)[number];

const isKnown = (code: string): code is ProblemCode => problemCodes.has(code) || OWN_CODES.some((own) => own === code);

/** The failure of one attempt. */
export interface Failure {
  readonly code: string;
  /** 0 if there was no answer. */
  readonly status: number;
  readonly message: string;
  readonly requestId: string | undefined;
  /** The same call may succeed later, unchanged, and is safe to repeat. */
  readonly retryable: boolean;
  /** Milliseconds; undefined where the answer has no Retry-After. */
  readonly retryAfterMs: number | undefined;
  /** The problem as the API answered it; empty if it did not. */
  readonly problem: Omit<Partial<Problem>, 'code'> & { readonly code?: string };
  readonly cause?: unknown;
}

/** What is known of the call. */
interface CallFacts {
  readonly operation: string;
  /** The key of all attempts; undefined if the operation takes none. */
  readonly idempotencyKey: string | undefined;
  readonly attempts: number;
  /** True if the change may have taken effect. The same call under the same key tells, and changes nothing twice. */
  readonly outcomeUnknown: boolean;
}

export class ProblemError extends Error {
  override readonly name = 'InventoryProblem';
  readonly code: ProblemCode;
  readonly status: number;
  readonly requestId: string | undefined;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  /** Faults of the input, each with a JSON pointer. */
  readonly errors: NonNullable<Problem['errors']>;
  readonly problem: Failure['problem'];
  readonly call: CallFacts;

  constructor({ code, status, message, requestId, retryable, retryAfterMs, problem, cause }: Failure, call: CallFacts) {
    super(`${call.operation}: ${code}: ${message}`, cause === undefined ? undefined : { cause });
    const { lines = [], violated_policies = [], current_version, current_quantity } = problem;
    if (code === 'insufficient_stock') Object.assign(this, { lines });
    if (code === 'quota_exceeded') Object.assign(this, { violated_policies });
    if (code === 'version_mismatch') Object.assign(this, { current_version, current_quantity });
    [this.code, this.status, this.requestId, this.retryable] = [isKnown(code) ? code : 'other', status, requestId, retryable];
    [this.retryAfterMs, this.errors, this.problem, this.call] = [retryAfterMs, problem.errors ?? [], problem, call];
  }
}

/** Every error of a call, told apart by `code`. */
export type InventoryProblem = {
  [C in ProblemCode]: ProblemError & { readonly code: C } & (C extends keyof Details ? Details[C] : unknown);
}[ProblemCode];

/** True for every error of a call but the reason of the caller's signal and errors of the caller's functions. */
export function isInventoryProblem(error: unknown): error is InventoryProblem {
  return error instanceof ProblemError;
}
