/**
 * For `node --import`: what an operator's SDK does, as far as it matters to tests. Spans are kept in memory until they
 * end, then printed to stderr, a line of JSON each.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';
import { ROOT_CONTEXT, SpanKind, context, propagation, trace } from '@opentelemetry/api';
import type { Attributes, Context, Link, Span, SpanContext, SpanOptions } from '@opentelemetry/api';

/** A span as it is printed, after `span `. */
export interface PrintedSpan {
  readonly name: string;
  readonly kind: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parent: string | undefined;
  /** Trace ids and span ids of its links. */
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly attributes: Attributes;
}

const active = new AsyncLocalStorage<Context>();
context.setGlobalContextManager({
  active: () => active.getStore() ?? ROOT_CONTEXT,
  with: (next, fn, self, ...args) => active.run(next, () => Reflect.apply(fn, self, args)),
  bind: (_next, target) => target,
  enable() { return this; },
  disable() { return this; },
});
propagation.setGlobalPropagator({
  inject: () => undefined,
  fields: () => ['traceparent'],
  extract: (from, carrier) => {
    const [, traceId = '', spanId = ''] = /^00-(\w{32})-(\w{16})/.exec(String(Reflect.get(Object(carrier), 'traceparent'))) ?? [];
    return trace.setSpanContext(from, { traceId, spanId, traceFlags: 1 });
  },
});

function startSpan(first: string, options: SpanOptions = {}, from: Context = context.active()): Span {
  let name = first;
  const parent = trace.getSpanContext(from);
  const own: SpanContext = {
    traceId: parent?.traceId ?? randomBytes(16).toString('hex'), spanId: randomBytes(8).toString('hex'), traceFlags: 1,
  };
  const attributes: Attributes = { ...options.attributes };
  const links: Link[] = [];
  const span: Span = {
    spanContext: () => own,
    isRecording: () => true,
    updateName: (next) => { name = next; return span; },
    addLinks: (more) => { links.push(...more); return span; },
    addLink: (link) => { links.push(link); return span; },
    setAttribute: (key, value) => { attributes[key] = value; return span; },
    setAttributes: (more) => { Object.assign(attributes, more); return span; },
    addEvent: () => span,
    setStatus: () => span,
    recordException: () => undefined,
    end: () => {
      const printed: PrintedSpan = {
        name, kind: SpanKind[options.kind ?? SpanKind.INTERNAL], ...own, parent: parent?.spanId, attributes,
        links: links.map(({ context: { traceId, spanId } }) => ({ traceId, spanId })),
      };
      process.stderr.write(`span ${JSON.stringify(printed)}\n`);
    },
  };
  return span;
}

trace.setGlobalTracerProvider({
  getTracer: () => ({ startSpan, startActiveSpan: () => { throw new Error('not used'); } }),
});
