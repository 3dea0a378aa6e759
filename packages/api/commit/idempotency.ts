/**
 * Idempotency keys. An answer is stored in the transaction of its effect, once execution has begun; a refusal is stored
 * too. A repeat gets it byte for byte.
 */
import type { Refusal } from '@inventory/domain/errors.ts';
import type { Answer, IdempotencyKey, Refused, Settled } from './command.ts';
import type { Pseudonym } from './names.ts';

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

/** What an answer is kept by, and the fingerprint that the request must have. */
type StoredKey = Pick<StoredAnswer, 'principal' | 'operation' | 'key' | 'fingerprint'>;

/**
 * The two ways in which a key is written: in clear, as releases before read it, and hidden. An answer is looked for in both,
 * because it may have been stored in the other.
 */
export function keysOf(
  principal: string, { operation, key, fingerprint }: Pick<IdempotencyKey, 'operation' | 'key' | 'fingerprint'>, pseudonym: Pseudonym,
): { readonly clear: StoredKey; readonly hidden: StoredKey; readonly all: readonly StoredKey[] } {
  const clear = { principal, operation, key, fingerprint };
  const hidden = {
    principal: pseudonym(principal), operation, key: pseudonym(key), fingerprint: Buffer.from(pseudonym(fingerprint.toString('hex'))),
  };
  return { clear, hidden, all: [clear, hidden] };
}

/** The stored answer again, or a refusal where the key was used with another body. @param fingerprints in the ways in which it may be stored */
export function repeat(known: StoredAnswer, fingerprints: readonly Buffer[]): Settled<Refused> {
  if (!fingerprints.some((fingerprint) => known.fingerprint.equals(fingerprint))) {
    const refusal: Refusal = {
      code: 'idempotency_key_reused', message: 'This Idempotency-Key was used before with another request body.',
      details: {},
    };
    return { kind: 'decided', outcome: { ok: false, refusal }, stored: undefined };
  }
  return { kind: 'repeated', stored: { status: known.status, headers: known.headers, body: known.response } };
}

/** An answer as it is to be stored. */
export function recordOf({ principal, operation, key, fingerprint }: StoredKey, answer: Answer): StoredAnswer {
  return {
    principal, operation, key, fingerprint, status: answer.status, headers: answer.headers, response: answer.body,
  };
}

/** False for a validation error: the corrected request may use the same key. */
export function isStored(outcome: { readonly ok: true } | Refused): boolean {
  return outcome.ok || outcome.refusal.code !== 'validation_failed';
}
