/**
 * Tries out the table of authorisation: every endpoint × every role × own or foreign store × own or foreign customer ×
 * made by the actor or by others. The expectation is the endpoint's `access`, which the OpenAPI document shows as
 * x-access; the request is made from its schemas. A new endpoint is in the matrix by itself.
 */
import { permissions } from '@inventory/domain/access.ts';
import type { Role } from '@inventory/domain/access.ts';
import type { Client } from '@inventory/testkit/http/client.ts';
import { expectInvariants } from '@inventory/testkit/invariants/invariants.ts';
import { expect } from 'chai';
import { v7 } from 'uuid';
import { endpoints } from '../../endpoints.ts';
import type { Grant } from './access.ts';
import type { Contract } from '../endpoint/endpoint.ts';
import { isObject, membersOf, schemaOf } from '../../openapi/schema.ts';
import { addProduct, admin, customer, otherCustomer, service, startTestApi, vendor } from '../../testing/api.ts';
import type { TestApi } from '../../testing/api.ts';

const who = { admin, vendor, customer, service } as const;
/** A customer who may be erased at any time. */
const FORGOTTEN = 'cust-9021';
const ROLES = ['admin', 'vendor', 'customer', 'service'] as const;

interface Case {
  readonly contract: Contract;
  /** `nobody` has no token. */
  readonly role: Role | 'nobody';
  readonly store: 'own' | 'foreign';
  readonly customer: 'own' | 'foreign';
  readonly made: 'by him' | 'by others';
}

function casesOf(contract: Contract): readonly Case[] {
  const ofHold = contract.path.startsWith('/reservations/') && contract.path.includes('{');
  return [...ROLES, 'nobody' as const].flatMap((role) =>
    (['own', 'foreign'] as const).flatMap((store) =>
      (['own', 'foreign'] as const).flatMap((customer) =>
        (ofHold && role !== 'nobody' ? ['by him', 'by others'] as const : ['by others'] as const)
          // A customer cannot make a hold for another customer.
          .filter((made) => !(role === 'customer' && made === 'by him' && customer === 'foreign'))
          .map((made): Case => ({ contract, role, store, customer, made })))));
}

function titleOf({ contract, role, store, customer, made }: Case): string {
  return `${contract.id} by ${role}, ${store} store, ${customer} customer, made ${made}`;
}

/** True when the case lies within the reach of the role. */
function within({ reach }: Grant, { store, customer, made }: Case): boolean {
  switch (reach) {
    case 'all': return true;
    case 'own_stores': return store === 'own';
    case 'own_stores_or_made': return store === 'own' || made === 'by him';
    case 'own_customer': return customer === 'own';
  }
}

const ALL: readonly string[] = permissions;

/** The permission that an endpoint needs of this role; undefined where it needs none. */
function permissionOf({ verb = 'read' }: Contract, role: Role): string | undefined {
  if (verb === 'read') return undefined;
  return verb === 'reserve' ? `reserve:${role === 'customer' ? 'own' : 'others'}` : verb;
}

const STATUS = { forbidden: 403, store_not_in_scope: 403, not_found: 404 } as const;

describe('authorisation', () => {
  let api: TestApi;
  let product: string;
  let manager: Client;
  const clients = new Map<string, Client>();
  before(async () => {
    api = await startTestApi({ board: { mode: 'full', tokensFile: undefined } });
    manager = await api.as(admin);
    product = await addProduct(api.db);
    for (const store_id of ['MAD-001', 'BCN-001']) {
      const { status } = await manager.post('/stock', {
        product_id: product, store_id, quantity_change: 100_000, reason: 'RESTOCK',
      });
      expect(status).to.equal(200);
    }
    await api.pool.query(`INSERT INTO relay_parked (event_id, stream_id, position, reason)
      SELECT id, stream_id, position, 'test' FROM events WHERE event_type = 'store.created'`);
    for (const role of ROLES) clients.set(role, await api.as(who[role]));
    clients.set('nobody', await api.as());
  });
  after(() => expectInvariants(api.db).finally(() => api.close()));

  const storeOf = (each: Case): string => (each.store === 'own' ? 'MAD-001' : 'BCN-001');
  const customerOf = (each: Case): string => (each.customer === 'own' ? customer.userId : otherCustomer.userId);

  /** A new hold or cart, as the case needs it. */
  async function held(each: Case, cart: boolean): Promise<string> {
    const byHim = each.made === 'by him' ? clients.get(each.role) : undefined;
    const line = { product_id: product, store_id: storeOf(each), quantity: 1 };
    const made = cart
      ? await (byHim ?? manager).post('/reservations/batch', { lines: [line], customer_id: customerOf(each) })
      : await (byHim ?? manager).post('/reservations', { ...line, customer_id: customerOf(each) });
    expect(made.status, made.text).to.equal(201);
    return String(made.body[cart ? 'batch_id' : 'reservation_id']);
  }

  async function idOf(each: Case): Promise<string> {
    const { path } = each.contract;
    if (path.startsWith('/reservations/batch/')) return held(each, true);
    if (path.startsWith('/reservations/')) {
      const id = await held(each, false);
      // Only what was sold comes back.
      if (path.endsWith('/return')) expect((await manager.post(`/reservations/${id}/confirm`)).status).to.equal(200);
      return id;
    }
    if (path.startsWith('/stores/')) return storeOf(each);
    if (path.startsWith('/customers/erasures/')) {
      const { body } = await manager.post('/customers/erasures', { customer_id: FORGOTTEN });
      return String(body['erasure_id']);
    }
    if (path.startsWith('/events/')) {
      const { rows: [event] } = await api.pool.query<{ id: string }>(
        `SELECT id FROM events WHERE store_id = $1 AND event_type = 'stock.updated' LIMIT 1`, [storeOf(each)]);
      return event?.id ?? '';
    }
    if (path.startsWith('/admin/parked/')) {
      return (await api.pool.query<{ id: string }>('SELECT event_id AS id FROM relay_parked LIMIT 1')).rows[0]?.id ?? '';
    }
    if (path.startsWith('/admin/replays/')) {
      return (await api.pool.query<{ id: string }>(`INSERT INTO replay_jobs (id, specification, from_position, to_position, epoch, total, state)
        VALUES (substr(md5(random()::text), 1, 10), '{}', 1, 1, 1, 1, $1) RETURNING id`, [path.endsWith('/resume') ? 'paused' : 'running'])).rows[0]?.id ?? '';
    }
    // Only a product without stock can be archived.
    return each.contract.method === 'delete' ? addProduct(api.db) : product;
  }

  async function refOf(each: Case): Promise<string> {
    await held(each, false);
    const { rows: [known] } = await api.pool.query<{ ref: string }>('SELECT ref FROM customers WHERE external_id = $1', [customerOf(each)]);
    return known?.ref ?? '';
  }

  /** The endpoint's own example, with the store, product and customer of the case. @param code names the product in place of its id */
  async function bodyOf(each: Case, code: Readonly<Record<string, string>> = {}): Promise<unknown> {
    if (each.contract.id === 'countShelf') {
      const { rows: [row] } = await api.pool.query<{ quantity: number }>(
        'SELECT quantity FROM stock WHERE product_id = $1 AND store_id = $2', [product, storeOf(each)]);
      const [named, units] = Object.keys(code).length === 0 ? [{ product_id: product }, 1] : [code, 2];
      return { items: [{ ...named, quantity: Math.floor((row?.quantity ?? 0) / units), expected_quantity: row?.quantity }] };
    }
    const own: Readonly<Record<string, unknown>> = {
      store_id: each.contract.id === 'createStore' ? `NEW-${v7().slice(-12)}` : storeOf(each),
      // The others have to be asked for to the end.
      product_id: product, customer_id: each.contract.id === 'eraseCustomer' ? FORGOTTEN : customerOf(each), sku: `SKU-${v7()}`, identifiers: [], mode: 'atomic',
      quantity: each.contract.id === 'countStock' ? 90_000 : 1,
      // Nothing that matches: the matrix asks who may decide.
      expected_count: 0, expected_total: 0, filter: { reason: 'another' },
    };
    const replaced = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(replaced);
      if (!isObject(value)) return value;
      return Object.fromEntries(Object.entries(value)
        // user_id must be the token's and expected_quantity the row's: neither is tested here.
        .filter(([name]) => name !== 'user_id' && name !== 'expected_quantity')
        .map(([name, member]) => [name, Object.hasOwn(own, name) ? own[name] : replaced(member)])
        .flatMap((entry) => (entry[0] === 'product_id' && Object.keys(code).length > 0 ? Object.entries(code) : [entry])));
    };
    return each.contract.bodyExample === undefined ? undefined : replaced(each.contract.bodyExample);
  }

  async function urlOf(each: Case): Promise<string> {
    const { path, query } = each.contract;
    // One at a time.
    if (['/admin/verifications', '/admin/rebuilds'].includes(path)) await api.pool.query('DELETE FROM view_jobs');
    const values: Readonly<Record<string, string>> = {
      store: storeOf(each), product, store_id: storeOf(each), customer_id: customerOf(each), product_ids: product,
      from: 'beginning', code: 'not_found', asset: 'swagger-ui.css', type: 'stock.updated', version: '1',
      ...(path.includes('{id}') ? { id: await idOf(each) } : {}),
      ...(path.includes('{ref}') ? { ref: await refOf(each) } : {}),
    };
    const filters = membersOf(schemaOf(query, 'input', new Map()))
      .filter(({ name, required }) => required || name === 'store_id' || name === 'customer_id')
      .map(({ name }): [string, string] => [name, values[name] ?? '']);
    const filled = path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => values[name] ?? `no ${name}`);
    return `${filled}?${new URLSearchParams(filters).toString()}`;
  }

  const logged = async (): Promise<number> =>
    (await api.pool.query<{ n: number }>('SELECT count(*)::int AS n FROM events')).rows[0]?.n ?? 0;

  async function run(each: Case, code?: Readonly<Record<string, string>>): Promise<void> {
    const { contract, role } = each;
    const [path, body, client] = [await urlOf(each), await bodyOf(each, code), clients.get(role)];
    if (client === undefined) throw new Error(`no client for ${role}`);
    const before = await logged();
    const answer = await client.request(contract.method.toUpperCase(), path, body, {
      headers: contract.id === 'countStock' ? { 'if-match': '*' } : {},
    });
    const told = `${titleOf(each)}: ${answer.status} ${answer.text.slice(0, 300)}`;
    const refused = async (status: number, code: string): Promise<void> => {
      expect([answer.status, answer.body['code']], told).to.deep.equal([status, code]);
      expect(await logged(), told).to.equal(before);
    };
    if (contract.access === 'public') return void expect(answer.status, told).to.be.within(200, 299);
    if (role === 'nobody') return refused(401, 'unauthenticated');
    const grant = contract.access[role];
    if (grant === undefined) return refused(403, 'forbidden');
    if (grant.reach === 'all' || within(grant, each)) return void expect(answer.status, told).to.be.within(200, 299);
    const foreign = grant.reach === 'own_stores' && each.made === 'by him' ? grant.made ?? grant.foreign : grant.foreign;
    if (foreign !== 'left_out') return refused(STATUS[foreign], foreign);
    expect(answer.status, told).to.equal(200);
    const leaked = await madeByOthers(storeOf(each), who[role].userId);
    expect(leaked, 'holds that could have leaked').to.have.length.above(0);
    expect(leaked.filter((id) => answer.text.includes(id)), told).to.deep.equal([]);
  }

  const madeByOthers = async (store: string, userId: string): Promise<readonly string[]> =>
    (await api.pool.query<{ id: string }>(
      'SELECT id FROM reservations WHERE store_id = $1 AND created_by <> $2', [store, userId])).rows.map(({ id }) => id);

  it('is as the table says, for every endpoint, role, store and customer', async function () {
    // A thousand requests [38 to 134 s on two cores at load 20].
    this.timeout(300_000);
    const cases = endpoints.flatMap(casesOf);
    const faults: string[] = [];
    for (const each of cases) await run(each).catch((fault: unknown) => faults.push(String(fault)));
    console.info(`      ${cases.length} cases over ${endpoints.length} endpoints, ${faults.length} not as the table `
      + `says; ${api.spy.read()} answers to vendors read`);
    expect(faults.join('\n')).to.equal('');
    expect(await api.spy.leaks()).to.deep.equal([]);
  });

  it('is the same where a product is named by a barcode', async function () {
    this.timeout(120_000);
    await manager.request('PATCH', `/products/${product}`, { identifiers: [{ value: 'OWN-1', kind: 'OWN', units: 1 }] });
    const naming = endpoints.filter(({ bodyExample }) => JSON.stringify(bodyExample ?? '').includes('"product_id"'));
    const cases = naming.flatMap(casesOf);
    const faults: string[] = [];
    for (const each of cases) await run(each, { barcode: 'OWN-1' }).catch((fault: unknown) => faults.push(String(fault)));
    expect(naming.length).to.be.at.least(5);
    expect(faults.join('\n')).to.equal('');
  });

  it('is narrowed by the permissions of a token: without its own no write is done, and everything is read as before', async function () {
    this.timeout(60_000);
    const writes = endpoints.filter(({ method, verb }) => method !== 'get' && verb !== 'read');
    const others = new Set<string>();
    for (const contract of endpoints) {
      const { access } = contract;
      if (access === 'public') continue;
      for (const role of ROLES.filter((each) => access[each] !== undefined)) {
        const each: Case = { contract, role, store: 'own', customer: 'own', made: 'by others' };
        const needed = permissionOf(contract, role);
        const asking = async (permissions: readonly string[]) => {
          const client = await api.as({ ...who[role], claims: { permissions } });
          const url = await urlOf(each);
          const sent = await bodyOf(each);
          const before = await logged();
          const { status, body } = await client.request(contract.method.toUpperCase(), url, sent, {
            headers: contract.id === 'countStock' ? { 'if-match': '*' } : {},
          });
          return { status, detail: String(body['detail']), wrote: await logged() - before };
        };
        if (needed === undefined) {
          expect((await asking([])).status, titleOf(each)).to.be.within(200, 299);
          continue;
        }
        others.add(needed);
        const refused = await asking(ALL.filter((permission) => permission !== needed));
        expect(refused, titleOf(each)).to.deep.equal({ status: 403, detail: `Your token does not give the permission ${needed}.`, wrote: 0 });
        expect((await asking([])).status, titleOf(each)).to.equal(403);
        expect((await asking([needed])).status, titleOf(each)).to.be.within(200, 299);
      }
    }
    expect(writes.length).to.be.above(12);
    expect([...others].sort()).to.deep.equal([...ALL].sort());
  });

  it('tells everybody who he is and what he may', async () => {
    const asked = async (role: Role, claims = {}) => (await (await api.as({ ...who[role], claims })).get('/me')).body;
    expect(await asked('vendor')).to.deep.include({
      user_id: 'vendor-789', role: 'vendor', store_ids: ['MAD-001'], permissions: ['stock:adjust', 'stock:count', 'reserve:others'], may_confirm: true,
    });
    expect(await asked('vendor', { permissions: ['stock:count', 'catalogue:write'] }), 'never more than the role')
      .to.deep.include({ permissions: ['stock:count'], may_confirm: false });
    expect(await asked('customer')).to.deep.include({
      store_ids: null, permissions: ['reserve:own'],
      limits: { requests: { limit: 1e9, window_seconds: 60 }, holds: { units: 1000, reservations: 100 }, units_confirmed_per_day: 1000 },
    });
    expect(await asked('service', { permissions: [] })).to.deep.include({ permissions: [], may_confirm: false });
    expect(JSON.stringify(await asked('admin'))).to.contain('"holds":null');
  });

  it('holds for each item of a partial batch', async () => {
    const item = { product_id: product, quantity_change: 1, reason: 'RESTOCK' };
    const answer = await clients.get('vendor')?.post('/stock/batch', {
      mode: 'partial', items: [{ ...item, store_id: 'MAD-001' }, { ...item, store_id: 'BCN-001' }],
    });
    expect(answer?.status).to.equal(207);
    expect(answer?.body).to.deep.include({ succeeded: 1, failed: 1 });
    expect(answer?.text).to.match(/"status":403,"code":"store_not_in_scope"/);
  });
});
