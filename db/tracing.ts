/** A span for each statement, recorded where an operator loads an OpenTelemetry SDK (`node --import …`). */
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type pg from 'pg';

const tracer = trace.getTracer('inventory-api');

/** Makes each statement of this connection a span from now on. Its values are left out: they may be personal. */
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

/** The name of a prepared statement, or the verb of another one. */
function nameOf(query: unknown): string {
  if (typeof query === 'object' && query !== null && 'name' in query && typeof query.name === 'string') return query.name;
  return /\w+/.exec(textOf(query))?.[0]?.toUpperCase() ?? 'statement';
}
