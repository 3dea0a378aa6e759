/**
 * Reading one's own writes. The answer to a write tells the version of its row; the client remembers it and asks for
 * availability with `min_version`. That parameter names one row of a product. If the answer lacks the version of another
 * row, the client asks again for that row. If Postgres itself does not know a version, the log was restored since, and the
 * version is forgotten.
 */
import type { Answer } from './attempt.ts';
import type { Output } from './methods.ts';
import { isInventoryProblem } from './problems.ts';

const MOST_PRODUCTS = 1000;

/** Creates a memory of the rows of the 1 000 products that were written last. */
export function createOwnWrites() {
  const products = new Map<string, Map<string, number>>();

  const remember = (row: object, version: unknown): void => {
    const { product_id: product, store_id: store }: { product_id?: unknown; store_id?: unknown } = { ...row };
    if (typeof product !== 'string' || typeof store !== 'string' || typeof version !== 'number') return;
    const rows = products.get(product) ?? new Map<string, number>();
    const newest = Math.max(version, rows.get(store) ?? 0);
    // Deleted first, because a Map keeps the place of a key that is set again.
    rows.delete(store);
    products.delete(product);
    products.set(product, rows.set(store, newest));
    const [oldest] = products.keys();
    if (products.size > MOST_PRODUCTS && oldest !== undefined) products.delete(oldest);
  };

  return {
    /** Learns from the answer to a write. A header has the version of its row; in a list, each row has its own. */
    learn: ({ body, headers }: Answer): void => {
      if (typeof body !== 'object' || body === null) return;
      const { items }: { items?: unknown } = body;
      if (Array.isArray(items)) for (const item of items) remember(item, item?.version);
      const version = headers.get('x-stock-version');
      if (version !== null) remember(body, Number(version));
    },

    /** Asks for a product's availability until the answer shows every remembered version, at most once for each row. */
    show: async (product: string, ask: (minVersion: string | undefined) => Promise<unknown>): Promise<unknown> => {
      const rows = products.get(product.toLowerCase()) ?? new Map<string, number>();
      const left = [...rows];
      for (let next = left.pop(); ; next = left.pop()) {
        const [store = '', version] = next ?? [];
        const answer = await ask(next?.join(':')).catch((error: unknown) => {
          const refused = isInventoryProblem(error) && error.errors.some(({ pointer }) => pointer === '/min_version');
          if (next === undefined || !refused) throw error;
          if (rows.get(store) === version) rows.delete(store);
        });
        // The row never had that version.
        if (answer === undefined && next !== undefined) continue;
        if (!isAvailability(answer)) return answer;
        const lacks = ([id, least]: readonly [string, number]): boolean =>
          !answer.stores.some((each) => each.store_id === id && each.version >= least);
        left.splice(0, left.length, ...left.filter(lacks));
        if (left.length === 0) return answer;
      }
    },
  };
}

/** False for the empty body of a 304. */
function isAvailability(body: unknown): body is Output<'getAvailability'> {
  return typeof body === 'object' && body !== null && 'stores' in body && Array.isArray(body.stores);
}
