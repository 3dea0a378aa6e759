/** From the stock changes of a request, and the products that they mean, to the parts of a command. */
import type { Refusal } from '@inventory/domain/errors.ts';
import { MAX_CHANGE } from '@inventory/domain/values.ts';
import type { Part } from '../commit/command.ts';
import { faultOf } from '../directory/named-product.ts';
import type { Meant } from '../directory/named-product.ts';
import { partOf } from './row.ts';
import type { StockChange } from './schema.ts';

/**
 * The fault of changes whose packs come to more units than one change may move; undefined where none does.
 * @param meant the products, one for each change
 * @param list the member of the body that the changes are in; left out where the body is the only one
 */
export function overMaxChange(changes: readonly StockChange[], meant: readonly Meant[], list?: string): Refusal | undefined {
  return faultOf('A change moves too many units: see errors.', changes.flatMap(({ quantity_change: change }, nth) => {
    const units = meant[nth]?.units ?? 1;
    if (Math.abs(change * units) <= MAX_CHANGE) return [];
    const pointer = `${list === undefined ? '' : `/${list}/${nth}`}/quantity_change`;
    return [{ pointer, message: `${change} packs of ${units} are more than ${MAX_CHANGE} units` }];
  }));
}

/** @param meant the products, one for each change */
export function partsOf(changes: readonly StockChange[], meant: readonly Meant[], ifMatch?: number): readonly Part[] {
  return changes.map((change, nth): Part => {
    const product = meant[nth];
    if (product === undefined) throw new Error('a change without a product');
    return partOf(change, product, ifMatch);
  });
}
