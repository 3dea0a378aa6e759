/**
 * The span of a request, recorded where an operator loads an OpenTelemetry SDK into the process (`node --import …`).
 * Without an SDK no span is made, at next to no cost. The trace context is kept either way: it stands in the log line
 * and in the events that the request causes.
 */
import { randomUUID } from 'node:crypto';
import {
  ROOT_CONTEXT, SpanKind, SpanStatusCode, context, isSpanContextValid, propagation, trace,
} from '@opentelemetry/api';
import type { Span } from '@opentelemetry/api';
import { TRACEPARENT } from '@inventory/runtime/tracing.ts';

const tracer = trace.getTracer('inventory-api');

interface RequestTrace {
  readonly span: Span;
  /** For events and for the answer: of our span, of the caller's, or of a trace that begins here. */
  readonly traceparent: string;
}

/** Begins the span of a request. A malformed traceparent counts as absent. */
export function traceRequest(method: string, headers: Readonly<Record<string, unknown>>): RequestTrace {
  const valid = givenTrace(headers);
  const parent = valid === undefined ? ROOT_CONTEXT : propagation.extract(ROOT_CONTEXT, headers);
  const span = tracer.startSpan(method, { kind: SpanKind.SERVER, attributes: { 'http.request.method': method } }, parent);
  const own = span.spanContext();
  if (isSpanContextValid(own)) {
    const flags = own.traceFlags.toString(16).padStart(2, '0');
    return { span, traceparent: `00-${own.traceId}-${own.spanId}-${flags}` };
  }
  return { span, traceparent: valid ?? newTrace() };
}

/** The traceparent of an answer to a request that has no span. */
export function traceparentOf(headers: Readonly<Record<string, unknown>>): string {
  return givenTrace(headers) ?? newTrace();
}

function givenTrace(headers: Readonly<Record<string, unknown>>): string | undefined {
  const given = headers['traceparent'];
  return typeof given === 'string' && TRACEPARENT.test(given) ? given : undefined;
}

/** A trace that begins here and is not recorded. Made of UUIDs, because Node keeps random bytes ready for those. */
function newTrace(): string {
  const [trace, span] = [randomUUID(), randomUUID()];
  return `00-${trace.replaceAll('-', '')}-${span.slice(0, 8)}${span.slice(-8)}-00`;
}

/** Runs `run`, and all that it starts, within the span. */
export function within<T>(span: Span, run: () => T): T {
  return context.with(trace.setSpan(context.active(), span), run);
}

/** Ends the span, with the route and the status that are known only now. */
export function endRequestSpan(span: Span, { method, route, status }: {
  readonly method: string; readonly route: string; readonly status: number;
}): void {
  span.updateName(`${method} ${route}`);
  span.setAttributes({ 'http.route': route, 'http.response.status_code': status });
  if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}
