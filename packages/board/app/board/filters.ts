/** The filters of the board as the URL carries them, and the products that they leave. Pure. */
import type { Level } from '../parts/level.ts';
import type { Catalogue, Product, ShopStore } from './catalogue.ts';
import type { Numbers } from './numbers.ts';

export type Order = 'name' | 'changed' | 'least';

export interface Filters {
  readonly text: string;
  readonly stores: readonly string[];
  readonly level: Exclude<Level, 'ok'> | undefined;
  readonly changed: boolean;
  readonly order: Order;
  /** From 1. */
  readonly page: number;
}

const RECENT_MS = 5 * 60_000;
/** Rows that are streamed at once, at most. */
const MOST_ROWS = 2000;
const MOST_PRODUCTS = 100;

/** What a URL asks for; words that it does not know are left out. */
export function filtersOf(query: URLSearchParams): Filters {
  const [level, order, page] = [query.get('level'), query.get('sort'), Number(query.get('page') ?? 1)];
  return {
    text: query.get('q') ?? '', stores: (query.get('stores') ?? '').split(',').filter((id) => id !== ''),
    level: level === 'low' || level === 'out' ? level : undefined, changed: query.get('changed') === '5',
    order: order === 'changed' || order === 'least' ? order : 'name', page: Number.isInteger(page) && page > 0 ? page : 1,
  };
}

/** The stores that are shown: those that were chosen and exist, else all. */
export function storesShown({ stores }: Catalogue, { stores: chosen }: Filters): readonly ShopStore[] {
  const found = stores.filter(({ id }) => chosen.includes(id));
  return found.length === 0 ? stores : found;
}

/** The products whose name or SKU has all the words of the text, in any order; by name. */
export function findProducts({ products }: Catalogue, text: string): readonly Product[] {
  const words = plain(text).split(/\s+/).filter((word) => word !== '');
  return products.filter(({ name, sku }) => {
    const searched = plain(`${name} ${sku}`);
    return words.every((word) => searched.includes(word));
  }).sort((a, b) => a.name.localeCompare(b.name) || a.sku.localeCompare(b.sku));
}

/** Without case and accents: who types "camara" finds "Cámara". */
const plain = (text: string): string => text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase();

/** The page of these products that is shown, and where it begins, from 0. A page that is beyond the end is the last one. */
export function pageOf(found: readonly Product[], stores: number, page: number): { readonly items: readonly Product[]; readonly from: number; readonly size: number } {
  const size = Math.max(1, Math.min(MOST_PRODUCTS, Math.floor(MOST_ROWS / Math.max(1, stores))));
  const last = Math.max(0, Math.ceil(found.length / size) - 1);
  const from = Math.min(page - 1, last) * size;
  return { items: found.slice(from, from + size), from, size };
}

/** Whether a product that is streamed fits what its numbers are asked for. @param now by performance.now() */
export function fits(product: string, filters: Filters, numbers: Numbers, stores: readonly string[], now: number): boolean {
  if (filters.level !== undefined && !numbers.levels(product, stores).has(filters.level)) return false;
  if (!filters.changed) return true;
  const at = numbers.lastChange(product);
  return at !== undefined && now - at <= RECENT_MS;
}

/** How products that are streamed stand one below the other; by name where nothing else tells them apart. */
export function inOrder(products: readonly Product[], order: Order, numbers: Numbers, stores: readonly string[]): readonly Product[] {
  if (order === 'name') return products;
  const worth = ({ id }: Product): number =>
    (order === 'changed' ? -(numbers.lastChange(id) ?? -1) : numbers.total(id, stores));
  return [...products].sort((a, b) => worth(a) - worth(b));
}
