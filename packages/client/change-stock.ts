/** A change that depends on the stock row: read it, decide, change that version, and start over if it has moved on. */
import type { CallOptions } from './call.ts';
import type { Input, Methods, Options, Output } from './methods.ts';
import { isInventoryProblem } from './problems.ts';
import { jitterMs, pause } from './time.ts';

/** Of a row that does not exist yet nobody has said what its product is called. */
export type StockRow = Omit<Output<'changeStock'>, 'sku' | 'product_name'> & { sku?: string; product_name?: string };
export type StockChange = Omit<Input<'changeStock'>, 'product_id' | 'sku' | 'barcode' | 'store_id' | 'expected_version'>;
/** Returns the change for a row, or undefined to leave it as it is. A row that does not exist yet has version 0. */
export type Decide = (row: StockRow) => StockChange | undefined | Promise<StockChange | undefined>;

interface DecideOptions extends CallOptions {
  /** The most decisions; default 5. */
  readonly tries?: number;
  /** The key of the first try. The others add their number to it, because each try is a request of its own. */
  readonly idempotencyKey?: string;
}

type Sent = [change: Input<'changeStock'>, options?: Options<'changeStock'> | undefined];
type Decided = [store: string, product: string, decide: Decide, options?: DecideOptions | undefined];

export interface ChangeStock {
  (...sent: Sent): Promise<StockRow>;
  /**
   * Reads the row, decides and changes it. Starts over if somebody else has changed it in between.
   * @returns the row after the change
   * @throws {InventoryProblem} version_mismatch after the last try
   */
  (...decided: Decided): Promise<StockRow>;
}

export function createChangeStock({ changeStock, getStock }: Pick<Methods, 'changeStock' | 'getStock'>): ChangeStock {
  const read = (store: string, product: string, options: CallOptions): Promise<StockRow> =>
    getStock({ store, product }, options).catch((error: unknown) => {
      if (!isInventoryProblem(error) || error.code !== 'not_found') throw error;
      return { product_id: product, store_id: store, quantity: 0, reserved: 0, available: 0, version: 0 };
    });

  const byDecision = async (store: string, product: string, decide: Decide, options: DecideOptions = {}): Promise<StockRow> => {
    const { tries = 5, idempotencyKey: key, ...given } = options;
    for (let nth = 1; ; nth += 1) {
      const row = await read(store, product, given);
      const change = await decide(row);
      if (change === undefined) return row;
      const named = key === undefined ? {} : { idempotencyKey: nth === 1 ? key : `${key}:${nth}` };
      try {
        return await changeStock({ ...change, store_id: store, product_id: product }, { ...given, ...named, ifMatch: row.version });
      } catch (error) {
        if (nth >= tries || !isInventoryProblem(error) || error.code !== 'version_mismatch') throw error;
      }
      await pause(jitterMs(nth, 1000), given.signal);
    }
  };

  const isDecided = (asked: Sent | Decided): asked is Decided => asked.length > 2;
  return (...asked: Sent | Decided) => (isDecided(asked) ? byDecision(...asked) : changeStock(...asked));
}
