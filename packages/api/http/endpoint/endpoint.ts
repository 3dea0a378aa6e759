/**
 * An endpoint of the API is one value: what it takes, who may call it, what it answers, and the handler that does it.
 * From it come the route and its 405, the parsing of a request, the check of who may, the log line and the metric, and
 * its page in the OpenAPI document. packages/api/endpoints.ts lists them all.
 */
import type { ErrorCode } from '@inventory/domain/errors.ts';
import type { Request } from 'express';
import { z } from 'zod';
import type { Answer } from '../../commit/command.ts';
import type { Access, OpenAccess, Reach, Verb } from '../auth/access.ts';
import { expectedVersion, refuseOtherConditions } from './etag.ts';
import { parse } from './parse.ts';
import { submitFor, submitThroughFor, submitToCatalogueFor } from './submit.ts';
import type { Submit, SubmitThrough, SubmitToCatalogue } from './submit.ts';

/** Path, query or body without any member. */
export const nothing = z.strictObject({});
/** The body of an endpoint that takes none: whatever is sent is not looked at. */
export const noBody = z.unknown();

/** What a request counts in the rate limits: so many units, or one for each so many things that it asks for, begun. */
type Cost = { readonly units: number } | { readonly unitFor: number; readonly of: 'items' | 'lines' | 'products' };

/**
 * Where a request waits for its place, so that no caller takes the places of all others. 'reads': for a connection to
 * Postgres. 'heavy': it keeps Postgres busy for long, so there are few places. 'own': where it is done, places are given
 * out already: the group commit, and the reads of availability.
 */
export type Place = 'reads' | 'heavy' | 'own';

type WriteMethod = 'post' | 'put' | 'patch' | 'delete';

export interface AnswerContract {
  readonly description: string;
  /** Undefined where the answer has no body to describe. */
  readonly schema?: z.ZodType;
  /** application/json where it is left out. */
  readonly mediaType?: string;
  readonly example?: unknown;
  readonly headers?: readonly string[];
}

/** What an endpoint promises, as data: the documents are made of it. */
export interface Contract {
  /** The operationId, a verb and a noun in camel case. The endpoint's file has the same name in kebab case. */
  readonly id: string;
  readonly method: 'get' | WriteMethod;
  /** Below /api/v1, as OpenAPI writes it: `/reservations/{id}/confirm`. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  /** Who may call it, and how far each role reaches. */
  readonly access: Access;
  /** The right that it needs beside the role. Each write says one, so that a token without it cannot do what nobody thought of. */
  readonly verb?: Verb;
  readonly params: z.ZodType;
  readonly query: z.ZodType;
  /** `noBody` for an endpoint without one. */
  readonly body: z.ZodType;
  /** True where an empty request stands for an empty object. */
  readonly bodyOptional?: boolean;
  readonly bodyExample?: unknown;
  /** Bytes; 32 KB where it is left out. */
  readonly bodyLimit?: number;
  readonly answers: Readonly<Record<number, AnswerContract>>;
  /** Beyond those that any endpoint may answer with (openapi/problem.ts). */
  readonly problems: readonly ErrorCode[];
  /** True where an Idempotency-Key makes a repeat safe. */
  readonly idempotent?: boolean;
  /** True where If-Match is looked at. Any other write refuses it. */
  readonly conditional?: boolean;
  /** One unit where it is left out. */
  readonly cost?: Cost;
  /** Where it is left out: 'reads' for GET, 'own' for all others. */
  readonly place?: Place;
}

/** The parts of a request that an endpoint declares, parsed. */
interface Given<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
}

/** What a request is about, for its log line. */
interface About {
  readonly store_id?: string;
  readonly product_id?: string;
  readonly reservation_id?: string;
  readonly batch_id?: string;
  readonly quantity?: number;
  readonly items?: number;
  readonly lines?: number;
  readonly mode?: string;
}

/** The same of a write, which is also counted in stock_operations_total. */
interface WriteAbout extends About {
  readonly operation: string;
  /** The stores that it is counted under, where they are not `store_id` alone. */
  readonly stores?: readonly string[];
}

/** What a handler gets beside its dependencies. */
interface Input<P, Q, B> extends Given<P, Q, B> {
  readonly req: Request;
  /** The version that If-Match asks for; undefined without the header, with `*`, and where `conditional` is not said. */
  readonly ifMatch: number | undefined;
  /** Submits one command to the group commit, and resolves with its answer. */
  readonly submit: Submit;
  /** Commits one change of the catalogue, and resolves with its answer. */
  readonly submitToCatalogue: SubmitToCatalogue;
  /** Commits one change in a way of its own, and resolves with its answer. */
  readonly submitThrough: SubmitThrough;
}

/**
 * A write must have `about` and `verb`, and an endpoint with a role of limited reach must have `reach`. Where a member is missing or
 * wrong, tsc may only report that the `deps` of `handle` are unknown.
 */
type Declaration<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, D> = Contract & {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly handle: (input: Input<z.output<P>, z.output<Q>, z.output<B>>, deps: D) => Promise<Answer>;
} & ({
  readonly cost?: { readonly units: number };
  readonly sizeOf?: never;
} | {
  readonly cost: { readonly unitFor: number; readonly of: string };
  /** How many of the things that the cost speaks of a request asks for. */
  readonly sizeOf: (given: Given<z.output<P>, z.output<Q>, z.output<B>>) => number;
}) & ({
  readonly method: WriteMethod;
  readonly verb: Verb;
  readonly about: (given: Given<z.output<P>, z.output<Q>, z.output<B>>) => WriteAbout;
} | {
  readonly method: 'get';
  readonly about?: (given: Given<z.output<P>, z.output<Q>, z.output<B>>) => About;
}) & ({
  readonly access: Access;
  /** Whom the request acts for, as it says itself; 'row' where only the row can tell, in the transaction that reads it. */
  readonly reach: ((given: Given<z.output<P>, z.output<Q>, z.output<B>>) => Reach) | 'row';
} | {
  readonly access: OpenAccess;
  readonly reach?: never;
});

/** A request that was read as its endpoint declares it. */
export interface Asked<D> {
  readonly about: About | WriteAbout;
  readonly reach: Reach;
  /** What it counts in the rate limits: 1 or more. */
  readonly cost: number;
  /** Does what was asked. @throws {InventoryError} whatever the contract names, and what any endpoint may answer with */
  readonly answer: (deps: D) => Promise<Answer>;
}

/** One that needs fewer dependencies fits wherever one with more is asked for. */
export interface Endpoint<D> extends Contract {
  /** Reads a request. @throws {InventoryError} validation_failed */
  readonly read: (req: Request) => Asked<D>;
}

/** Makes an endpoint of its declaration. */
export function endpoint<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, D = unknown>(
  declaration: Declaration<P, Q, B, D>,
): Endpoint<D> {
  const { handle, about, reach, sizeOf, ...contract } = declaration;
  const { id, params, query, body, bodyOptional = false, idempotent = false, conditional = false } = contract;
  return {
    ...contract,
    read: (req) => {
      if (contract.method !== 'get') refuseOtherConditions(req, { conditional });
      const given = {
        params: parse(params, req.params),
        query: parse(query, req.query),
        body: parse(body, bodyOptional && req.body === undefined ? {} : req.body),
      };
      const asking = { req, id, idempotent, body: given.body };
      return {
        about: about?.(given) ?? {},
        reach: reach === undefined || reach === 'row' ? {} : reach(given),
        cost: unitsOf(contract.cost, sizeOf?.(given) ?? 0),
        answer: (deps) => handle({
          ...given, req, ifMatch: conditional ? expectedVersion(req) : undefined,
          submit: submitFor(asking), submitToCatalogue: submitToCatalogueFor(asking), submitThrough: submitThroughFor(asking),
        }, deps),
      };
    },
  };
}

function unitsOf(cost: Cost | undefined, size: number): number {
  if (cost === undefined) return 1;
  return 'units' in cost ? cost.units : Math.max(1, Math.ceil(size / cost.unitFor));
}
