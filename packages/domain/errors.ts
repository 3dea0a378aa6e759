/**
 * The closed list of error codes is the contract of the whole system; messages are for people. Which HTTP status a code
 * gets is decided at the edge (packages/api/http/problems.ts): the domain knows no status numbers.
 */
export const errorCodes = [
  'validation_failed',
  'malformed_json',
  'bad_request',
  'unauthenticated',
  'forbidden',
  'store_not_in_scope',
  'not_found',
  'method_not_allowed',
  'not_acceptable',
  'request_timeout',
  'payload_too_large',
  'uri_too_long',
  'unsupported_media_type',
  'expectation_failed',
  'header_fields_too_large',
  'insufficient_stock',
  'stock_limit_exceeded',
  'change_limit_exceeded',
  'reservation_expired',
  'reservation_already_confirmed',
  'reservation_already_cancelled',
  'wrong_state',
  'more_than_sold',
  'hold_limit_exceeded',
  'sale_limit_exceeded',
  'sku_taken',
  'in_use',
  'customer_has_holds',
  'conversion_pending',
  'log_epoch_changed',
  'version_mismatch',
  'idempotency_key_reused',
  'precondition_required',
  'quota_exceeded',
  'dependency_unavailable',
  'lock_timeout',
  'overloaded',
  'outcome_unknown',
  'internal_error',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** One line of demand that could not be met, as the 409 names it. */
export interface ShortLine {
  readonly index: number;
  readonly product_id: string;
  readonly store_id: string;
  readonly requested: number;
  readonly available: number;
}

/** One hold that a count of the shelf leaves without its units. */
export interface HeldLine {
  /** The place of the count in the request. */
  readonly index: number;
  readonly reservation_id: string;
  /** The ref; the api puts the id in its place on the way out (packages/api/commit/names.ts). */
  readonly customer_id: string | null;
  readonly quantity: number;
  readonly expires_at: string;
  readonly created_at: string;
  readonly batch_id: string | null;
  readonly reference: string | null;
}

/** One fault of an input: a JSON pointer to it (RFC 6901) and what is wrong. */
export interface FieldError {
  readonly pointer: string;
  readonly message: string;
}

/** What an error may tell its reader in addition to code and message. Every member is public. */
export interface ErrorDetails {
  readonly lines?: readonly ShortLine[];
  readonly errors?: readonly FieldError[];
  /** The youngest first, in the order in which they would be ended. */
  readonly holds?: readonly HeldLine[];
  readonly current_version?: number;
  readonly current_quantity?: number;
  readonly current_reserved?: number;
  /** How many there are now of what was to be changed together. */
  readonly current_count?: number;
  /** The status that a verb does not know. */
  readonly current_status?: string;
  /** Units of a sale, and those of them that have come back. */
  readonly confirmed_quantity?: number;
  readonly returned_quantity?: number;
  readonly retry_after_seconds?: number;
  readonly retryable?: boolean;
  /** Names of the rate limits that were exceeded. */
  readonly violated_policies?: readonly string[];
}

/** The one error class that crosses package borders. `cause` is what led to it, for the log only. */
export class InventoryError extends Error {
  override readonly name = 'InventoryError';
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.details = details;
  }
}

/** A decision's "no": a value, not an exception, because a refused command is an ordinary answer. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details: ErrorDetails;
}

export function refuse(code: ErrorCode, message: string, details: ErrorDetails = {}): { ok: false; refusal: Refusal } {
  return { ok: false, refusal: { code, message, details } };
}
