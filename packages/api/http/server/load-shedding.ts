/**
 * Load shedding: changes are turned away while as many are in hand as can be made soon. Before the app, because the
 * app's way to a refusal (a trace, a token, a counter in Redis, a body, a log line) costs as much as a reservation does,
 * and would take the time of those that are served [at three times the peak 31 % of it were left].
 *
 * They count from here to their answer, not only while they wait for a transaction. What is between here and there is a
 * crowd of its own when a thousand connections ask at once: a turn of the event loop that lets all of them in lasts a
 * quarter of a second, and nobody is refused in it either [decision 0018 has the figures].
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { problemAnswer } from '../problems.ts';
import { requestIdOf } from '../edge/request.ts';
import type { RequestDurations } from '../edge/request.ts';
import { traceparentOf } from '../edge/tracing.ts';

/** A transaction's worth that is being made, and three that wait: a quarter of a second or so. */
const MAX_IN_HAND = 512;

interface Shedding {
  readonly durations: RequestDurations;
  /** Changes in hand, at most; fewer for tests. */
  readonly maxInHand?: number;
}

const READS: ReadonlySet<string | undefined> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Wraps the app. What a browser sends across origins goes the long way: without CORS headers it could not read a refusal. */
export function shedChanges(app: RequestListener, { durations, maxInHand = MAX_IN_HAND }: Shedding): RequestListener {
  const inHand = new Set<IncomingMessage>();
  let lookedInThisTurn = false;
  /** Whoever keeps us waiting for its body is in nobody's way, and must not keep others out. */
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
  // Node writes a head and a text as one piece; a Buffer goes beside the head [17 700 refusals a second, not 34 000].
  res.writeHead(status, {
    ...headers, 'x-request-id': requestId, traceparent: traceparentOf(req.headers), 'content-length': body.length,
  }).end(body.toString());
}
