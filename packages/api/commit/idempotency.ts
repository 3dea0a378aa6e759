/**
 * Idempotency keys. An answer is stored in the transaction of its effect, once execution has begun; a refusal is stored
 * too. A repeat gets it byte for byte.
 */
import type { Refusal } from '@inventory/domain/errors.ts';
import type { Answer, IdempotencyKey, Refused, Settled } from './command.ts';

/** An answer as its row keeps it. */
export interface StoredAnswer {
  readonly principal: string;
  readonly operation: string;
  readonly key: string;
  readonly fingerprint: Buffer;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly response: Buffer;
}

/** The stored answer again, or a refusal where the key was used with another body. */
export function repeat(known: StoredAnswer, fingerprint: Buffer): Settled<Refused> {
  if (!known.fingerprint.equals(fingerprint)) {
    const refusal: Refusal = {
      code: 'idempotency_key_reused', message: 'This Idempotency-Key was used before with another request body.',
      details: {},
    };
    return { kind: 'decided', outcome: { ok: false, refusal }, stored: undefined };
  }
  return { kind: 'repeated', stored: { status: known.status, headers: known.headers, body: known.response } };
}

/** An answer as it is to be stored. */
export function recordOf(
  principal: string, { operation, key, fingerprint }: Pick<IdempotencyKey, 'operation' | 'key' | 'fingerprint'>, answer: Answer,
): StoredAnswer {
  return {
    principal, operation, key, fingerprint, status: answer.status, headers: answer.headers, response: answer.body,
  };
}

/** False for a validation error: the corrected request may use the same key. */
export function isStored(outcome: { readonly ok: true } | Refused): boolean {
  return outcome.ok || outcome.refusal.code !== 'validation_failed';
}
