/** What Node's parser refuses, answered with a problem: Node's own answers have no body. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ErrorCode } from '@inventory/domain/errors.ts';
import { newId } from '../../ids.ts';
import { problemAnswer } from '../problems.ts';

/** The errors of Node's parser, by their code. */
const known: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  HPE_HEADER_OVERFLOW: ['header_fields_too_large', 'The headers are too large.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['request_timeout', 'The request did not arrive in time.'],
};

/** The answer of a request that is being done on a connection. */
type InHand = ServerResponse<IncomingMessage>;

/**
 * Answers bytes that are no request. A complete request may stand before them in the same packet, and is being done: it gets
 * its own answer first, as the last one of the connection. A client that was told of the bytes behind it instead would
 * believe that its change was not made.
 * @param inHand the answers that are owed on this connection, in their order
 */
export function answerClientError(error: Error, socket: Duplex, inHand: readonly InHand[]): void {
  const owed = inHand.filter((res) => res.req.complete && !res.writableFinished);
  const last = owed.at(-1);
  if (last === undefined) {
    refuse(error, socket);
    return;
  }
  for (const res of owed) if (!res.headersSent) res.setHeader('connection', 'close');
  last.once('close', () => { socket.end(); });
}

function refuse(error: Error, socket: Duplex): void {
  if (!socket.writable || ('bytesWritten' in socket && socket.bytesWritten === 0 && codeOf(error) === 'ECONNRESET')) {
    socket.destroy();
    return;
  }
  const [code, message] = known[codeOf(error)] ?? ['bad_request', 'The request is not valid HTTP.'];
  // There is no request yet, so the answer makes an id of its own.
  const requestId = newId();
  const { status, headers, body } = problemAnswer({ code, message, details: {} }, {
    requestId, instance: '/', repeatable: false,
  });
  const lines = Object.entries({
    ...headers, 'x-request-id': requestId, 'content-length': String(body.length), 'connection': 'close',
  });
  socket.end(`HTTP/1.1 ${status} Refused\r\n${lines.map(([k, v]) => `${k}: ${v}\r\n`).join('')}\r\n${body.toString()}`);
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}
