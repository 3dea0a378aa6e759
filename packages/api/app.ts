/** The order of the middleware is visible here and nowhere else. `createApp` never listens: http/server.ts does. */
import type { RequestListener } from 'node:http';
import type { Database } from '@inventory/db/pool.ts';
import type { Actor } from '@inventory/domain/access.ts';
import { InventoryError } from '@inventory/domain/errors.ts';
import type { Logger } from '@inventory/runtime/log.ts';
import type { Metrics } from '@inventory/runtime/metrics.ts';
import express from 'express';
import type { RequestHandler } from 'express';
import { adminOperations } from './admin/routes.ts';
import type { ReadAvailability } from './availability/read.ts';
import { availabilityOperations } from './availability/get-availability.ts';
import type { Committer } from './commit/committer.ts';
import { contracts, demandAll } from './contracts.ts';
import { eventOperations } from './events/routes.ts';
import { authenticate, recognise } from './http/auth/verifier.ts';
import { cors } from './http/edge/cors.ts';
import { handleErrors, notFound } from './http/errors.ts';
import { fixedHeaders } from './http/edge/fixed-headers.ts';
import { inOrder } from './http/chain.ts';
import { mount } from './http/endpoint/endpoint.ts';
import { identifyRequest, observeRequests, requestDurations } from './http/edge/request.ts';
import { shedChanges } from './http/server/load-shedding.ts';
import type { Count } from './http/rate-limit/counter.ts';
import { limitRequests } from './http/rate-limit/middleware.ts';
import type { RateLimits } from './http/rate-limit/middleware.ts';
import { contractOperations } from './openapi/routes.ts';
import { createStockOperations } from './http/endpoint/stock-operations.ts';
import { productOperations } from './products/routes.ts';
import { reservationOperations } from './reservations/routes.ts';
import { stockOperations } from './stock/routes.ts';
import { storeOperations } from './stores/routes.ts';

export interface EdgeRules {
  /** Addresses and networks of the proxies whose X-Forwarded-For is believed. */
  readonly trustProxy: readonly string[];
  readonly corsOrigins: readonly string[];
  readonly rateLimits: RateLimits;
}

export interface AppDeps {
  readonly instance: string;
  readonly db: Database;
  readonly committer: Committer;
  readonly verifyToken: (token: string) => Promise<Actor>;
  readonly readAvailability: ReadAvailability;
  readonly countRequest: Count;
  readonly edge: EdgeRules;
  readonly log: Logger;
  readonly metrics: Metrics;
}

const MAX_URL_BYTES = 8192;

const refuseLongUrls: RequestHandler = (req, _res, next) => {
  if (req.originalUrl.length > MAX_URL_BYTES) {
    throw new InventoryError('uri_too_long', `A URL has at most ${MAX_URL_BYTES} bytes.`);
  }
  next();
};

// A proxy may have taken the other one of two hosts for the one that counts (RFC 9112 §3.2).
const refuseAmbiguousHosts: RequestHandler = (req, _res, next) => {
  let hosts = 0;
  for (let nth = 0; nth < req.rawHeaders.length; nth += 2) {
    if (req.rawHeaders[nth]?.length === 4 && req.rawHeaders[nth]?.toLowerCase() === 'host') hosts += 1;
  }
  if (hosts > 1 || (hosts === 0 && req.httpVersion === '1.1')) {
    throw new InventoryError('bad_request', 'A request has exactly one Host header.');
  }
  next();
};

// The client may wait with its body or not, so nothing that follows on this connection could be read with certainty.
const refuseExpectations: RequestHandler = (req, res, next) => {
  if (req.httpVersion === '1.1' && req.headers.expect !== undefined && !/^(100-continue)?$/i.test(req.headers.expect)) {
    res.set('connection', 'close');
    throw new InventoryError('expectation_failed', 'Only Expect: 100-continue is known.');
  }
  next();
};

// An escaped slash or control character in a path is nobody's id; decoded, it would reach a query (BAD-INPUT 10 to 12).
const refuseEscapedControls: RequestHandler = (req, _res, next) => {
  if (/%(2f|5c|0[0-9a-f]|1[0-9a-f]|7f)/i.test(req.originalUrl.split('?', 1)[0] ?? '')) {
    throw new InventoryError('validation_failed', 'The path contains an escaped control character or slash.', {
      errors: [{ pointer: '', message: 'must not contain escaped slashes or control characters' }],
    });
  }
  next();
};

export function createApp(deps: AppDeps): RequestListener {
  const app = express();
  const durations = requestDurations(deps.metrics);
  app.set('case sensitive routing', true);
  app.set('strict routing', true);
  app.set('query parser', 'simple');
  app.set('etag', false);
  app.disable('x-powered-by');
  app.set('trust proxy', [...deps.edge.trustProxy]);

  app.use(inOrder(
    identifyRequest(),
    observeRequests(durations, deps.log),
    fixedHeaders(deps.instance),
    cors(deps.edge.corsOrigins),
    recognise(deps.verifyToken),
    limitRequests({ count: deps.countRequest, limits: deps.edge.rateLimits, metrics: deps.metrics }),
    refuseAmbiguousHosts, refuseExpectations, refuseLongUrls, refuseEscapedControls,
  ));

  const counted = createStockOperations(deps.metrics);
  const operations = [
    ...stockOperations({ ...deps, operations: counted }),
    ...reservationOperations({ ...deps, operations: counted }),
    ...availabilityOperations(deps),
    ...productOperations(deps),
    ...storeOperations(deps),
    ...eventOperations(deps),
    ...adminOperations(deps),
    ...contractOperations(contracts),
  ];
  demandAll(operations);
  app.use('/api/v1', mount(operations, authenticate()));

  app.use(notFound());
  app.use(handleErrors(deps.log));
  return shedChanges(app, { durations });
}
