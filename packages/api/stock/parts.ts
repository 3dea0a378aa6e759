/** From the stock changes of a request, and the products that they mean, to the parts of a command. */
import { InventoryError } from '@inventory/domain/errors.ts';
import { MAX_CHANGE } from '@inventory/domain/values.ts';
import type { Part } from '../commit/command.ts';
import type { Meant } from '../directory/named-product.ts';
import { partOf } from './row.ts';
import type { StockChange } from './schema.ts';

/**
 * @param meant the products, one for each change
 * @param list the member of the body that the changes are in; left out where the body is the only one
 * @throws {InventoryError} validation_failed where packs come to more units than one change may move
 */
export function partsOf(
  changes: readonly StockChange[], meant: readonly Meant[],
  { list, ifMatch }: { readonly list?: string; readonly ifMatch: number | undefined },
): readonly Part[] {
  const errors = changes.flatMap(({ quantity_change: change }, nth) => {
    const units = meant[nth]?.units ?? 1;
    if (Math.abs(change * units) <= MAX_CHANGE) return [];
    const pointer = `${list === undefined ? '' : `/${list}/${nth}`}/quantity_change`;
    return [{ pointer, message: `${change} packs of ${units} are more than ${MAX_CHANGE} units` }];
  });
  if (errors.length > 0) {
    throw new InventoryError('validation_failed', 'A change moves too many units: see errors.', { errors: errors.slice(0, 20) });
  }
  return changes.map((change, nth): Part => {
    const product = meant[nth];
    if (product === undefined) throw new Error('a change without a product');
    return partOf(change, product, ifMatch);
  });
}
