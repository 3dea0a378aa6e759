/** The requests of a writer, drawn by its seed. Each is data, so that it can be sent again under the same key. */
import type { Random } from '../plan/random.ts';
import type { OperationKind } from './history.ts';

export interface Request {
  readonly kind: OperationKind;
  readonly method: 'POST' | 'PATCH';
  readonly path: string;
  readonly body: unknown;
  readonly tag: string | undefined;
  readonly productId: string | undefined;
  readonly storeId: string | undefined;
  readonly subjectId: string | undefined;
  readonly events: number;
}

/** Something that a writer has made and may end: a hold, or a cart of several. */
export interface Held {
  readonly id: string;
  readonly cart: boolean;
  readonly lines: number;
}

interface Drawing {
  readonly random: Random;
  readonly products: readonly string[];
  readonly stores: readonly string[];
  /** A text that no other operation has. */
  tag(): string;
  /** Takes a hold or cart out of the writer's pool; undefined when the pool is empty. */
  take(): Held | undefined;
}

const CUSTOMERS = 20;
/** The share of holds that expire while the load goes on, so that the sweepers have work. */
const SHORT_SHARE = 0.25;

/** Shares in percent. A request that would end a hold becomes a new hold while the pool is empty. */
const SHARES: readonly (readonly [OperationKind, number])[] = [
  ['adjust', 32], ['reserve', 30], ['confirm', 14], ['cancel', 9], ['extend', 5], ['cart', 7], ['rename', 3],
];

/** Draws the next request. */
export function drawRequest(deps: Drawing): Request {
  const kind = drawKind(deps.random);
  switch (kind) {
    case 'adjust': return adjust(deps);
    case 'cart': return cart(deps);
    case 'rename': return rename(deps);
    case 'confirm':
    case 'cancel':
    case 'extend': {
      const held = deps.take();
      return held === undefined ? reserve(deps) : ending(deps, kind, held);
    }
    default: return reserve(deps);
  }
}

function drawKind(random: Random): OperationKind {
  let left = random.int(1, SHARES.reduce((sum, [, share]) => sum + share, 0));
  for (const [kind, share] of SHARES) {
    left -= share;
    if (left <= 0) return kind;
  }
  return 'reserve';
}

function adjust({ random, products, stores, tag }: Drawing): Request {
  const [productId, storeId, reference] = [random.pick(products), random.pick(stores), tag()];
  const quantity_change = random.chance(0.3) ? -random.int(1, 3) : random.int(1, 8);
  return {
    kind: 'adjust', method: 'POST', path: '/stock', tag: reference, productId, storeId, subjectId: undefined, events: 1,
    body: { product_id: productId, store_id: storeId, quantity_change, reason: quantity_change < 0 ? 'SALE' : 'RESTOCK', reference },
  };
}

function reserve({ random, products, stores, tag }: Drawing): Request {
  const [productId, storeId, reference] = [random.pick(products), random.pick(stores), tag()];
  return {
    kind: 'reserve', method: 'POST', path: '/reservations', tag: reference, productId, storeId, subjectId: undefined, events: 1,
    body: {
      product_id: productId, store_id: storeId, quantity: random.int(1, 2), customer_id: customer(random), ttl: ttl(random), reference,
    },
  };
}

function cart({ random, products, stores, tag }: Drawing): Request {
  const reference = tag();
  const lines = Array.from({ length: random.int(2, 4) }, () => ({
    product_id: random.pick(products), store_id: random.pick(stores), quantity: 1,
  }));
  return {
    kind: 'cart', method: 'POST', path: '/reservations/batch', tag: reference, productId: undefined, storeId: undefined,
    subjectId: undefined, events: lines.length, body: { lines, customer_id: customer(random), ttl: ttl(random), reference },
  };
}

function ending({ random }: Drawing, kind: 'confirm' | 'cancel' | 'extend', { id, cart: isCart, lines }: Held): Request {
  const common = { method: 'POST', tag: undefined, productId: undefined, storeId: undefined, subjectId: id } as const;
  if (isCart) {
    const verb = kind === 'cancel' ? 'cancel' : 'confirm';
    return { ...common, kind: `${verb}-cart`, path: `/reservations/batch/${id}/${verb}`, body: {}, events: lines };
  }
  return { ...common, kind, path: `/reservations/${id}/${kind}`, body: kind === 'extend' ? { ttl: random.int(60, 900) } : {}, events: 1 };
}

/** Renames a product: the catalogue uses other connections to Postgres than stock and holds do. */
function rename({ random, products, tag }: Drawing): Request {
  const [productId, name] = [random.pick(products), tag()];
  return {
    kind: 'rename', method: 'PATCH', path: `/products/${productId}`, tag: name, productId, storeId: undefined, subjectId: undefined,
    events: 1, body: { name },
  };
}

function customer(random: Random): string {
  return `chaos-${random.int(1, CUSTOMERS)}`;
}

function ttl(random: Random): number {
  return random.chance(SHORT_SHARE) ? random.int(1, 4) : random.int(60, 600);
}
