/**
 * The contract test: sends requests to every endpoint of a real api, by every role, which fit the OpenAPI document or
 * nearly fit it. Whatever is sent: no 5xx, a documented status, a body that fits its schema, and no invariant broken.
 */
import type { Database } from '@inventory/db/pool.ts';
import { textOf } from '@inventory/testkit/http/client.ts';
import type { Client } from '@inventory/testkit/http/client.ts';
import fc from 'fast-check';
import { endpoints } from '../../endpoints.ts';
import type { Contract } from '../../http/endpoint/endpoint.ts';
import { addProduct, admin, customer, otherCustomer, vendor } from '../api.ts';
import { openApiDocument } from '../../openapi/openapi-document.ts';
import { createJudge } from './judge.ts';
import type { Pool } from './arbitrary.ts';
import { requestsTo } from './requests.ts';
import type { Sent } from './requests.ts';

interface Walked {
  readonly requests: number;
  readonly endpoints: number;
  readonly byStatus: Readonly<Record<string, number>>;
}

/** The api that is walked: it has the stores MAD-001, BCN-001 and VAL-001, and a token for each role. */
interface World {
  readonly baseUrl: string;
  readonly token: (role: 'admin' | 'vendor' | 'customer' | 'service') => Promise<string>;
  readonly products: readonly string[];
  /** Answers that name what exists already. */
  readonly known: readonly unknown[];
}

/** The codes of a product, a box of twelve among them, and one with a wrong check digit. */
const BARCODES = ['4006381333931', 'BOX-12', '4006381333932'] as const;

/** Makes stock and holds to begin with. */
export async function settle(db: Database, manager: Client): Promise<Pick<World, 'products' | 'known'>> {
  const products = await Promise.all([1, 2, 3].map(() => addProduct(db)));
  for (const product_id of products.slice(1)) {
    for (const store_id of ['MAD-001', 'BCN-001']) {
      await manager.post('/stock', { product_id, store_id, quantity_change: 1000, reason: 'RESTOCK' });
    }
  }
  await manager.request('PATCH', `/products/${products[1] ?? ''}`, { identifiers: [
    { value: BARCODES[0], kind: 'GTIN' }, { value: BARCODES[1], kind: 'OWN', units: 12 },
  ] });
  const known = await Promise.all([1, 2, 3, 4].map(async (quantity) => {
    const line = { product_id: products[1], store_id: 'MAD-001', quantity };
    const held = await manager.post('/reservations', { ...line, customer_id: customer.userId });
    const cart = await manager.post('/reservations/batch', { lines: [line], customer_id: customer.userId });
    return [held.body, cart.body];
  }));
  known.push([(await manager.get('/events')).body, (await manager.get('/products?limit=1')).body]);
  return { products, known };
}

const MAX_KNOWN = 40;

/** What the api has named so far, so that requests go beyond the first "not found". */
function createMemory(products: readonly string[]) {
  const known = new Map<string, unknown[]>();
  const remember = (name: string, ...values: readonly unknown[]): void => {
    known.set(name, [...values, ...known.get(name) ?? []].slice(0, MAX_KNOWN));
  };
  const stores = ['MAD-001', 'BCN-001', 'VAL-001', 'MAD-001', 'NIX-001'];
  for (const name of ['store', 'store_id']) remember(name, ...stores);
  for (const name of ['product', 'product_id']) remember(name, ...products);
  remember('product_ids', products.join(','));
  remember('store_ids', 'MAD-001,BCN-001', 'VAL-001');
  remember('near', '40.4,-3.7', '-90,180');
  remember('radius_km', '5', '20038', '0.001');
  remember('barcode', ...BARCODES);
  remember('customer_id', customer.userId, otherCustomer.userId);
  remember('user_id', admin.userId, vendor.userId);
  remember('type', 'stock.updated', 'reservation.created');
  remember('code', 'not_found');
  remember('asset', 'start.js');
  remember('version', '1');
  remember('as_of', '1', '5', '2030-01-01T00:00:00Z', '2020-01-01T00:00:00Z');
  remember('min_version', 'MAD-001:1', 'MAD-001:2', 'BCN-001:999999');

  const NAMES = ['customer_ref', 'reservation_id', 'batch_id', 'sku', 'version', 'reference', 'erasure_id'] as const;
  const learn = (value: unknown): void => {
    if (Array.isArray(value)) value.slice(0, 5).forEach(learn);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
    for (const [name, member] of Object.entries(value)) {
      if (NAMES.some((each) => each === name) && member !== null && typeof member !== 'object') remember(name, member);
      else if (name === 'next_cursor' && typeof member === 'string') {
        remember('cursor', member);
        remember('after', member);
      } else if (name === 'id' && 'position' in value) remember('event_id', member);
      else learn(member);
    }
  };

  const poolOf = ({ path }: Contract): Pool => (name) => {
    if (name === 'ref') return known.get('customer_ref') ?? [];
    // Whoever walks is not to be erased: his token would be refused from then on.
    if (path.startsWith('/customers/erasures') && name !== 'reference') return name === 'id' ? known.get('erasure_id') ?? [] : [];
    if (name !== 'id') return name === 'version' && !path.includes('{version}') ? [] : known.get(name) ?? [];
    if (path.startsWith('/reservations/batch')) return known.get('batch_id') ?? [];
    if (path.startsWith('/reservations')) return known.get('reservation_id') ?? [];
    if (path.startsWith('/stores')) return stores;
    return path.startsWith('/events') ? known.get('event_id') ?? [] : products;
  };
  return { learn, poolOf };
}

/** The endpoint that a request reaches, which may be another than it was made for; undefined where there is none. */
function endpointOf({ path, method }: Sent): Contract | undefined {
  const bare = path.split('?', 1)[0] ?? '';
  if (/(^|\/)\.{1,2}(\/|$)/.test(bare)) return undefined;
  // A literal path comes before a template, whatever its methods; HEAD goes to the endpoint of GET.
  const asked = method === 'HEAD' ? 'GET' : method;
  const literal = endpoints.some((each) => each.path === bare);
  return endpoints.find((each) => each.method.toUpperCase() === asked && (literal ? each.path === bare
    : new RegExp(`^${each.path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(bare)));
}

/** Statuses of requests that reach no endpoint. */
const ELSEWHERE = new Set([200, 201, 204, 400, 401, 403, 404, 405, 406, 409, 412, 413, 414, 415, 422, 428]);

/**
 * Sends requests, endpoint by endpoint, until `forMs` have passed, at least one round of them.
 * @throws {Error} with the request and the answer, where an answer breaks the rule
 */
export async function walk(
  world: World, { forMs, seed }: { readonly forMs: number; readonly seed: number },
): Promise<Walked> {
  const judge = createJudge(openApiDocument(endpoints));
  const memory = createMemory(world.products);
  world.known.forEach(memory.learn);
  const tokens = new Map(await Promise.all((['admin', 'vendor', 'customer', 'service'] as const).map(
    async (role): Promise<[string, string]> => [role, await world.token(role)])));
  tokens.set('garbage', 'eyJhbGciOiJub25lIn0.e30.');
  const byStatus: Record<string, number> = {};
  const until = performance.now() + forMs;
  let requests = 0;

  const walks = endpoints.map((each) => requestsTo(each, memory.poolOf(each)));
  for (let round = 0; round === 0 || performance.now() < until; round += 1) {
    for (const [nth, arbitrary] of walks.entries()) {
      for (const sent of fc.sample(arbitrary, { numRuns: 4, seed: seed + round * 1000 + nth })) {
        const { status, fault, body } = await ask(sent);
        byStatus[status] = (byStatus[status] ?? 0) + 1;
        requests += 1;
        memory.learn(body);
        if (fault !== undefined) throw new Error(`${fault}\nseed ${seed}, request ${requests}:\n${describe(sent)}`);
      }
    }
  }
  return { requests, endpoints: endpoints.length, byStatus };

  async function ask(sent: Sent) {
    const { role, method, path, headers, body } = sent;
    const token = tokens.get(role);
    const response = await fetch(`${world.baseUrl}${path}`, {
      method, redirect: 'manual', signal: AbortSignal.timeout(20_000), ...(body === undefined ? {} : { body }),
      headers: { ...headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
    });
    const [text, contentType] = [await textOf(response), response.headers.get('content-type') ?? ''];
    const { status } = response;
    const told = `${status} ${contentType} ${text.slice(0, 500)}`;
    const hit = endpointOf(sent);
    const fault = status >= 500 ? 'a 5xx'
      : hit === undefined ? (ELSEWHERE.has(status) ? undefined : 'an unexpected status')
        : judge(hit.path, hit.method, { status, contentType, text, head: method === 'HEAD' });
    const json: unknown = contentType.includes('json') && text !== '' ? JSON.parse(text) : undefined;
    return { status, body: json, fault: fault === undefined ? undefined : `${fault}: ${told}` };
  }
}

function describe({ contract, role, method, path, headers, body }: Sent): string {
  return `${contract.id} by ${role}: ${method} ${path}\n${JSON.stringify(headers)}\n${body?.slice(0, 2000) ?? '(no body)'}`;
}
