/**
 * Invariant 17, watched in every integration test: no answer to a vendor shows a store outside of his store_ids, except
 * for availability, the catalogue and holds that he made. A test api reads each answer on its way out and reports at its
 * end what it must not have shown.
 */
import type { RequestListener } from 'node:http';
import type { Database } from '@inventory/db/pool.ts';
import { z } from 'zod';

const claims = z.object({ user_id: z.string(), role: z.literal('vendor'), store_ids: z.array(z.string()) });

/** Open to everybody: the catalogue, availability, and the contract with its examples. */
const OPEN = new RegExp('^/api/v1/((products|stores)(/[^/]+)?(/availability)?|availability'
  + '|(openapi|asyncapi)\\.json|(event-schemas|problems|docs)(/.*)?)$');
/** An answer to a new hold may say what is short at the stores that were asked. */
const HOLDING = /^\/api\/v1\/reservations(\/batch)?$/;

export interface LeakSpy {
  readonly watch: (app: RequestListener) => RequestListener;
  /** Each breach of the invariant; empty when it holds. */
  readonly leaks: () => Promise<readonly string[]>;
  /** The number of answers to vendors that were read. */
  readonly read: () => number;
}

export function createLeakSpy(db: Database): LeakSpy {
  const found: string[] = [];
  /** Holds in foreign stores: no breach if the vendor made them. */
  const holds: { readonly id: string; readonly userId: string; readonly where: string }[] = [];
  let read = 0;

  const judge = (authorization: string, method: string, path: string, text: string): void => {
    const vendor = claims.safeParse(payloadOf(authorization)).data;
    if (vendor === undefined || OPEN.test(path)) return;
    const body = jsonOf(text);
    if (body === undefined) return;
    read += 1;
    for (const { store, node, above } of storesIn(body)) {
      if (vendor.store_ids.includes(store)) continue;
      const where = `${method} ${path} showed ${store} to ${vendor.user_id} of [${vendor.store_ids.join(', ')}]`;
      const id = node['reservation_id'];
      if (path.startsWith('/api/v1/reservations') && typeof id === 'string') {
        holds.push({ id, userId: vendor.user_id, where });
      } else if (!(method === 'POST' && HOLDING.test(path) && above === 'lines') && !isEcho(node)) {
        found.push(where);
      }
    }
  };

  return {
    watch: (app) => (req, res) => {
      // Express shortens `req.url` on its way to a router.
      const { method = '', url = '', headers: { authorization = '' } } = req;
      res.end = new Proxy(res.end, {
        apply(end, self, args: readonly unknown[]) {
          const [chunk] = args;
          const text = typeof chunk === 'string' || chunk instanceof Uint8Array ? Buffer.from(chunk).toString() : '';
          judge(authorization, method, url.split('?', 1)[0] ?? '', text);
          return Reflect.apply(end, self, args);
        },
      });
      app(req, res);
    },
    read: () => read,
    leaks: async () => {
      const ids = [...new Set(holds.map(({ id }) => id))];
      const rows = ids.length === 0 ? []
        : await db.selectFrom('reservations').select(['id', 'created_by']).where('id', 'in', ids).execute();
      const makers = new Map(rows.map((row) => [row.id, row.created_by]));
      return [...found, ...holds.filter(({ id, userId }) => makers.get(id) !== userId).map(({ where }) => where)];
    },
  };
}

/** True for a batch item that was refused for its store, where it shows only what was sent. */
function isEcho(node: Readonly<Record<string, unknown>>): boolean {
  const own = ['index', 'status', 'code', 'title', 'detail', 'product_id', 'store_id'];
  return node['code'] === 'store_not_in_scope' && Object.keys(node).every((name) => own.includes(name));
}

function payloadOf(authorization: string): unknown {
  return jsonOf(Buffer.from(authorization.split('.')[1] ?? '', 'base64url').toString());
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

type Found = { readonly store: string; readonly node: Readonly<Record<string, unknown>>; readonly above: string };

/** Every object that names a store, at any depth, with the member that it stands below. */
function storesIn(value: unknown, above = ''): readonly Found[] {
  if (Array.isArray(value)) return value.flatMap((item) => storesIn(item, above));
  const node = z.record(z.string(), z.unknown()).safeParse(value).data;
  if (node === undefined) return [];
  const store = node['store_id'];
  return [
    ...(typeof store === 'string' ? [{ store, node, above }] : []),
    ...Object.entries(node).flatMap(([name, member]) => storesIn(member, name)),
  ];
}
