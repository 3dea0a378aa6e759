/**
 * An operation of the API as data: one contract from which come the route, its 405, the parsing of what comes in, who
 * may call it, its name in metrics, and its page in the OpenAPI document. A handler gets what it declared, parsed.
 */
import type { Actor } from '@inventory/domain/access.ts';
import { InventoryError } from '@inventory/domain/errors.ts';
import type { ErrorCode } from '@inventory/domain/errors.ts';
import { Router } from 'express';
import type { Request, RequestHandler, Response } from 'express';
import { z } from 'zod';
import type { Answer } from '../../commit/command.ts';
import type { Access } from '../auth/access.ts';
import { jsonBody } from './body.ts';
import { send } from '../answer.ts';
import { actorOf, contextOf } from '../context.ts';
import { methodNotAllowed } from '../errors.ts';
import { inOrder } from '../chain.ts';
import { parse } from './parse.ts';

/** The body of an operation that has none: whatever is sent is not looked at. */
export const noBody = z.unknown();

export interface AnswerContract {
  readonly description: string;
  /** Undefined where the answer has no body of ours to describe. */
  readonly schema?: z.ZodType;
  /** application/json where it is left out. */
  readonly mediaType?: string;
  readonly example?: unknown;
  readonly headers?: readonly string[];
}

export interface Contract<P extends z.ZodType = z.ZodType, Q extends z.ZodType = z.ZodType, B extends z.ZodType = z.ZodType> {
  /** The operationId: a verb and a noun, in camel case. */
  readonly id: string;
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** Below /api/v1, as OpenAPI writes it: `/reservations/{id}/confirm`. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  /** Who may call it, and how far each reaches. That is decided on the row, inside the transaction that reads it. */
  readonly access: Access;
  readonly params: P;
  readonly query: Q;
  /** `noBody` for an operation without one. */
  readonly body: B;
  /** True where an empty request stands for an empty object. */
  readonly bodyOptional?: boolean;
  readonly bodyExample?: unknown;
  /** As body-parser writes it; 32kb where it is left out. */
  readonly bodyLimit?: string;
  readonly answers: Readonly<Record<number, AnswerContract>>;
  /** Beyond what every operation can answer: see commonProblems. */
  readonly problems: readonly ErrorCode[];
}

export interface Input<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly req: Request;
  readonly res: Response;
}

/** A contract with what fulfils it. */
export interface Operation {
  readonly contract: Contract;
  readonly handle: (req: Request, res: Response) => Promise<void>;
}

/** Declares a contract. Only a type: it keeps what the schemas are. */
export function contract<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>(
  declared: Contract<P, Q, B>,
): Contract<P, Q, B> {
  return declared;
}

/**
 * Binds a handler to its contract. The answer that it resolves with is sent; one that has sent its own resolves
 * undefined.
 */
export function implement<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>(
  declared: Contract<P, Q, B>,
  handler: (input: Input<z.output<P>, z.output<Q>, z.output<B>>) => Promise<Answer | undefined>,
): Operation {
  return {
    contract: declared,
    handle: async (req, res) => {
      if (declared.access !== 'public') demandRole(actorOf(req), declared.access);
      const answer = await handler({
        params: parse(declared.params, req.params),
        query: parse(declared.query, req.query),
        body: parse(declared.body, declared.bodyOptional === true && req.body === undefined ? {} : req.body),
        req, res,
      });
      if (answer === undefined) return;
      send(res, answer);
    },
  };
}

function demandRole(actor: Actor, allowed: Exclude<Access, 'public'>): void {
  if (allowed[actor.role] === undefined) {
    throw new InventoryError('forbidden', `This needs the role ${Object.keys(allowed).join(' or ')}.`);
  }
}

function named(declared: Contract): RequestHandler {
  return (req, _res, next) => {
    contextOf(req).endpoint = declared.path;
    next();
  };
}

/** The last one because many clients accept just that, and a type matches with its parameters only. */
const JSON_TYPES = ['application/json', 'application/problem+json', 'application/json; charset=utf-8'] as const;

/** Who accepts nothing that we could send is told so before anything has happened (BAD-INPUT 71). */
const acceptJson: RequestHandler = (req, _res, next) => {
  const { accept } = req.headers;
  if (accept !== undefined && accept !== '*/*' && req.accepts(...JSON_TYPES) === false) {
    throw new InventoryError('not_acceptable', 'The answer is application/json, which Accept does not allow.');
  }
  next();
};

/** Express's way to write a path: `/reservations/:id/confirm`. */
function expressPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}

/**
 * A router for the operations below each first segment, so that a request is compared with a few paths and not with all;
 * with a 405 for every other method of a known path.
 * @param authenticate runs before every operation that is not public
 */
export function mount(operations: readonly Operation[], authenticate: RequestHandler): RequestHandler {
  const routers = new Map<string, Router>();
  const byPath = Map.groupBy(operations, ({ contract: { path } }) => path);
  // Literal paths first: `/reservations/batch` is not the reservation called batch.
  const paths = [...byPath].sort(([a], [b]) => Number(a.includes('{')) - Number(b.includes('{')));
  for (const [path, group] of paths) {
    const segment = firstSegment(path);
    const router = routers.get(segment) ?? Router({ caseSensitive: true, strict: true });
    routers.set(segment, router);
    const route = router.route(expressPath(path));
    for (const operation of group) {
      const { contract: declared } = operation;
      route[declared.method](inOrder(
        named(declared),
        ...(declared.access === 'public' ? [] : [authenticate, acceptJson]),
        ...(Object.is(declared.body, noBody) ? [] : jsonBody(declared.bodyLimit ?? '32kb')),
        (req, res) => operation.handle(req, res),
      ));
    }
    const methods = group.map(({ contract: { method } }) => method.toUpperCase());
    route.all(methodNotAllowed(...methods, ...(methods.includes('GET') ? ['HEAD'] : [])));
  }
  return (req, res, next) => {
    const router = routers.get(firstSegment(req.path));
    if (router === undefined) next();
    else router(req, res, next);
  };
}

function firstSegment(path: string): string {
  return path.split('/', 2)[1] ?? '';
}
