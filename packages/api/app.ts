/** The order of the middleware is visible here and nowhere else. `createApp` never listens: http/server/listen.ts does. */
import type { RequestListener } from 'node:http';
import type { Database } from '@inventory/db/pool.ts';
import type { Actor } from '@inventory/domain/access.ts';
import type { Logger } from '@inventory/runtime/log.ts';
import type { Metrics } from '@inventory/runtime/metrics.ts';
import express from 'express';
import { adminOperations } from './admin/routes.ts';
import type { ReadAvailability } from './availability/read.ts';
import { availabilityOperations } from './availability/get-availability.ts';
import type { Committer } from './commit/committer.ts';
import { contracts, demandAll } from './contracts.ts';
import { eventOperations } from './events/routes.ts';
import { authenticate, recognise } from './http/auth/authenticate.ts';
import { cors } from './http/edge/cors.ts';
import { handleErrors, notFound } from './http/errors.ts';
import { fixedHeaders } from './http/edge/fixed-headers.ts';
import {
  refuseAmbiguousHosts, refuseEscapedControls, refuseExpectations, refuseLongUrls,
} from './http/edge/guards.ts';
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
