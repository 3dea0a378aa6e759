import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';
import { INVALID_SPAN_CONTEXT, ROOT_CONTEXT, context, propagation, trace } from '@opentelemetry/api';
import type { Context, Link, Span, SpanContext } from '@opentelemetry/api';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { expect } from 'chai';
import { addProduct, admin, startTestApi } from '../testing/api.ts';
import type { TestApi } from '../testing/api.ts';

interface Recorded { name: string; traceId: string; spanId: string; parent: string | undefined; links: readonly Link[]; text: string; ended: boolean }

/** Does what an operator's SDK does, as far as it matters here: keeps the spans and passes the context on. */
function loadRecorder() {
  const spans: Recorded[] = [];
  let loaded = true;
  const storage = new AsyncLocalStorage<Context>();
  context.setGlobalContextManager({
    active: () => storage.getStore() ?? ROOT_CONTEXT,
    with: (active, fn, self, ...args) => storage.run(active, () => Reflect.apply(fn, self, args)),
    bind: (_active, target) => target,
    enable() { return this; },
    disable() { return this; },
  });
  propagation.setGlobalPropagator({
    inject: () => undefined,
    fields: () => ['traceparent'],
    extract: (active, carrier) => {
      const [, traceId = '', spanId = ''] = /^00-(\w{32})-(\w{16})/.exec(String(Reflect.get(Object(carrier), 'traceparent'))) ?? [];
      return trace.setSpanContext(active, { traceId, spanId, traceFlags: 1 });
    },
  });
  trace.setGlobalTracerProvider({
    getTracer: () => {
      const startSpan = (name: string, options: { attributes?: object } = {}, from: Context = context.active()): Span => {
        if (!loaded) return trace.wrapSpanContext(INVALID_SPAN_CONTEXT);
        const parent = trace.getSpanContext(from);
        const own: SpanContext = {
          traceId: parent?.traceId ?? randomBytes(16).toString('hex'), spanId: randomBytes(8).toString('hex'), traceFlags: 1,
        };
        const recorded: Recorded = {
          name, ...own, parent: parent?.spanId, links: [], text: JSON.stringify(options.attributes), ended: false,
        };
        spans.push(recorded);
        const span: Span = {
          spanContext: () => own, isRecording: () => true,
          updateName: (next) => { recorded.name = next; return span; },
          addLinks: (links) => { recorded.links = links; return span; },
          addLink: () => span, setAttribute: () => span, setAttributes: () => span, addEvent: () => span, setStatus: () => span,
          recordException: () => undefined, end: () => { recorded.ended = true; },
        };
        return span;
      };
      return { startSpan, startActiveSpan: () => { throw new Error('not used'); } };
    },
  });
  return {
    spans,
    /** A tracer keeps the SDK that it met first, so this one must become silent for later tests. */
    unload: () => {
      loaded = false;
      trace.disable();
      context.disable();
      propagation.disable();
    },
  };
}

describe('traces', () => {
  let api: TestApi;
  let productId: string;
  let unload = (): void => undefined;
  before(async () => {
    api = await startTestApi();
    productId = await addProduct(api.db);
  });
  after(async () => {
    unload();
    await api.close();
  });

  const given = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const receive = async (traceparent?: string) => (await api.as(admin)).post('/stock', {
    product_id: productId, store_id: 'MAD-001', quantity_change: 1, reason: 'RESTOCK', note: 'a secret note',
  }, { headers: traceparent === undefined ? {} : { traceparent } });
  const logged = async (): Promise<string> => {
    const { rows: [event] } = await api.pool.query<{ traceparent: string }>(`
      SELECT metadata ->> 'traceparent' AS traceparent FROM events WHERE event_type = 'stock.updated' ORDER BY position DESC LIMIT 1`);
    return event?.traceparent ?? '';
  };

  it('row 79: a traceparent is echoed, logged and stored with the event; a malformed one is replaced', async () => {
    const answer = await receive(given);
    expect([answer.headers.get('traceparent'), await logged()]).to.deep.equal([given, given]);
    expect(api.logLines().some((line) => line['trace_id'] === given.slice(3, 35))).to.equal(true);
    for (const wrong of [undefined, '', 'x', given.toUpperCase(), given.replace('00-', 'ff-'), `${given}-x`, given.replace(/4bf9.*4736/, '0'.repeat(32))]) {
      const { headers } = await receive(wrong);
      expect(headers.get('traceparent')).to.match(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/).and.not.include(given.slice(3, 35));
      expect(await logged()).to.equal(headers.get('traceparent'));
    }
  });

  it('have, with an SDK, a span for the request, one for the group commit that links to it, and one for each statement', async () => {
    const recorder = loadRecorder();
    const { spans } = recorder;
    ({ unload } = recorder);
    const connection = await startTestApi();
    try {
      const product = await addProduct(connection.db);
      const { headers } = await (await connection.as(admin)).post('/stock', {
        product_id: product, store_id: 'MAD-001', quantity_change: 1, reason: 'RESTOCK', note: 'a secret note',
      }, { headers: { traceparent: given } });
      const request = await eventually(() => {
        const found = spans.find(({ name, ended }) => name === 'POST /stock' && ended);
        if (found === undefined) throw new Error('no span');
        return found;
      });
      expect([request.traceId, request.parent]).to.deep.equal([given.slice(3, 35), given.slice(36, 52)]);
      expect(headers.get('traceparent')).to.equal(`00-${request.traceId}-${request.spanId}-01`);
      const commit = spans.find(({ name, links }) => name === 'group commit' && links.length > 0);
      expect(commit?.links[0]?.context.spanId).to.equal(request.spanId);
      const statements = spans.filter(({ parent }) => parent === commit?.spanId);
      expect(statements.map(({ name }) => name)).to.include.members(['BEGIN', 'commit-lock', 'commit-write', 'COMMIT']);
      expect(spans.every(({ ended }) => ended)).to.equal(true);
      expect(JSON.stringify(spans)).to.not.include('a secret note');
    } finally {
      await connection.close();
    }
  });
});
