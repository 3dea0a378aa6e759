/**
 * What the middleware knows of one request, kept on the request under a symbol. A WeakMap beside it would have an entry
 * for each request, and each garbage collection looks at all of them: a fifth of a read of availability [95 to 73 µs].
 */
import type { IncomingMessage } from 'node:http';
import type { Actor } from '@inventory/domain/access.ts';
import { InventoryError } from '@inventory/domain/errors.ts';
import type { Span } from '@opentelemetry/api';
import type { Request } from 'express';
import type { Pseudonym } from '../commit/names.ts';
import type { ProblemContext } from './problems.ts';

/** What a request may show in place of a token, for one question: see stream/tickets.ts. */
export interface Ticket {
  readonly actor: Actor;
  /** As `user` of a request. */
  readonly user: string;
  /** The question that it was made for. */
  readonly question: string;
  readonly key: string;
  /** @throws {InventoryError} unauthenticated, once its token would not do any more */
  readonly check: () => Promise<unknown>;
}

interface RequestContext {
  readonly requestId: string;
  /** True where the client has chosen it, and it may say anything. */
  readonly requestNamed: boolean;
  /** Of the caller's trace, or of one that begins here. */
  readonly traceparent: string;
  readonly span: Span;
  readonly startedAt: number;
  /** When an answer began that goes on for as long as its client stays; undefined for any other answer. */
  begunAt: number | undefined;
  /** The template of the route, for metrics. Never the path: its ids have no end. */
  endpoint: string;
  actor: Actor | undefined;
  /** What the actor is counted by: the same for his token and for a ticket of his. It is a pseudonym, because ids are personal. */
  user: string | undefined;
  /** By which the actor is known, where he has shown no token. */
  ticket: Ticket | undefined;
  /** Why there is no actor although there is a token: an error to throw where a token is needed. */
  notRecognised: unknown;
  /** What the log line of the request says beside the usual fields. */
  readonly fields: Record<string, string | number>;
  /** The stores that a write is about, for the metric; it may grow until the answer is sent. */
  readonly stores: string[];
}

const CONTEXT = Symbol('context');

declare global {
  namespace Express {
    interface Request { [CONTEXT]?: RequestContext }
  }
}

export function setContext(req: Request, context: RequestContext): void {
  req[CONTEXT] = context;
}

/** True when the request showed a valid token. False for one that the app has not seen. */
export function isRecognised(req: IncomingMessage): boolean {
  const context: unknown = Reflect.get(req, CONTEXT);
  return typeof context === 'object' && context !== null && 'actor' in context && context.actor !== undefined;
}

/** @throws {Error} before the first middleware has run: the app has a wrong order then */
export function contextOf(req: Request): RequestContext {
  const context = req[CONTEXT];
  if (context === undefined) throw new Error('the request has no context');
  return context;
}

/** The id of the request as the log has it. */
export function loggedId({ requestId, requestNamed }: Pick<RequestContext, 'requestId' | 'requestNamed'>, pseudonym: Pseudonym): string {
  return requestNamed ? pseudonym(requestId) : requestId;
}

/** @throws {InventoryError} unauthenticated */
export function actorOf(req: Request): Actor {
  const { actor } = contextOf(req);
  if (actor === undefined) throw new InventoryError('unauthenticated', 'A valid bearer token is needed.');
  return actor;
}

/** What a problem says of the request that it answers. */
export function problemContextOf(req: Request): ProblemContext {
  return {
    requestId: contextOf(req).requestId,
    instance: req.originalUrl.split('?', 1)[0] ?? '/',
    repeatable: req.get('idempotency-key') !== undefined,
  };
}
