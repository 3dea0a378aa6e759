/** Conditional requests (RFC 9110 §13) by the version of a row. */
import { InventoryError } from '@inventory/domain/errors.ts';
import { NO_VERSION } from '@inventory/domain/versions.ts';
import type { Request } from 'express';
import type { Answer } from '../../commit/command.ts';
import { json } from '../answer.ts';

/** The ETag of a version. */
export function versionTag(version: number): string {
  return `"${version}"`;
}

/**
 * The version that If-Match asks for; undefined without the header, or with `*`.
 * A weak tag never matches (RFC 9110 §13.1.1), so it ends as version_mismatch rather than as a syntax error.
 * @throws {InventoryError} validation_failed where the header is no entity tag at all
 */
export function expectedVersion(req: Request): number | undefined {
  const header = req.get('if-match');
  if (header === undefined || header === '*') return undefined;
  const [, version] = /^"(0|[1-9]\d{0,9})"$/.exec(header) ?? [];
  if (version !== undefined) return Number(version);
  if (/^(W\/)?"[\x21\x23-\x7e]*"$/.test(header)) return NO_VERSION;
  throw new InventoryError('validation_failed', 'If-Match must be one entity tag.', {
    errors: [{ pointer: '', message: 'If-Match must be one entity tag such as "7"' }],
  });
}

/**
 * A client that sends a condition relies on it. Where an endpoint cannot look at it, the change must not be made as though
 * there were none.
 * @throws {InventoryError} validation_failed for If-Match where there is no version to compare, and for any If-None-Match
 */
export function refuseOtherConditions(req: Request, { conditional }: { readonly conditional: boolean }): void {
  const header = [...(conditional ? [] : ['If-Match']), 'If-None-Match'].find((name) => req.get(name) !== undefined);
  if (header === undefined) return;
  throw new InventoryError('validation_failed', `The change was not made: ${header} is not looked at here.`, {
    errors: [{ pointer: '', message: `${header} is not looked at by this write` }],
  });
}

/**
 * True when If-None-Match names this tag: the client has what the answer would say (RFC 9110 §13.1.2, a weak comparison).
 * Not Express's `req.fresh`, which is false for a request with Cache-Control: no-cache. fetch sends that by itself beside
 * If-None-Match, and would never get a 304.
 */
export function isKnown(req: Request, etag: string): boolean {
  const header = req.get('if-none-match');
  if (header === undefined) return false;
  return header.trim() === '*' || header.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
}

/** The body with its tag, or 304 where the client has it already. */
export function taggedAnswer(req: Request, tag: string, body: object): Answer {
  const headers = { 'etag': tag, 'cache-control': 'no-cache' };
  return isKnown(req, tag) ? { status: 304, headers, body: Buffer.alloc(0) } : json(200, body, headers);
}
