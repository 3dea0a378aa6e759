/**
 * Idempotency keys (HTTP.md §3): an answer is kept from the moment that execution began, a refusal too, in the
 * transaction of its effect. A repeat gets it to the letter.
 */
import type { Refusal } from '@inventory/domain/errors.ts';
import type { Answer, IdempotencyKey } from './command.ts';

export interface StoredAnswer {
  readonly principal: string;
  readonly operation: string;
  readonly key: string;
  readonly fingerprint: Buffer;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly response: Buffer;
}

/** What a key was answered with before, again; a refusal where it was used with another body. */
export function replay(known: StoredAnswer, fingerprint: Buffer, refused: (refusal: Refusal) => Answer): Answer {
  if (!known.fingerprint.equals(fingerprint)) {
    return refused({
      code: 'idempotency_key_reused', message: 'This Idempotency-Key was used before with another request body.',
      details: {},
    });
  }
  return { status: known.status, headers: known.headers, body: known.response, replayed: true };
}

/** The answer as it is to be kept. */
export function recordOf(principal: string, asked: IdempotencyKey, answer: Answer): StoredAnswer {
  const { operation, key, fingerprint } = asked;
  return {
    principal, operation, key, fingerprint, status: answer.status, headers: answer.headers, response: answer.body,
  };
}

/** False for a validation error: the corrected request may use the same key. */
export function isKept(refusal: Refusal | undefined): boolean {
  return refusal?.code !== 'validation_failed';
}
