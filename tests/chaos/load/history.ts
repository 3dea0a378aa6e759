/**
 * What the load has asked and what came of it. An operation is invoked, and ends as one of three:
 *
 *   ok       a 2xx: it is done, and every later read must show it
 *   fail     a 4xx: nothing has changed
 *   unknown  a 5xx or no answer: it is done completely or not at all, and the client does not know which
 *
 * Times are those of the machine's clock, in ms since 1970, which Postgres shares.
 */

export type OperationKind =
  | 'adjust' | 'reserve' | 'confirm' | 'cancel' | 'extend' | 'cart' | 'confirm-cart' | 'cancel-cart' | 'rename';
type Outcome = 'ok' | 'fail' | 'unknown';
export type ApiName = 'api-1' | 'api-2';

export interface Operation {
  readonly nth: number;
  readonly api: ApiName;
  readonly kind: OperationKind;
  /** Of an adjustment, a hold, a cart or a rename: a text that its events carry, by which the log is searched. */
  readonly tag: string | undefined;
  /** The Idempotency-Key; attempts under one key are one operation that was asked more than once. */
  readonly key: string | undefined;
  readonly productId: string | undefined;
  readonly storeId: string | undefined;
  /** The hold that is confirmed, cancelled or extended; of a cart, its batch. */
  readonly subjectId: string | undefined;
  /** How many events it makes when it is carried out. */
  readonly events: number;
  readonly invokedMs: number;
  /** Undefined while it is under way. */
  readonly answer: Answered | undefined;
}

interface Answered {
  readonly returnedMs: number;
  readonly outcome: Outcome;
  /** 0 where there was no answer. */
  readonly status: number;
  readonly text: string;
}

export interface ShownStore {
  readonly store_id: string;
  readonly available: number;
  readonly reserved: number;
  readonly version: number;
}

export interface Read {
  readonly api: ApiName;
  readonly productId: string;
  readonly invokedMs: number;
  readonly returnedMs: number;
  readonly status: number;
  /** Undefined where the answer was no 200. */
  readonly shown: { readonly asOfMs: number; readonly source: string; readonly stores: readonly ShownStore[] } | undefined;
  /** What `min_version` asked for. */
  readonly least: { readonly storeId: string; readonly version: number } | undefined;
}

export interface History {
  readonly operations: readonly Operation[];
  readonly reads: readonly Read[];
  /** Operations without an answer so far. */
  underWay(): number;
  invoke(operation: Omit<Operation, 'nth' | 'invokedMs' | 'answer'>): Invoked;
  read(read: Read): void;
}

interface Invoked {
  /** Notes what came of it. `status` 0: no answer. */
  end(status: number, text: string): Outcome;
}

export function outcomeOf(status: number): Outcome {
  if (status >= 200 && status < 300) return 'ok';
  return status >= 400 && status < 500 ? 'fail' : 'unknown';
}

export function createHistory(): History {
  const operations: Operation[] = [];
  const reads: Read[] = [];
  let underWay = 0;
  return {
    operations, reads,
    underWay: () => underWay,
    invoke(asked) {
      const at = operations.length;
      const operation = { ...asked, nth: at, invokedMs: Date.now(), answer: undefined };
      operations.push(operation);
      underWay += 1;
      return {
        end(status, text) {
          const outcome = outcomeOf(status);
          underWay -= 1;
          operations[at] = { ...operation, answer: { returnedMs: Date.now(), outcome, status, text } };
          return outcome;
        },
      };
    },
    read(read) { reads.push(read); },
  };
}
