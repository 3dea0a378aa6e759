/** A server that answers as a test says, request by request, and keeps what it was asked. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

export interface Asked {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** An answer; `cut` ends the connection without one, `half` in the midst of one, `silence` never ends. A header of '' is left out. */
export type Reply = 'cut' | 'half' | 'silence' | {
  readonly status?: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: unknown;
};

export interface ScriptedServer {
  readonly baseUrl: string;
  readonly asked: readonly Asked[];
  close(): Promise<void>;
}

/** What the API says of a code; `more` has other members and replaces these. */
export function problem(status: number, code: string, more: object = {}, headers: Readonly<Record<string, string>> = {}): Reply {
  const body = { type: `/api/v1/problems/${code}`, title: code, status, code, detail: `${code}.`, request_id: 'r-1', retryable: status === 503, ...more };
  return { status, headers: { 'content-type': 'application/problem+json', 'x-request-id': 'r-1', ...headers }, body };
}

/** @param reply what to answer; the first request is number 1 */
export async function startScript(reply: (asked: Asked, nth: number) => Reply | Promise<Reply>): Promise<ScriptedServer> {
  const asked: Asked[] = [];
  const answer = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const { method = '', url: path = '' } = req;
    asked.push({ method, path, headers: req.headers, body: await text(req) });
    const last = asked.at(-1);
    const said = last === undefined ? 'cut' : await reply(last, asked.length);
    if (said === 'silence') return;
    if (said === 'cut') {
      req.socket.destroy();
      return;
    }
    if (said === 'half') {
      res.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' }).write('{"half":', () => { req.socket.destroy(); });
      return;
    }
    const { status = 200, body } = said;
    const whole = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
    const headers = { 'content-type': 'application/json', 'x-request-id': 'r-1', ...said.headers };
    res.writeHead(status, Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== ''))).end(whole);
  };
  const server = createServer((req, res) => { answer(req, res).catch(() => { req.socket.destroy(); }); });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    baseUrl: `http://127.0.0.1:${address.port}`, asked,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
