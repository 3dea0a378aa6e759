/** Who may look at, or change, the stock of a store. */
import { worksFor } from '@inventory/domain/access.ts';
import type { Actor } from '@inventory/domain/access.ts';
import { InventoryError } from '@inventory/domain/errors.ts';

/** @throws {InventoryError} store_not_in_scope */
export function demandStore(actor: Actor, storeId: string): void {
  if (!worksFor(actor, storeId)) {
    throw new InventoryError('store_not_in_scope', `Your token does not cover the store ${storeId}.`);
  }
}

/** @throws {InventoryError} forbidden where a body names another user than the token */
export function demandSelf(actor: Actor, userId: string | undefined): void {
  if (userId !== undefined && userId !== actor.id) {
    throw new InventoryError('forbidden', 'user_id is not the user of your token.');
  }
}
