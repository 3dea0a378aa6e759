/**
 * Load shedding: writes are refused while as many are in hand as can be committed soon. It stands before the app, because
 * a refusal by the app (a trace, a token, a counter in Redis, a body, a log line) costs as much as a reservation, time
 * that is taken from the requests that are served [at three times the peak 31 % of it was left, 2 cores].
 *
 * A write counts from here to its answer, not only while it waits for a transaction. When a thousand connections ask at
 * once, those on the way to the queue are a crowd of their own: a turn of the event loop that lets all of them in lasts a
 * quarter of a second, and none of them is refused before its end (decision 0018 has the figures).
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { problemAnswer } from '../problems.ts';
import { requestIdOf } from '../edge/request.ts';
import type { RequestDurations } from '../edge/request.ts';
import { traceparentOf } from '../edge/tracing.ts';

/** A transaction's worth that is being committed, and three that wait: about a quarter of a second. */
const MAX_IN_HAND = 512;

interface Shedding {
  readonly durations: RequestDurations;
  /** Writes in hand, at most; fewer for tests. */
  readonly maxInHand?: number;
}

const READS: ReadonlySet<string | undefined> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Wraps the app. A request across origins is never shed: without CORS headers the page could not read the refusal. */
export function shedChanges(app: RequestListener, { durations, maxInHand = MAX_IN_HAND }: Shedding): RequestListener {
  const inHand = new Set<IncomingMessage>();
  let lookedInThisTurn = false;
  /** A client that is slow with its body costs nothing meanwhile, so it must not keep others out. */
  const forgetTheSlow = (): void => {
    if (lookedInThisTurn) return;
    lookedInThisTurn = true;
    setImmediate(() => { lookedInThisTurn = false; });
    for (const req of inHand) if (!req.complete) inHand.delete(req);
  };
  return (req, res) => {
    if (READS.has(req.method)) {
      app(req, res);
      return;
    }
    if (inHand.size >= maxInHand) forgetTheSlow();
    if (inHand.size >= maxInHand && req.headers.origin === undefined) {
      durations.observe({ method: req.method ?? '', endpoint: 'shed', status: '503' }, 0);
      refuse(req, res);
      return;
    }
    inHand.add(req);
    res.once('close', () => { inHand.delete(req); });
    app(req, res);
  };
}

function refuse(req: IncomingMessage, res: ServerResponse): void {
  const requestId = requestIdOf(req.headers);
  const { status, headers, body } = problemAnswer(
    { code: 'overloaded', message: 'Too many changes are waiting.', details: { retry_after_seconds: 1 } },
    { requestId, instance: req.url?.split('?', 1)[0] ?? '/', repeatable: false },
  );
  // Node sends a head and a text in one piece, but a Buffer in a second one [17 700 refusals a second instead of 34 000].
  res.writeHead(status, {
    ...headers, 'x-request-id': requestId, traceparent: traceparentOf(req.headers), 'content-length': body.length,
  }).end(body.toString());
}
