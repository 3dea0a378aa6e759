/** The first middleware: an id and a trace for the request, and one log line and one observation when it is over. */
import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Logger } from '@inventory/runtime/log.ts';
import type { Metrics } from '@inventory/runtime/metrics.ts';
import type { RequestHandler } from 'express';
import type { Pseudonym } from '../../commit/names.ts';
import { contextOf, loggedId, setContext } from '../context.ts';
import { createFloodLines } from './flood-lines.ts';
import { endRequestSpan, traceRequest, within } from './tracing.ts';

/** What a proxy makes by itself, such as nginx: it says nothing, and is found in the proxy's log as it is. */
const MADE_BY_A_PROXY = /^[0-9a-f]{32}$/;
const REQUEST_ID = /^[A-Za-z0-9._~-]{1,128}$/;

/** Gives the request its context, and runs everything after it within the span of the request. */
export function identifyRequest(): RequestHandler {
  return (req, res, next) => {
    const { span, traceparent } = traceRequest(req.method, req.headers);
    const requestId = requestIdOf(req.headers);
    setContext(req, {
      requestId,
      requestNamed: requestId === req.headers['x-request-id'] && !MADE_BY_A_PROXY.test(requestId),
      traceparent,
      span,
      startedAt: performance.now(),
      begunAt: undefined,
      endpoint: 'unmatched',
      actor: undefined,
      user: undefined,
      ticket: undefined,
      notRecognised: undefined,
      fields: {},
      stores: [],
    });
    res.set({ 'x-request-id': requestId, traceparent });
    within(span, next);
  };
}

/** The client's X-Request-Id where it is well-formed, else a new id. */
export function requestIdOf(headers: IncomingHttpHeaders): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}

export type RequestDurations = ReturnType<typeof requestDurations>;

/** The seed's histogram. Made once for a process. */
export function requestDurations(metrics: Metrics) {
  return metrics.histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the first byte of a request to the last of its answer',
    labels: ['method', 'endpoint', 'status'],
    buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1],
  });
}

/**
 * Observes every request, also one that its client gave up: status 499, as nginx counts it. Of those over a limit only some
 * have a line in the log. What a client chose to call its request, and who a customer is, is hidden there.
 */
export function observeRequests(
  durations: RequestDurations, { log, pseudonym }: { readonly log: Logger; readonly pseudonym: Pseudonym },
): RequestHandler {
  const flood = createFloodLines((requests) => { log.info('requests over a limit without a line of their own', { requests }); });
  return (req, res, next) => {
    res.on('close', () => {
      const context = contextOf(req);
      const { begunAt } = context;
      const ended = performance.now();
      // A stream has been answered when it begins, and its client is who ends it.
      const status = res.writableFinished || begunAt !== undefined ? res.statusCode : 499;
      endRequestSpan(context.span, { method: req.method, route: context.endpoint, status });
      const seconds = ((begunAt ?? ended) - context.startedAt) / 1000;
      durations.observe({ method: req.method, endpoint: context.endpoint, status: String(status) }, seconds);
      if (status === 429 && !flood.mayTell()) return;
      log.info('request', {
        method: req.method, route: context.endpoint, status, duration_ms: Math.round(seconds * 1e5) / 100,
        request_id: loggedId(context, pseudonym),
        trace_id: context.traceparent.slice(3, 35),
        ...(context.actor === undefined ? {}
          : { actor_id: context.actor.role === 'customer' ? pseudonym(context.actor.id) : context.actor.id }),
        ...(begunAt === undefined ? {} : { stream_seconds: Math.round((ended - begunAt) / 1000) }),
        ...context.fields,
      });
    });
    next();
  };
}
