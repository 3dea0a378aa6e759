/** The client of the inventory's API. Its README states what it promises, with examples. */
import type { Answer, OperationId } from './attempt.ts';
import { createCall, type CallSettings, type Given } from './call.ts';
import { createChangeStock, type ChangeStock } from './change-stock.ts';
import { follow, type FollowOptions } from './follow.ts';
import { operations } from './generated/operations.ts';
import { listing } from './listing.ts';
import { methodsBy, type Input, type Methods } from './methods.ts';
import { createOwnWrites } from './own-writes.ts';
import { watch, type WatchOptions } from './watch.ts';

export type { Attempt, CallOptions } from './call.ts';
export type { Decide, StockChange, StockRow } from './change-stock.ts';
export type { FollowOptions } from './follow.ts';
export type { Tick, WatchedRow, WatchOptions, WatchState } from './watch.ts';
export type { components } from './generated/openapi.ts';
export type { Input, Listing, Output } from './methods.ts';
export { isInventoryProblem } from './problems.ts';
export type { InventoryProblem, ProblemCode } from './problems.ts';

export interface ClientOptions extends CallSettings {
  /** Whether `getAvailability` shows this client's own writes; default true. */
  readonly readOwnWrites?: boolean;
}

export type Client = Omit<Methods, 'changeStock'> & {
  readonly changeStock: ChangeStock;
  /** Follows the event log. @throws {InventoryProblem} if a failure is not retryable */
  readonly follow: (options: FollowOptions) => Promise<void>;
  /** Watches availability as it changes. @throws {InventoryProblem} if a failure is not retryable */
  readonly watch: (options: WatchOptions) => Promise<void>;
  /** Status and headers of an answer, by the object that a method has returned; undefined for any other object. */
  readonly responseOf: (answer: object) => Pick<Answer, 'status' | 'headers'> | undefined;
};

/** Creates a client, which has a retry budget and a memory of its own writes: create one per user, and keep it. */
export function createClient(options: ClientOptions): Client {
  const call = createCall(options);
  const own = createOwnWrites();
  const answers = new WeakMap<object, Answer>();

  const ask = async (operation: OperationId, input: object = {}, given: Given = {}): Promise<unknown> => {
    const answer = await call(operation, input, given);
    if (operations[operation][0] !== 'GET') own.learn(answer);
    if (typeof answer.body === 'object' && answer.body !== null) answers.set(answer.body, answer);
    return answer.body;
  };
  const methods = methodsBy((id) => {
    const [, , cursor] = operations[id];
    if (cursor !== undefined) return (input: object, given?: Given) => listing(cursor, input, (page) => ask(id, page, given));
    if (id !== 'getAvailability' || options.readOwnWrites === false) return (input?: object, given?: Given) => ask(id, input, given);
    return (input: Input<'getAvailability'>, given?: Given) => (input.min_version === undefined
      ? own.show(input.id, (min_version) => ask(id, { ...input, min_version }, given)) : ask(id, input, given));
  });
  return {
    ...methods,
    changeStock: createChangeStock(methods),
    follow: (how) => follow(methods.listEvents, how),
    watch: (how) => watch(options, how),
    responseOf: (answer) => answers.get(answer),
  };
}
