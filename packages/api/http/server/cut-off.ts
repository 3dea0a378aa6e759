/**
 * Ends connections that Node would keep for ever, or for long: of clients that do not read their answer, because Node's
 * time-outs guard reading only; and of those that go on sending a body although they have had their answer.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';

interface CutOff {
  /** Watches a request until its answer has left. */
  watch(req: IncomingMessage, res: ServerResponse): void;
  stop(): void;
}

interface Unread {
  /** Bytes that had left the process, and when they had last become more. */
  sent: number;
  since: number;
}

/**
 * @param unreadMs how long a client may read nothing of an answer that is complete
 * @param restMs how long the rest of a body is read, and thrown away, after its answer: a client that is cut off at once may
 * lose the answer
 */
export function createCutOff({ unreadMs, restMs }: { readonly unreadMs: number; readonly restMs: number }): CutOff {
  const unread = new Map<ServerResponse, Unread>();
  const look = (): void => {
    const now = performance.now();
    for (const [res, seen] of unread) {
      const { socket } = res;
      if (socket === null || !res.writableEnded) continue;
      const sent = socket.bytesWritten - socket.writableLength;
      if (sent !== seen.sent) Object.assign(seen, { sent, since: now });
      else if (now - seen.since >= unreadMs) socket.destroy();
    }
  };
  const timer = setInterval(look, Math.min(1000, unreadMs)).unref();
  return {
    watch: (req, res) => {
      unread.set(res, { sent: -1, since: performance.now() });
      res.once('close', () => { unread.delete(res); });
      res.once('finish', () => {
        if (req.complete) return;
        const { socket } = req;
        // Nothing listens for the socket's end: a connection that is kept would gain a listener with each such request.
        setTimeout(() => { if (!req.complete) socket.destroy(); }, restMs).unref();
      });
    },
    stop: () => { clearInterval(timer); },
  };
}
