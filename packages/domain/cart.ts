/** Lines that are reserved together: their demand of one stock row is added up before it is compared with what is there. */
import type { ShortLine } from './errors.ts';
import type { Stock } from './stock.ts';
import { available } from './availability.ts';

interface Demand {
  /** The line's place in the request. */
  readonly index: number;
  readonly stock: Stock;
  readonly quantity: number;
}

/**
 * All lines of the stock rows that cannot meet the demand of all lines together, in the order of the lines. Each has the
 * sum that was requested of its row, to compare with what is available there.
 */
export function shortLines(demands: readonly Demand[]): readonly ShortLine[] {
  const rowOf = ({ stock }: Demand): string => `${stock.productId}/${stock.storeId}`;
  const requested = new Map<string, number>();
  for (const demand of demands) requested.set(rowOf(demand), (requested.get(rowOf(demand)) ?? 0) + demand.quantity);
  return demands.flatMap((demand) => {
    const { index, stock } = demand;
    const sum = requested.get(rowOf(demand)) ?? demand.quantity;
    return sum <= available(stock) ? [] : [{
      index, product_id: stock.productId, store_id: stock.storeId, requested: sum, available: available(stock),
    }];
  });
}
