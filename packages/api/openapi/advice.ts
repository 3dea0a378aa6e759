/** What each error code means to a client, and what to do: the text of its page and of API.md. */
import type { ErrorCode } from '@inventory/domain/errors.ts';

export const advice: Readonly<Record<ErrorCode, string>> = {
  validation_failed: 'Something in the path, the query, a header or the body is not as the document describes it. '
    + 'errors points at each fault, at most 20 of them. Correct them: the same request will be refused again.',
  malformed_json: 'The body is not JSON in UTF-8. Nothing of it was used.',
  bad_request: 'The bytes that arrived are not a valid HTTP request (RFC 9112), or the request ended before its body did. '
    + 'Check the client library, and any proxy on the way.',
  unauthenticated: 'There is no bearer token, or it is not valid: malformed, expired, revoked, or of another issuer. '
    + 'Every reason has the same answer. Get a new token.',
  forbidden: 'Your role may not do this, or the request names another user or customer than your token. Use another token.',
  store_not_in_scope: 'A vendor acts for the stores in the store_ids of his token. This store is not one of them. A hold that '
    + 'he made in another store he may cancel and extend, but not confirm.',
  not_found: 'It does not exist, or your token may not see it: both have the same answer.',
  method_not_allowed: 'The path exists but does not have this method. The header Allow lists the methods that it has.',
  not_acceptable: 'Your Accept header excludes every form of the answer. Accept application/json.',
  request_timeout: 'The request took too long to arrive. Nothing was done. Send it again.',
  payload_too_large: 'The body is larger than this endpoint takes: 32 KB, or 1 MB for a batch of stock changes. Split it.',
  uri_too_long: 'A URL has at most 8 KB. Ask for fewer things at once.',
  unsupported_media_type: 'Send application/json in UTF-8, not compressed.',
  expectation_failed: 'The only Expect that is supported is 100-continue.',
  header_fields_too_large: 'All headers together have at most 16 KB, a token at most 4 KB.',
  insufficient_stock: 'Less is available than is wanted. lines names every short line, with what is wanted of its stock '
    + 'row in total and what is available. Nothing was held. Ask for less, or try another store. A count below what is held names the holds: '
    + 'end some, or send on_shortfall RELEASE.',
  stock_limit_exceeded: 'A stock row holds at most 1 000 000 000 units. Check the number.',
  change_limit_exceeded: 'A count moves the quantity by at most 1 000 000 units. Check the number; if it is right, move it in '
    + 'steps, by changes of at most 1 000 000 units.',
  reservation_expired: 'The hold has expired and its units are free again. Make a new one.',
  reservation_already_confirmed: 'The hold is already sold, maybe in another quantity. Read it.',
  reservation_already_cancelled: 'The hold is already cancelled. Make a new one.',
  wrong_state: 'What you want does not fit its state, which current_status names: only a sale comes back. Read it.',
  more_than_sold: 'confirmed_quantity units were sold, and returned_quantity of them have come back already. Return fewer, or read '
    + 'the reservation: somebody else may have booked this return.',
  hold_limit_exceeded: 'The units and the reservations that a customer, or a vendor for others, holds at once are limited. '
    + 'Confirm or cancel some, or wait until they expire.',
  sale_limit_exceeded: 'The units that a customer confirms in 24 hours are limited. The hold stays as it is: the shop may '
    + 'still sell it, or confirm it later.',
  sku_taken: 'Another product, maybe an archived one, has this SKU or one of these codes. Find it with GET /products?sku= or ?barcode=.',
  in_use: 'A product cannot be archived while a store has any of it, and the id of a store is never given twice.',
  customer_has_holds: 'A customer who has open holds is not erased. Wait until they end, or send release_holds: true, which cancels them.',
  conversion_pending: 'Something that older releases wrote still has ids of customers in it, or a process runs that does not know erasures yet: '
    + 'the detail says what. Nobody can be forgotten before that is over: see docs/security.md.',
  log_epoch_changed: 'The log was restored since this cursor was made, or goes on on another server without what you have read. Begin again without a cursor.',
  version_mismatch: 'It has changed since the version that you named; current_version is its version now. '
    + 'Read it again, decide again, and send the new version.',
  idempotency_key_reused: 'This key was used for a request with another body or path. Use one key for one request.',
  precondition_required: 'A count is absolute, so it must name the state that it replaces: If-Match with the ETag, or '
    + 'expected_quantity; in a list expected_quantity or expected_version of each item.',
  quota_exceeded: 'Too many requests in the time window: RateLimit-Policy says how many are allowed. Wait for Retry-After '
    + 'seconds.',
  dependency_unavailable: 'The database, or the key set of the identity provider, does not answer. Wait for '
    + 'Retry-After seconds and send the same request again, with the same Idempotency-Key.',
  lock_timeout: 'Other requests are changing the same stock row, and the wait was too long. Nothing was done. Send it again.',
  overloaded: 'More requests wait than can be answered in time. Nothing was done. Wait and send it again.',
  outcome_unknown: 'The connection to the database was lost while the change was being committed: it may have taken '
    + 'effect. With an Idempotency-Key, send the same request again and get its outcome; without one, check first.',
  internal_error: 'This is a mistake of the server. Its log has it under the request_id. A change was made as a whole or not '
    + 'at all.',
};
