/** What the board knows of each row, and what a new row changes of it. It draws nothing. */
import type { Level } from '../parts/level.ts';
import { levelOf } from '../parts/level.ts';
import type { StockRow } from '../live/watch.ts';

interface Cell {
  readonly available: number;
  readonly reserved: number;
  readonly version: number;
  readonly level: Level;
  /** performance.now() of its last change on this page; undefined where it has not changed since the page came. */
  readonly changedAt: number | undefined;
}

/** A cell that has changed. */
export interface Change {
  readonly product: string;
  readonly store: string;
  readonly before: Cell | undefined;
  readonly after: Cell;
  /** Of available; 0 where only what is held has changed. */
  readonly delta: number;
}

export interface Numbers {
  /** Takes in a row. @returns the change; undefined where it is what was known or older */
  readonly take: (row: Pick<StockRow, 'product' | 'store' | 'available' | 'reserved' | 'version'>, now: number) => Change | undefined;
  readonly cell: (product: string, store: string) => Cell | undefined;
  /** Over these stores. */
  readonly total: (product: string, stores: readonly string[]) => number;
  /** The level of a product is its worst in these stores. */
  readonly levels: (product: string, stores: readonly string[]) => ReadonlySet<Level>;
  readonly lastChange: (product: string) => number | undefined;
}

export function createNumbers(): Numbers {
  const products = new Map<string, Map<string, Cell>>();
  const changes = new Map<string, number>();
  const cells = (product: string, stores: readonly string[]): readonly Cell[] =>
    stores.map((store) => products.get(product)?.get(store)).filter((cell) => cell !== undefined);
  return {
    take: ({ product, store, available, reserved, version }, now) => {
      const known = products.get(product) ?? new Map<string, Cell>();
      const before = known.get(store);
      if (before !== undefined && before.version === version && before.available === available) return undefined;
      const after: Cell = {
        available, reserved, version, level: levelOf(available), changedAt: before === undefined ? undefined : now,
      };
      products.set(product, known.set(store, after));
      if (before !== undefined) changes.set(product, now);
      return { product, store, before, after, delta: before === undefined ? 0 : available - before.available };
    },
    cell: (product, store) => products.get(product)?.get(store),
    total: (product, stores) => cells(product, stores).reduce((sum, { available }) => sum + available, 0),
    levels: (product, stores) => new Set(cells(product, stores).map(({ level }) => level)),
    lastChange: (product) => changes.get(product),
  };
}
