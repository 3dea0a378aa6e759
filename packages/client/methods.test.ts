/** What TypeScript knows of a client. The types of this file are the test: `npm test -- --only types` runs it. */
import { expect } from 'chai';
import { createClient } from './client.ts';
import type { Client, components, Input, InventoryProblem, Listing, Output, ProblemCode, StockRow } from './client.ts';
import { operations } from './generated/operations.ts';
import type { OperationId } from './attempt.ts';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;
/** Does not compile where it is false. */
const holds = <T extends true>(..._claim: readonly T[]): void => undefined;
type Schemas = components['schemas'];
type Argument<O extends keyof Client, N extends number> = Client[O] extends (...args: infer A) => unknown ? A[N] : never;

function narrowed(error: InventoryProblem): unknown {
  switch (error.code) {
    case 'insufficient_stock':
      holds<Equal<(typeof error.lines)[number]['available'], number>>();
      return error.lines;
    case 'version_mismatch':
      holds<Equal<typeof error.current_version, number | undefined>>();
      return error.current_version;
    case 'quota_exceeded':
      holds<Equal<typeof error.violated_policies, string[]>>();
      return error.violated_policies;
    default:
      holds<Equal<'lines' extends keyof typeof error ? true : false, false>>();
      return error.errors;
  }
}

describe('the types of a client', () => {
  it('tell problems apart by their code', () => {
    expect(narrowed).to.be.a('function');
    holds<Equal<InventoryProblem['code'], ProblemCode>>();
    holds<Equal<Exclude<ProblemCode, Schemas['Problem']['code']>, 'network_error' | 'deadline_exceeded' | 'unexpected_answer' | 'other'>>();
    holds<Equal<InventoryProblem['call']['outcomeUnknown'], boolean>>();
  });

  it('are those of the document: path, query and body in one object, and the answer', () => {
    holds<Equal<Input<'getReservation'>, { id: string }>>();
    holds<Equal<Input<'confirmReservation'>, { id: string; quantity?: number }>>();
    holds<Equal<Input<'cancelReservation'>, { id: string }>>();
    holds<Equal<Input<'listStock'>, { store: string; below?: number; sku?: string; barcode?: string; limit?: number; cursor?: string }>>();
    holds<Equal<Input<'updateStore'>['id'] & Input<'updateStore'>['name'], string>>();
    holds<Equal<Output<'createReservation'>, Schemas['Reservation']>>();
    holds<Equal<Output<'archiveProduct'>, undefined>>();
    holds<Equal<Output<'changeStock'>, Schemas['ChangedStockRow']>>();
    holds<Equal<StockRow['sku'] | StockRow['product_id'], string | undefined>>();
    holds<Equal<Extract<Output<'changeStockBatch'>, { mode: 'partial' }>['failed'], number>>();
    holds<Equal<Output<'getDocs'>, string>>();
  });

  it('know which operations take a key, a version, or an ETag', () => {
    type Takes<O extends OperationId, K extends string> = K extends keyof NonNullable<Argument<O, 1>> ? true : false;
    holds<Equal<Takes<'createReservation', 'idempotencyKey'>, true>>();
    holds<Equal<Takes<'getReservation', 'idempotencyKey'>, false>>();
    holds<Equal<Takes<'archiveProduct', 'idempotencyKey'>, false>>();
    holds<Equal<Takes<'countStock', 'ifMatch'>, true>>();
    holds<Equal<Takes<'createReservation', 'ifMatch'>, false>>();
    holds<Equal<Takes<'getProduct', 'ifNoneMatch'>, true>>();
  });

  it('expect a 304 of whoever sends If-None-Match, and of nobody else', () => {
    const calls = (client: Client) => ({
      plain: () => client.getProduct({ id: 'p' }),
      signalled: () => client.getProduct({ id: 'p' }, { deadlineMs: 1 }),
      conditional: () => client.getProduct({ id: 'p' }, { ifNoneMatch: '"7"' }),
    });
    type Calls = ReturnType<typeof calls>;
    holds<Equal<Awaited<ReturnType<Calls['plain']>>, Schemas['Product']>>();
    holds<Equal<Awaited<ReturnType<Calls['signalled']>>, Schemas['Product']>>();
    holds<Equal<Awaited<ReturnType<Calls['conditional']>>, Schemas['Product'] | undefined>>();
    expect(calls).to.be.a('function');
  });

  it('make lists of the operations that have a cursor', () => {
    holds<Equal<ReturnType<Client['listStores']>, Listing<Output<'listStores'>>>>();
    const items = async (client: Client) => {
      for await (const reservation of client.listReservations()) return reservation;
      return undefined;
    };
    holds<Equal<Awaited<ReturnType<typeof items>>, Schemas['Reservation'] | undefined>>();
    expect(items).to.be.a('function');
  });

  it('are of methods that are there: one for each operation of the document', () => {
    const client = createClient({ baseUrl: '' });
    holds<Equal<Exclude<OperationId, keyof Client>, never>>();
    expect(Object.keys(client)).to.have.members([...Object.keys(operations), 'follow', 'watch', 'responseOf']);
  });
});
