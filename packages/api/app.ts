/** The order of the middleware is visible here and nowhere else. `createApp` never listens: http/server/listen.ts does. */
import type { RequestListener } from 'node:http';
import type { Limits } from '@inventory/domain/limits.ts';
import type { Logger } from '@inventory/runtime/log.ts';
import type { Metrics } from '@inventory/runtime/metrics.ts';
import express from 'express';
import { inClear } from './commit/names.ts';
import type { Pseudonym } from './commit/names.ts';
import type { ApiDeps } from './deps.ts';
import { endpoints } from './endpoints.ts';
import { authenticate, recognise } from './http/auth/authenticate.ts';
import { trusting } from './http/edge/addresses.ts';
import { inOrder } from './http/in-order.ts';
import { cors } from './http/edge/cors.ts';
import { responseHeaders } from './http/edge/response-headers.ts';
import {
  refuseAmbiguousFraming, refuseAmbiguousHosts, refuseEscapedControls, refuseExpectations, refuseLongUrls,
} from './http/edge/refuse-malformed.ts';
import { identifyRequest, observeRequests, requestDurations } from './http/edge/request.ts';
import { mount } from './http/endpoint/mount.ts';
import { createStockOperations } from './http/endpoint/stock-operations.ts';
import { handleErrors, notFound } from './http/errors.ts';
import type { Count } from './http/rate-limit/counter.ts';
import { createRateLimiter } from './http/rate-limit/middleware.ts';
import type { RateLimits } from './http/rate-limit/middleware.ts';
import { shedChanges } from './http/server/load-shedding.ts';
import { createDocuments } from './openapi/documents.ts';
import { BOARD_PATH, boardPages } from './pages/board.ts';
import type { BoardRules } from './pages/board.ts';
import { frontPage } from './pages/front-page.ts';

export interface EdgeRules {
  /** Addresses and networks of the proxies whose X-Forwarded-For is believed. */
  readonly trustProxy: readonly string[];
  readonly corsOrigins: readonly string[];
  readonly rateLimits: RateLimits;
}

interface AppDeps extends Omit<ApiDeps, 'documents' | 'bounds'> {
  readonly limits: Limits;
  readonly instance: string;
  readonly countRequest: Count;
  readonly edge: EdgeRules;
  /** Hides in log lines and limits who asks; nothing is hidden where it is left out. */
  readonly pseudonym?: Pseudonym;
  /** The pages for people; undefined where none are served. */
  readonly board: BoardRules | undefined;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/** Makes the whole app: what happens to every request, then the endpoints, then the errors. */
export function createApp(deps: AppDeps): RequestListener {
  const { edge, log, metrics, pseudonym = inClear } = deps;
  const app = express();
  const durations = requestDurations(metrics);
  const limits = createRateLimiter({ count: deps.countRequest, limits: edge.rateLimits, metrics, pseudonym });
  app.set('case sensitive routing', true);
  app.set('strict routing', true);
  app.set('query parser', 'simple');
  app.set('etag', false);
  app.disable('x-powered-by');
  app.set('trust proxy', trusting(edge.trustProxy));

  app.use(inOrder(
    identifyRequest(),
    observeRequests(durations, { log, pseudonym }),
    responseHeaders(deps.instance),
    cors(edge.corsOrigins),
    recognise({ verifyToken: deps.verifyToken, redeem: deps.tickets.redeem, pseudonym }),
    limits.atTheDoor,
    refuseAmbiguousFraming, refuseAmbiguousHosts, refuseExpectations, refuseLongUrls, refuseEscapedControls,
  ));
  app.use(frontPage({ board: deps.board !== undefined }));
  if (deps.board !== undefined) app.use(BOARD_PATH, boardPages(deps.board));
  app.use('/api/v1', mount(endpoints, {
    ...deps, documents: createDocuments(endpoints), bounds: { requests: edge.rateLimits, holds: deps.limits },
  }, {
    authenticate: authenticate(), operations: createStockOperations(metrics), charge: limits.charge,
  }));
  app.use(notFound());
  app.use(handleErrors({ log, pseudonym }));
  return shedChanges(app, { durations });
}
