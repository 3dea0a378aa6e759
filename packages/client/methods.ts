/** The methods of a client as TypeScript sees them: one for each operation of the API, typed by docs/openapi.json. */
import type { OperationId, Said } from './attempt.ts';
import type { CallOptions } from './call.ts';
import type { operations as openapi } from './generated/openapi.ts';
import { operations } from './generated/operations.ts';

type Parameters<O extends OperationId> = openapi[O]['parameters'];
/** `unknown` adds nothing to an intersection: it stands for what an operation does not have. */
type Part<T> = [T] extends [undefined] ? unknown : NonNullable<T>;
type Body<R> = [R] extends [{ content: { 'application/json': infer B } }] ? (string extends keyof B ? unknown : B) : unknown;
type Flat<T> = { [K in keyof T]: T[K] };

/** The input of an operation: the parameters of path and query and the members of the body, in one object. */
export type Input<O extends OperationId> =
  Flat<Part<Parameters<O>['path']> & Part<Parameters<O>['query']> & Body<NonNullable<openapi[O]['requestBody']>>>;

type Taken<O extends OperationId, Header extends string, Option extends keyof Said> =
  Header extends keyof NonNullable<Parameters<O>['header']> ? Pick<Said, Option> : unknown;

/** The options of a call of an operation. */
export type Options<O extends OperationId> = CallOptions & Taken<O, 'Idempotency-Key', 'idempotencyKey'>
  & Taken<O, 'If-Match', 'ifMatch'> & Taken<O, 'If-None-Match', 'ifNoneMatch'>;

type Responses<O extends OperationId> = openapi[O]['responses'];
type Success<O extends OperationId> = keyof Responses<O> & (200 | 201 | 204 | 207);

/** The answer of an operation; undefined if it has no body. */
export type Output<O extends OperationId> = {
  [S in Success<O>]: Responses<O>[S] extends { content: infer C } ? C[keyof C] : undefined;
}[Success<O>];

type Page = { readonly items: readonly unknown[] };

/** A list, read page by page or item by item. It asks for a page only when that page is read. */
export interface Listing<P extends Page> extends AsyncIterable<P['items'][number]> {
  /** The page of the cursor in the input, or the first page. Its `next_cursor` is the cursor of the next page. */
  page(): Promise<P>;
}

type Arguments<O extends OperationId, P> =
  Record<never, never> extends Input<O> ? [input?: Input<O>, options?: P] : [input: Input<O>, options?: P];

type Method<O extends OperationId> = (typeof operations)[O] extends readonly [string, string, string]
  ? (...args: Arguments<O, Options<O>>) => Output<O> extends Page ? Listing<Output<O>> : never
  : 'ifNoneMatch' extends keyof Options<O> ? Conditional<O> : (...args: Arguments<O, Options<O>>) => Promise<Output<O>>;
/** With If-None-Match the answer may be a 304, which has no body. */
interface Conditional<O extends OperationId> {
  (input: Input<O>, options: Options<O> & { readonly ifNoneMatch: string }): Promise<Output<O> | undefined>;
  (...args: Arguments<O, Options<O> & { readonly ifNoneMatch?: undefined }>): Promise<Output<O>>;
}

export type Methods = { readonly [O in keyof typeof operations]: Method<O> };

/** @returns what `make` returns, by operation. The check tells TypeScript that no method is missing. */
export function methodsBy(make: (id: OperationId) => unknown): Methods {
  const made: object = Object.fromEntries(Object.keys(operations).filter(isOperation).map((id) => [id, make(id)]));
  if (!isComplete(made)) throw new TypeError('a method is missing');
  return made;
}

const isOperation = (id: string): id is OperationId => Object.hasOwn(operations, id);
const isComplete = (made: object): made is Methods => Object.keys(operations).every((id) => Object.hasOwn(made, id));
