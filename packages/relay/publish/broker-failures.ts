/** What the failure of a publish means, by the broker's error code. */
import { ErrorCode, NatsError } from 'nats';
import { PolicyError } from '@inventory/runtime/policies.ts';
import { UnexpectedSequence } from './chain.ts';

/**
 * - `refused`: the chain did its work; another message stands there, or one before it is missing
 * - `unknown`: no answer, or one that does not say whether the message is in the stream
 * - `full`: the stream takes nothing more for now
 * - `too_large`: this one message is refused for good
 * - `misconfigured`: everything is refused until a person changes the configuration
 * - `breaker`: it was not sent
 * - `other`: any other answer
 */
type PublishErrorClass = 'refused' | 'unknown' | 'full' | 'too_large' | 'misconfigured' | 'breaker' | 'other';

const CLASSES: ReadonlyMap<number, PublishErrorClass> = new Map([
  [10071, 'refused'], // wrong last sequence
  [10008, 'unknown'], // JetStream is temporarily unavailable: a leader is being elected
  [10077, 'full'], // maximum bytes or messages
  [10023, 'full'], // insufficient resources
  [10047, 'full'], // insufficient storage
  [10054, 'too_large'], // max_msg_size of the stream
  [10060, 'misconfigured'], // the subject is captured by another stream
  [10039, 'misconfigured'], // JetStream is not enabled for the account
  [10109, 'misconfigured'], // the stream is sealed
]);

/** The class of a failure, for any value that a publish failed with. */
export function classifyPublishError(error: unknown): PublishErrorClass {
  if (error instanceof PolicyError) return error.kind === 'timeout' ? 'unknown' : 'breaker';
  if (error instanceof UnexpectedSequence) return 'refused';
  if (!(error instanceof NatsError)) return 'unknown';
  if (error.code === String(ErrorCode.PermissionsViolation)) return 'misconfigured';
  return error.api_error === undefined ? 'unknown' : CLASSES.get(error.api_error.err_code ?? 0) ?? 'other';
}
