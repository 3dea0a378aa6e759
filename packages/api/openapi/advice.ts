/** What each error code means to a client, and what to do: the text of its page and of API.md. */
import type { ErrorCode } from '@inventory/domain/errors.ts';

export const advice: Readonly<Record<ErrorCode, string>> = {
  validation_failed: 'Something in the path, the query, a header or the body is not as the document describes it. '
    + 'errors points at each fault, at most 20 of them. Mend them; the same request will be refused again.',
  malformed_json: 'The body could not be read as JSON in UTF-8. Nothing of it was looked at.',
  bad_request: 'The bytes that arrived are not a request as RFC 9112 has it, or it ended before its body did. '
    + 'Look for a proxy or a client library between you and us.',
  unauthenticated: 'There is no bearer token, or it is not valid: malformed, expired, revoked, or of another issuer. '
    + 'Every reason gets the same answer. Get a new token.',
  forbidden: 'Your role may not do this, or you have asked in the name of somebody else. Another token may.',
  store_not_in_scope: 'A vendor acts for the stores in the store_ids of his token. This store is not one of them.',
  not_found: 'There is nothing here, or nothing that is yours to see: both get the same answer.',
  method_not_allowed: 'The path exists and does not know this method. The header Allow names those that it knows.',
  not_acceptable: 'Your Accept header leaves out every form that we answer in. Accept application/json.',
  request_timeout: 'The request took too long to arrive. Nothing was done. Send it again.',
  payload_too_large: 'The body is larger than this operation takes: 32 KB, a batch of stock 1 MB. Split it.',
  uri_too_long: 'A URL has at most 8 KB. Ask for fewer things at once.',
  unsupported_media_type: 'Send application/json in UTF-8, not compressed.',
  expectation_failed: 'We know no Expect but 100-continue.',
  header_fields_too_large: 'The headers together have at most 16 KB, a token at most 4 KB.',
  insufficient_stock: 'Less is available than is wanted. lines names every line that is short, with what was wanted '
    + 'of its stock row altogether and what there is. Nothing was held. Ask for less, or look for another store.',
  stock_limit_exceeded: 'A stock row holds at most 1 000 000 000 units. Is the number right?',
  reservation_expired: 'The hold has run out and its units are free again. Make a new one.',
  reservation_already_confirmed: 'The hold has been sold, or sold in another quantity. Look at it.',
  reservation_already_cancelled: 'The hold has been let go of. Make a new one.',
  hold_limit_exceeded: 'A customer may hold so many units, and so many reservations, at once. '
    + 'Confirm or cancel some, or wait until they expire.',
  sku_taken: 'Another product, maybe an archived one, has this SKU. Find it with GET /products?sku=.',
  in_use: 'It cannot go while some store has any of it or some hold is open, and an id is not given twice.',
  log_epoch_changed: 'The log was restored from a backup since this cursor was made. Begin again without a cursor.',
  version_mismatch: 'It has changed since the version that you named: current_version is what it is now. '
    + 'Read it again, decide again, and send the new version.',
  idempotency_key_reused: 'This key has been used for a request with another body or path. One key for one request.',
  precondition_required: 'An absolute count must say of which state it is: If-Match with the ETag, or '
    + 'expected_quantity.',
  quota_exceeded: 'Too many requests in the window: RateLimit-Policy says how many are allowed. Wait for Retry-After '
    + 'seconds.',
  dependency_unavailable: 'The database, or the key set of the identity provider, does not answer. Wait for '
    + 'Retry-After seconds and send the same request again, with the same Idempotency-Key.',
  lock_timeout: 'Others are changing the same stock row, and the wait was too long. Nothing was done. Send it again.',
  overloaded: 'More requests wait than can be served in time. Nothing was done. Wait and send it again.',
  outcome_unknown: 'The connection to the database was lost while the change was being committed: it may have '
    + 'happened. Under an Idempotency-Key send the same request again and get its outcome; without one look first.',
  internal_error: 'This is a mistake of ours; it is in our log under the request_id. A change was made whole or not '
    + 'at all.',
};
