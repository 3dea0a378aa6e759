/** The end of the chain: what was thrown becomes a problem, and an unexpected error also becomes a log line. */
import { InventoryError } from '@inventory/domain/errors.ts';
import { TooNew } from '@inventory/domain/events-stored.ts';
import type { ErrorCode } from '@inventory/domain/errors.ts';
import { LogUntrusted } from '@inventory/db/known-server.ts';
import { isPassing } from '@inventory/db/sqlstate.ts';
import type { Logger } from '@inventory/runtime/log.ts';
import { PolicyError } from '@inventory/runtime/policies.ts';
import type { ErrorRequestHandler, RequestHandler } from 'express';
import type { Pseudonym } from '../commit/names.ts';
import { send } from './answer.ts';
import { contextOf, loggedId, problemContextOf } from './context.ts';
import { problemAnswer } from './problems.ts';

/** The errors of body-parser, by their `type`. */
const parserCodes: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  'entity.parse.failed': ['malformed_json', 'The body is not JSON.'],
  'entity.too.large': ['payload_too_large', 'The body is too large.'],
  'encoding.unsupported': ['unsupported_media_type', 'The body may not be compressed.'],
  'charset.unsupported': ['unsupported_media_type', 'The body must be in UTF-8.'],
  'request.aborted': ['bad_request', 'The request ended before its body did.'],
  'request.size.invalid': ['bad_request', 'The body is not as long as Content-Length says.'],
};

function propertyOf(error: object, name: string): unknown {
  return Object.hasOwn(error, name) ? Reflect.get(error, name) : undefined;
}

/** The error as one with a code of the closed list; internal_error where it is unknown. */
function toInventoryError(error: unknown): InventoryError {
  if (error instanceof InventoryError) return error;
  if (error instanceof URIError) {
    return new InventoryError('validation_failed', 'The path is not valid UTF-8.', {
      errors: [{ pointer: '', message: 'is not well-formed percent-encoded UTF-8' }],
    }, error);
  }
  if (error instanceof PolicyError) {
    const [code, message] = error.kind === 'bulkhead' ? ['overloaded', 'Too many requests are waiting.'] as const
      : ['dependency_unavailable', 'A service that this one needs does not answer.'] as const;
    return new InventoryError(code, message, { retry_after_seconds: 1 }, error);
  }
  if (error instanceof Error) {
    // body-parser wraps the error that `verify` throws.
    if (error.cause instanceof InventoryError) return error.cause;
    const known = parserCodes[String(propertyOf(error, 'type'))];
    if (known !== undefined) return new InventoryError(known[0], known[1], {}, error);
    if (propertyOf(error, 'status') === 400) return new InventoryError('bad_request', 'The request is malformed.', {}, error);
    if (error instanceof LogUntrusted) {
      return new InventoryError('dependency_unavailable', 'The log is on a server that nobody has accepted yet.', { retry_after_seconds: 5 }, error);
    }
    if (error instanceof TooNew) {
      return new InventoryError('dependency_unavailable', 'The log holds events that this release cannot read yet.', { retry_after_seconds: 5 }, error);
    }
    if (isPassing(error)) {
      return new InventoryError('dependency_unavailable', 'The database does not answer.', { retry_after_seconds: 1 }, error);
    }
  }
  return new InventoryError('internal_error', 'Something went wrong on the server.', {}, error);
}

/** For every path without an endpoint. */
export function notFound(): RequestHandler {
  return () => {
    throw new InventoryError('not_found', 'There is nothing at this path.');
  };
}

/** For the methods that a known path does not have. */
export function methodNotAllowed(...allowed: readonly string[]): RequestHandler {
  return (req, res) => {
    res.set('allow', allowed.join(', '));
    if (req.method === 'OPTIONS') {
      res.status(204).end();
      return;
    }
    throw new InventoryError('method_not_allowed', `This resource has ${allowed.join(', ')}.`);
  };
}

/** Answers with a problem, or ends the connection where an answer has begun. */
export function handleErrors({ log, pseudonym }: { readonly log: Logger; readonly pseudonym: Pseudonym }): ErrorRequestHandler {
  // Express recognises an error handler by its four parameters.
  return (thrown: unknown, req, res, _next) => {
    const error = toInventoryError(thrown);
    if (error.code === 'internal_error') {
      log.error('a request failed', { request_id: loggedId(contextOf(req), pseudonym), error: error.cause ?? error });
    }
    if (res.headersSent) {
      res.destroy();
      return;
    }
    send(res, problemAnswer(error, problemContextOf(req)));
  };
}
