/** The one table from error codes to HTTP, and the one place where a problem (RFC 9457) is written. */
import type { ErrorCode, ErrorDetails } from '@inventory/domain/errors.ts';
import type { Answer } from '../commit/command.ts';

interface ProblemType {
  readonly status: number;
  readonly title: string;
  /** True when the same request may succeed later, unchanged. */
  readonly retryable: boolean;
}

const once = (status: number, title: string): ProblemType => ({ status, title, retryable: false });
const again = (status: number, title: string): ProblemType => ({ status, title, retryable: true });

export const problemTypes: Readonly<Record<ErrorCode, ProblemType>> = {
  validation_failed: once(400, 'The request does not fit its schema'),
  malformed_json: once(400, 'The body is not JSON'),
  bad_request: once(400, 'The request is not valid HTTP'),
  unauthenticated: once(401, 'A valid token is needed'),
  forbidden: once(403, 'Your role does not allow this'),
  store_not_in_scope: once(403, 'Your token does not cover this store'),
  not_found: once(404, 'It does not exist'),
  method_not_allowed: once(405, 'This resource does not have the method'),
  not_acceptable: once(406, 'The answer is not in a form that you accept'),
  request_timeout: again(408, 'The request did not arrive in time'),
  payload_too_large: once(413, 'The body is too large'),
  uri_too_long: once(414, 'The URL is too long'),
  unsupported_media_type: once(415, 'The body must be application/json in UTF-8'),
  expectation_failed: once(417, 'The Expect header cannot be met'),
  header_fields_too_large: once(431, 'The headers are too large'),
  insufficient_stock: once(409, 'There is not enough stock'),
  stock_limit_exceeded: once(409, 'A stock row cannot hold so many units'),
  change_limit_exceeded: once(409, 'One change cannot move so many units'),
  reservation_expired: once(409, 'The reservation has expired'),
  reservation_already_confirmed: once(409, 'The reservation is already confirmed'),
  reservation_already_cancelled: once(409, 'The reservation is already cancelled'),
  wrong_state: once(409, 'Its state does not allow this'),
  more_than_sold: once(409, 'More cannot come back than was sold'),
  hold_limit_exceeded: once(409, 'The customer already holds too much'),
  sale_limit_exceeded: once(409, 'The customer has bought too much today'),
  sku_taken: once(409, 'Another product has this SKU or code'),
  in_use: once(409, 'It is still in use'),
  customer_has_holds: once(409, 'The customer has open holds'),
  conversion_pending: once(409, 'Events of before still name customers'),
  log_epoch_changed: once(410, 'The cursor is from before the log was restored'),
  version_mismatch: once(412, 'It has changed in the meantime'),
  idempotency_key_reused: once(422, 'The Idempotency-Key was used with another body'),
  precondition_required: once(428, 'A condition is needed'),
  quota_exceeded: again(429, 'Too many requests'),
  dependency_unavailable: again(503, 'A service that this one needs does not answer'),
  lock_timeout: again(503, 'Other requests are changing the same stock'),
  overloaded: again(503, 'Too many requests at once'),
  outcome_unknown: again(503, 'It is unknown whether the change took effect'),
  internal_error: once(500, 'The server made a mistake'),
};

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';
const MAX_ERRORS = 20;

export interface ProblemContext {
  readonly requestId: string;
  readonly instance: string;
  /** True when the request carries an Idempotency-Key, which makes a repeat safe whatever happened. */
  readonly repeatable: boolean;
}

/** A refusal or an error as the client gets it: without stack, cause or SQL. */
export function problemAnswer(
  problem: { readonly code: ErrorCode; readonly message: string; readonly details: ErrorDetails }, context: ProblemContext,
): Answer {
  const type = problemTypes[problem.code];
  const { retry_after_seconds: retryAfter, errors, retryable, ...details } = problem.details;
  const body = {
    type: `/api/v1/problems/${problem.code}`,
    title: type.title,
    status: type.status,
    detail: problem.message,
    instance: context.instance,
    code: problem.code,
    request_id: context.requestId,
    // A change whose outcome is unknown may only be repeated under an Idempotency-Key.
    retryable: retryable ?? (problem.code === 'outcome_unknown' ? context.repeatable : type.retryable),
    ...(errors === undefined ? {} : { errors: errors.slice(0, MAX_ERRORS) }),
    ...details,
  };
  const headers: Record<string, string> = { 'content-type': PROBLEM_MEDIA_TYPE };
  if (retryAfter !== undefined) headers['retry-after'] = String(retryAfter);
  if (problem.code === 'unauthenticated') headers['www-authenticate'] = 'Bearer error="invalid_token"';
  if (type.status === 403) headers['www-authenticate'] = 'Bearer error="insufficient_scope"';
  return { status: type.status, headers, body: Buffer.from(JSON.stringify(body)) };
}
