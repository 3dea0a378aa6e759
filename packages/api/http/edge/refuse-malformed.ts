/** Requests that no endpoint may see: too long, or read differently by a proxy and by this server. */
import { InventoryError } from '@inventory/domain/errors.ts';
import type { RequestHandler } from 'express';
import { countHeader } from './raw-headers.ts';

const MAX_URL_BYTES = 8192;

/** @throws {InventoryError} bad_request, by its middleware. A proxy may act on one of two hosts (RFC 9112 §3.2). */
export const refuseAmbiguousHosts: RequestHandler = (req, _res, next) => {
  const hosts = countHeader(req, 'host');
  if (hosts > 1 || (hosts === 0 && req.httpVersion === '1.1')) {
    throw new InventoryError('bad_request', 'A request has exactly one Host header.');
  }
  next();
};

/**
 * @throws {InventoryError} bad_request, and ends the connection: another coding than chunked is not undone here, HTTP/1.0
 * has none (RFC 9112 §6.1), and Node's parser takes `HTTP/0.9` and `HTTP/2.0` for versions of HTTP/1. A proxy may have
 * read any of them in another way, and then sees another end of the request.
 */
export const refuseAmbiguousFraming: RequestHandler = (req, res, next) => {
  const { httpVersion, headers: { 'transfer-encoding': coding } } = req;
  const isKnown = httpVersion === '1.1' ? coding === undefined || /^chunked$/i.test(coding) : httpVersion === '1.0' && coding === undefined;
  if (!isKnown) {
    res.set('connection', 'close');
    throw new InventoryError('bad_request', 'A request is HTTP/1.1 or 1.0, and its only transfer coding is chunked, in 1.1.');
  }
  next();
};

/**
 * @throws {InventoryError} expectation_failed, and ends the connection: the client may or may not wait before it sends
 * its body, so nothing that follows on this connection can be read with certainty.
 */
export const refuseExpectations: RequestHandler = (req, res, next) => {
  if (req.httpVersion === '1.1' && req.headers.expect !== undefined && !/^(100-continue)?$/i.test(req.headers.expect)) {
    res.set('connection', 'close');
    throw new InventoryError('expectation_failed', 'Only Expect: 100-continue is known.');
  }
  next();
};

/** @throws {InventoryError} uri_too_long */
export const refuseLongUrls: RequestHandler = (req, _res, next) => {
  if (req.originalUrl.length > MAX_URL_BYTES) {
    throw new InventoryError('uri_too_long', `A URL has at most ${MAX_URL_BYTES} bytes.`);
  }
  next();
};

/**
 * @throws {InventoryError} validation_failed for an escaped slash or control character in the path. No id has one, and
 * decoded it would reach a query (docs/bad-input.md, 10 to 12).
 */
export const refuseEscapedControls: RequestHandler = (req, _res, next) => {
  if (/%(2f|5c|0[0-9a-f]|1[0-9a-f]|7f)/i.test(req.originalUrl.split('?', 1)[0] ?? '')) {
    throw new InventoryError('validation_failed', 'The path contains an escaped control character or slash.', {
      errors: [{ pointer: '', message: 'must not contain escaped slashes or control characters' }],
    });
  }
  next();
};
