/** Headers that are the same on every answer: helmet's, asked for once, and the name of the instance. */
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { RequestHandler } from 'express';
import helmet from 'helmet';

/** @param instance the value of X-Served-By */
export function responseHeaders(instance: string): RequestHandler {
  const headers: [string, string][] = [];
  const blank = new ServerResponse(new IncomingMessage(new Socket()));
  blank.setHeader = (name, value) => {
    headers.push([name, String(value)]);
    return blank;
  };
  helmet()(blank.req, blank, (error) => {
    if (error !== undefined) throw error;
  });
  headers.push(['x-served-by', instance]);
  return (_req, res, next) => {
    for (const [name, value] of headers) res.setHeader(name, value);
    next();
  };
}
