/**
 * Load shedding: changes are turned away while the committer has more to do than it can do soon. Before the app, because
 * the app's way to a refusal (a trace, a token, a counter in Redis, a body, a log line) costs as much as a reservation
 * does, and would take the time of those that are served [at three times the peak 31 % of it were left].
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { v7 } from 'uuid';
import { problemAnswer } from './problems.ts';
import type { RequestDurations } from './request.ts';

export interface Shedding {
  /** True while one more change would have to wait too long. */
  readonly isFull: () => boolean;
  readonly durations: RequestDurations;
}

const READS: ReadonlySet<string | undefined> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Wraps the app. What a browser sends across origins goes the long way: without CORS headers it could not read a refusal. */
export function shedChanges(app: RequestListener, { isFull, durations }: Shedding): RequestListener {
  return (req, res) => {
    if (!isFull() || READS.has(req.method) || req.headers.origin !== undefined) {
      app(req, res);
      return;
    }
    durations.observe({ method: req.method ?? '', endpoint: 'shed', status: '503' }, 0);
    refuse(req, res);
  };
}

function refuse(req: IncomingMessage, res: ServerResponse): void {
  const requestId = v7();
  const { status, headers, body } = problemAnswer(
    { code: 'overloaded', message: 'Too many changes are waiting.', details: { retry_after_seconds: 1 } },
    { requestId, instance: req.url?.split('?', 1)[0] ?? '/', repeatable: false },
  );
  res.writeHead(status, { ...headers, 'x-request-id': requestId, 'content-length': body.length }).end(body);
}
