/**
 * Spans, for whoever loads an OpenTelemetry SDK into the process (`node --import …`): one for each request, one for each
 * group commit with links to its requests, one for each statement. Without an SDK the API makes none of them, and costs
 * next to nothing. The trace context of a request is kept either way: it is logged, and stored in its events.
 */
import { randomUUID } from 'node:crypto';
import {
  ROOT_CONTEXT, SpanKind, SpanStatusCode, context, isSpanContextValid, propagation, trace,
} from '@opentelemetry/api';
import type { Span } from '@opentelemetry/api';
import { TRACEPARENT, traceBatch } from '@inventory/runtime/tracing.ts';
import type pg from 'pg';

const tracer = trace.getTracer('inventory-api');

export interface RequestTrace {
  readonly span: Span;
  /** What events remember and the answer says: of our span, of the caller's, or of a trace that begins here. */
  readonly traceparent: string;
}

/** Begins the span of a request. A traceparent that is none counts as absent. */
export function traceRequest(method: string, headers: Readonly<Record<string, unknown>>): RequestTrace {
  const valid = givenTrace(headers);
  const parent = valid === undefined ? ROOT_CONTEXT : propagation.extract(ROOT_CONTEXT, headers);
  const span = tracer.startSpan(method, { kind: SpanKind.SERVER, attributes: { 'http.request.method': method } }, parent);
  const own = span.spanContext();
  if (isSpanContextValid(own)) {
    const flags = own.traceFlags.toString(16).padStart(2, '0');
    return { span, traceparent: `00-${own.traceId}-${own.spanId}-${flags}` };
  }
  return { span, traceparent: valid ?? madeUp() };
}

/** What an answer says that no span was begun for. */
export function traceparentOf(headers: Readonly<Record<string, unknown>>): string {
  return givenTrace(headers) ?? madeUp();
}

function givenTrace(headers: Readonly<Record<string, unknown>>): string | undefined {
  const given = headers['traceparent'];
  return typeof given === 'string' && TRACEPARENT.test(given) ? given : undefined;
}

/** A trace that begins here and that nobody records. Of UUIDs, because Node keeps random bytes in store for these. */
function madeUp(): string {
  const [trace, span] = [randomUUID(), randomUUID()];
  return `00-${trace.replaceAll('-', '')}-${span.slice(0, 8)}${span.slice(-8)}-00`;
}

/** Runs what follows within the span. */
export function within<T>(span: Span, run: () => T): T {
  return context.with(trace.setSpan(context.active(), span), run);
}

export function endRequestSpan(span: Span, { method, route, status }: {
  readonly method: string; readonly route: string; readonly status: number;
}): void {
  span.updateName(`${method} ${route}`);
  span.setAttributes({ 'http.route': route, 'http.response.status_code': status });
  if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}

/** Runs a group commit within a span of its own, which links to the requests that it serves. */
export function traceCommit<T>(traceparents: readonly (string | undefined)[], run: () => Promise<T>): Promise<T> {
  const attributes = { 'inventory.commands': traceparents.length };
  return traceBatch({ name: 'group commit', attributes, traceparents: () => traceparents }, run);
}

/** From now on each statement of this connection is a span. Values are never part of it: they may be personal. */
export function traceStatements(client: pg.ClientBase): void {
  client.query = new Proxy(client.query, {
    apply(query, self, args) {
      const span = tracer.startSpan(nameOf(args[0]), {
        kind: SpanKind.CLIENT, attributes: { 'db.system.name': 'postgresql', 'db.query.text': textOf(args[0]) },
      });
      const result: unknown = Reflect.apply(query, self, args);
      if (!(result instanceof Promise)) {
        span.end();
        return result;
      }
      void result.then(() => { span.end(); }, () => {
        span.setStatus({ code: SpanStatusCode.ERROR });
        span.end();
      });
      return result;
    },
  });
}

function textOf(query: unknown): string {
  if (typeof query === 'string') return query;
  return typeof query === 'object' && query !== null && 'text' in query && typeof query.text === 'string' ? query.text : '';
}

/** The name that a prepared statement has, or the verb of another one. */
function nameOf(query: unknown): string {
  if (typeof query === 'object' && query !== null && 'name' in query && typeof query.name === 'string') return query.name;
  return /\w+/.exec(textOf(query))?.[0]?.toUpperCase() ?? 'statement';
}
