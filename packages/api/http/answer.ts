/** Answers as bytes: how JSON looks on the wire, and how an answer is sent. */
import type { Response } from 'express';
import type { Answer } from '../commit/command.ts';
import { contextOf } from './context.ts';

/** @returns the body as JSON, with its content type */
export function json(status: number, body: object, headers: Readonly<Record<string, string>> = {}): Answer {
  return jsonText(status, Buffer.from(JSON.stringify(body)), headers);
}

/** The same for a body that is JSON text already. */
export function jsonText(status: number, body: Buffer, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers: { 'content-type': 'application/json; charset=utf-8', ...headers }, body };
}

/** Sends the answer as it is: Express adds nothing and renders nothing. */
export function send(res: Response, { status, headers, body, begin }: Answer): void {
  res.status(status).set(headers);
  if (begin === undefined) {
    res.end(body);
    return;
  }
  contextOf(res.req).begunAt = performance.now();
  res.flushHeaders();
  begin(res);
}
