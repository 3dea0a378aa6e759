/**
 * Cross-origin requests by an allow list of exact origins; from any other origin the answer carries no CORS header, and
 * the browser keeps it from the page. No cookies: a token is in a header that the page itself sets.
 */
import type { RequestHandler } from 'express';

const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE';
const REQUEST_HEADERS = 'Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-Request-Id, '
  + 'traceparent, tracestate';
/** What a page may read beside the few headers that every page may. */
const ANSWER_HEADERS = 'ETag, Link, Location, Idempotency-Replayed, RateLimit, RateLimit-Policy, Retry-After, '
  + 'X-Request-Id, X-Served-By, X-Stock-Version';
const PREFLIGHT_SECONDS = 600;

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
    // Asked by the browser before the page's own request, so it has no token, and no limit could be kept by one.
    res.set({
      'access-control-allow-methods': METHODS, 'access-control-allow-headers': REQUEST_HEADERS,
      'access-control-max-age': String(PREFLIGHT_SECONDS),
    }).status(204).end();
  };
}
