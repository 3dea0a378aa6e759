/** What staff may know of a product in a store beside its numbers: its open holds, and its movements of the last hour. */
import type { Client, Output } from '@inventory/client/client.ts';

export interface StoreFacts {
  readonly holds: Output<'explainStock'>['open_holds'];
  /** The newest first. */
  readonly movements: Output<'getStockHistory'>['items'];
}

const MOST_MOVEMENTS = 100;

/** Reads them. An explanation is dear, so holds are asked for only where something is held. @throws {InventoryProblem} */
export async function readFacts(client: Client, row: { readonly store: string; readonly product: string; readonly reserved: number }, signal: AbortSignal): Promise<StoreFacts> {
  const { store, product, reserved } = row;
  const [movements, holds] = await Promise.all([
    client.getStockHistory({ store, product, limit: MOST_MOVEMENTS }, { signal }).page(),
    reserved === 0 ? [] : client.explainStock({ store, product }, { signal }).then((found) => found.open_holds),
  ]);
  return { movements: movements.items, holds };
}
