/** From the list of endpoints to the routes that serve them. */
import { InventoryError } from '@inventory/domain/errors.ts';
import { Router } from 'express';
import type { Request, RequestHandler } from 'express';
import type { Answer } from '../../commit/command.ts';
import { send } from '../answer.ts';
import { requireReach, requireRole, requireVerb } from '../auth/access.ts';
import { inOrder } from '../in-order.ts';
import { actorOf, contextOf } from '../context.ts';
import { methodNotAllowed } from '../errors.ts';
import type { Charge } from '../rate-limit/middleware.ts';
import { jsonBody } from './body.ts';
import { byTurns } from './by-turns.ts';
import { noBody } from './endpoint.ts';
import type { Asked, Contract, Endpoint, Place } from './endpoint.ts';
import type { StockOperations } from './stock-operations.ts';

/** The last one is there because many clients accept just that, and Express matches a type only with its parameters. */
const JSON_TYPES = ['application/json', 'application/problem+json', 'application/json; charset=utf-8'] as const;

interface MountOptions {
  /** Runs before every endpoint that is not public. */
  readonly authenticate: RequestHandler;
  readonly operations: StockOperations;
  /** Counts what a request costs beyond the 1 that was counted at the door. */
  readonly charge: Charge;
}

/**
 * Requests that read Postgres at once, and those that may wait for it, of one caller and of all. Together with the reads of
 * availability they leave a connection or two of the pool's 25 to the sweeper and to readiness.
 */
const PLACES = {
  reads: { name: 'reads', together: 1, atOnce: 14, share: 7, ofCaller: 500, ofAll: 2_000 },
  heavy: { name: 'heavy-reads', together: 1, atOnce: 2, share: 1, ofCaller: 20, ofAll: 100 },
} as const;

/** Answers a request when it is its caller's turn. */
type InTurn = (answer: () => Promise<Answer>, caller: string) => Promise<Answer>;

/**
 * Routes requests below /api/v1 to their endpoints, with a 405 for every other method of a known path. There is one
 * router for each first segment, so that a request is compared with a few paths and not with all.
 */
export function mount<D>(endpoints: readonly Endpoint<D>[], deps: D, options: MountOptions): RequestHandler {
  const routers = new Map<string, Router>();
  const doAll = (answers: readonly (() => Promise<Answer>)[]) => Promise.all(answers.map((answer) => answer()));
  const inTurn: Readonly<Record<Place, InTurn>> = {
    reads: byTurns(PLACES.reads, doAll), heavy: byTurns(PLACES.heavy, doAll), own: (answer) => answer(),
  };
  const byPath = Map.groupBy(endpoints, ({ path }) => path);
  // Literal paths first: `/reservations/batch` is not the reservation called batch.
  const paths = [...byPath].sort(([a], [b]) => Number(a.includes('{')) - Number(b.includes('{')));
  for (const [path, group] of paths) {
    const segment = firstSegment(path);
    const router = routers.get(segment) ?? Router({ caseSensitive: true, strict: true });
    routers.set(segment, router);
    const route = router.route(expressPath(path));
    for (const endpoint of group) {
      const { method, access, body, bodyLimit = 32 * 1024 } = endpoint;
      route[method](inOrder(
        named(endpoint),
        ...(access === 'public' ? [] : [options.authenticate, acceptable(endpoint)]),
        ...(Object.is(body, noBody) ? [] : jsonBody(bodyLimit)),
        serve(endpoint, deps, options, inTurn),
      ));
    }
    const methods = group.map(({ method }) => method.toUpperCase());
    route.all(methodNotAllowed(...methods, ...(methods.includes('GET') ? ['HEAD'] : [])));
  }
  return (req, res, next) => {
    const router = routers.get(firstSegment(req.path));
    if (router === undefined) next();
    else router(req, res, next);
  };
}

/** May this role, is the request well-formed, does it stay within the actor's reach: in this order, then it is answered. */
function serve<D>(
  endpoint: Endpoint<D>, deps: D, { operations, charge }: MountOptions, inTurn: Readonly<Record<Place, InTurn>>,
): RequestHandler {
  const { access, verb, place = endpoint.method === 'get' ? 'reads' : 'own' } = endpoint;
  return async (req, res) => {
    if (access !== 'public') {
      requireRole(actorOf(req), access);
      requireVerb(actorOf(req), verb);
    }
    const asked = endpoint.read(req);
    const operation = note(req, asked.about);
    if (operation !== undefined) operations.count(res, operation, contextOf(req).stores);
    if (access === 'public') {
      send(res, await asked.answer(deps));
      return;
    }
    const actor = actorOf(req);
    requireReach(actor, asked.reach);
    if (asked.cost > 1) await charge(req, res, asked.cost);
    send(res, await inTurn[place](() => asked.answer(deps), actor.id));
  };
}

/** Notes what the request is about, for its log line and for the metric. @returns the operation, of a write */
function note(req: Request, about: Asked<unknown>['about']): string | undefined {
  const context = contextOf(req);
  if (!('operation' in about)) {
    Object.assign(context.fields, about);
    return undefined;
  }
  const { stores = about.store_id === undefined ? [] : [about.store_id], ...fields } = about;
  Object.assign(context.fields, fields);
  context.stores.push(...stores);
  return about.operation;
}

function named({ path }: Contract): RequestHandler {
  return (req, _res, next) => {
    contextOf(req).endpoint = path;
    next();
  };
}

/** 406 before any side effect (docs/bad-input.md, 71). */
function acceptable({ answers }: Contract): RequestHandler {
  const { mediaType } = answers[200] ?? {};
  const types = mediaType === undefined ? JSON_TYPES : [mediaType];
  return (req, _res, next) => {
    const { accept } = req.headers;
    if (accept !== undefined && accept !== '*/*' && req.accepts(...types) === false) {
      throw new InventoryError('not_acceptable', `The answer is ${mediaType ?? 'application/json'}, which Accept does not allow.`);
    }
    next();
  };
}

/** A path as Express writes it: `/reservations/:id/confirm`. */
function expressPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}

function firstSegment(path: string): string {
  return path.split('/', 2)[1] ?? '';
}
