/** From the Authorization header to the actor of a request. */
import type { Actor } from '@inventory/domain/access.ts';
import type { Request, RequestHandler } from 'express';
import type { Pseudonym } from '../../commit/names.ts';
import { contextOf } from '../context.ts';
import type { Ticket } from '../context.ts';
import { countHeader } from '../edge/raw-headers.ts';
import { unauthenticated } from './verifier.ts';

/** The bearer token of a request; undefined without one, and with two of them: a proxy may have looked at the other one. */
export function bearerOf(req: Request): string | undefined {
  const [, token] = /^Bearer +([\w.~+/-]+=*)$/i.exec(req.get('authorization') ?? '') ?? [];
  return token !== undefined && countHeader(req, 'authorization') === 1 ? token : undefined;
}

/** The ticket of a request for the live feed, which an EventSource can only send in the URL. No other path takes one. */
function ticketOf(req: Request): string | undefined {
  if (req.method !== 'GET' || req.path !== '/api/v1/stream') return undefined;
  const { ticket } = req.query;
  return typeof ticket === 'string' ? ticket : undefined;
}

/**
 * Notes the actor of every request, because the rate limit depends on it. It refuses no request: one without a valid token
 * goes on without an actor, until it reaches an endpoint that needs one.
 */
export function recognise({ verifyToken, redeem, pseudonym }: {
  readonly verifyToken: (token: string) => Promise<Actor>;
  readonly redeem: (ticket: string) => Promise<Ticket>;
  readonly pseudonym: Pseudonym;
}): RequestHandler {
  return async (req, _res, next) => {
    const context = contextOf(req);
    const token = bearerOf(req);
    const ticket = token === undefined ? ticketOf(req) : undefined;
    try {
      if (token !== undefined) {
        context.actor = await verifyToken(token);
        context.user = pseudonym(context.actor.id);
      }
      if (ticket !== undefined) {
        context.ticket = await redeem(ticket);
        context.actor = context.ticket.actor;
        context.user = context.ticket.user;
      }
    } catch (error) {
      context.notRecognised = error;
    }
    next();
  };
}

/** Lets only requests with a valid bearer token through. @throws {InventoryError} unauthenticated, dependency_unavailable */
export function authenticate(): RequestHandler {
  return (req, _res, next) => {
    const { actor, notRecognised } = contextOf(req);
    if (actor === undefined) throw notRecognised ?? unauthenticated();
    next();
  };
}
