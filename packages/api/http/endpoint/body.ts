/** JSON bodies and no others: UTF-8, not compressed, at most so many bytes. */
import { InventoryError } from '@inventory/domain/errors.ts';
import express from 'express';
import type { RequestHandler } from 'express';
import { countHeader } from '../edge/raw-headers.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Parses a body. @param limit in bytes */
export function jsonBody(limit: number): readonly RequestHandler[] {
  const parser = express.json({
    limit,
    inflate: false,
    // Not strict: `7` and `null` are JSON, and the schema says better what they should be.
    type: 'application/json',
    strict: false,
    verify: (_req, _res, bytes) => {
      // body-parser would replace bytes that are not UTF-8 by U+FFFD.
      try {
        utf8.decode(bytes);
      } catch (error) {
        throw new InventoryError('malformed_json', 'The body is not UTF-8.', {}, error);
      }
    },
  });
  const required: RequestHandler = (req, _res, next) => {
    if (countHeader(req, 'content-type') > 1) {
      throw new InventoryError('bad_request', 'A request has at most one Content-Type header.');
    }
    if (!isUtf8(req.get('content-type') ?? '')) {
      throw new InventoryError('unsupported_media_type', 'The body must be in UTF-8.');
    }
    if (req.is('application/json') === false || req.get('content-type') === undefined) {
      // Without a body no type can be wrong.
      if (hasBody(req) || req.get('content-type') !== undefined) {
        throw new InventoryError('unsupported_media_type', 'The body must be application/json in UTF-8.');
      }
    }
    next();
  };
  return [required, bounded(parser, limit)];
}

/**
 * 413 at the first byte too many, or before the first one where Content-Length tells: body-parser reads a body to its end
 * before it says so. The connection is closed soon after the answer (http/server/cut-off.ts).
 * @throws {InventoryError} payload_too_large
 */
function bounded(parser: RequestHandler, limit: number): RequestHandler {
  const tooLarge = () => new InventoryError('payload_too_large', `The body may have ${limit} bytes.`);
  return (req, res, next) => {
    if (Number(req.headers['content-length'] ?? 0) > limit) throw tooLarge();
    let over = false;
    if (req.headers['transfer-encoding'] !== undefined) {
      let read = 0;
      req.on('data', (chunk: Buffer) => {
        read += chunk.length;
        if (over || read <= limit) return;
        over = true;
        next(tooLarge());
      });
    }
    // What the parser says of a body that was refused comes when its answer has long left.
    return parser(req, res, (error?: unknown) => { if (!over) next(error); });
  };
}

/** False for another charset: body-parser takes each that begins with `utf-`, and decodes it. */
function isUtf8(contentType: string): boolean {
  return [...contentType.matchAll(/charset\s*=\s*("?)([^";\s]*)/gi)].every(([, , charset]) => /^utf-8$/i.test(charset ?? ''));
}

function hasBody(req: Parameters<RequestHandler>[0]): boolean {
  const length = req.get('content-length');
  return req.get('transfer-encoding') !== undefined || (length !== undefined && length !== '0');
}
