/**
 * Spans of work that serves many traces at once: one span for a batch, with links to the traces of its parts, as
 * OpenTelemetry's conventions for messaging say. An operator loads an SDK into the process (`node --import …`); without one
 * a span costs next to nothing.
 */
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, context, trace } from '@opentelemetry/api';
import type { Attributes, Link } from '@opentelemetry/api';

export { SpanKind };

/** W3C trace context, version 00. Neither id may be all zeroes. */
export const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/;
const MAX_LINKS = 128;
const tracer = trace.getTracer('inventory');

/** Runs the work of a batch in a span of its own. `traceparents` is called only when the span is recorded. */
export async function traceBatch<T>(options: {
  readonly name: string;
  readonly kind?: SpanKind;
  readonly attributes: Attributes;
  readonly traceparents: () => readonly (string | undefined)[];
}, run: () => Promise<T>): Promise<T> {
  const { name, kind, attributes, traceparents } = options;
  const span = tracer.startSpan(name, { attributes, ...(kind === undefined ? {} : { kind }) }, ROOT_CONTEXT);
  if (span.isRecording()) span.addLinks(traceparents().flatMap(linkTo).slice(0, MAX_LINKS));
  return ending(span, () => context.with(trace.setSpan(context.active(), span), run));
}

/** Runs a call to another system in a child of the active span. */
export function traceCall<T>(
  options: { readonly name: string; readonly kind: SpanKind; readonly attributes: Attributes }, run: () => Promise<T>,
): Promise<T> {
  return ending(tracer.startSpan(options.name, options), run);
}

async function ending<T>(span: ReturnType<typeof tracer.startSpan>, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    span.end();
  }
}

function linkTo(traceparent: string | undefined): Link[] {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(traceparent ?? '') ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return [];
  return [{ context: { traceId, spanId, traceFlags: Number.parseInt(flags, 16) } }];
}
