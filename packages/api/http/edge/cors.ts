/**
 * Cross-origin requests, by an allow list of exact origins. An answer to any other origin carries no CORS header, so the
 * browser keeps it from the page. No cookies: the page itself sends the token, in a header.
 */
import type { RequestHandler } from 'express';

const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE';
const REQUEST_HEADERS = 'Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, X-Request-Id, '
  + 'traceparent, tracestate';
/** Headers that a page may read beside those that any page may. */
const ANSWER_HEADERS = 'ETag, Link, Location, Idempotency-Replayed, RateLimit, RateLimit-Policy, Retry-After, '
  + 'X-Request-Id, X-Served-By, X-Stock-Version';
const PREFLIGHT_SECONDS = 600;

/** @param origins as browsers send them: scheme, host and port */
export function cors(origins: readonly string[]): RequestHandler {
  const allowed = new Set(origins);
  return (req, res, next) => {
    if (allowed.size > 0) res.vary('Origin');
    const origin = req.get('origin');
    if (origin === undefined || !allowed.has(origin)) {
      next();
      return;
    }
    res.set({ 'access-control-allow-origin': origin, 'access-control-expose-headers': ANSWER_HEADERS });
    if (req.method !== 'OPTIONS' || req.get('access-control-request-method') === undefined) {
      next();
      return;
    }
    // The browser asks by itself, before the page's own request: without a token, so no user's limit could count it.
    res.set({
      'access-control-allow-methods': METHODS, 'access-control-allow-headers': REQUEST_HEADERS,
      'access-control-max-age': String(PREFLIGHT_SECONDS),
    }).status(204).end();
  };
}
