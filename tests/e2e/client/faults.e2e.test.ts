/**
 * The promise of the client under faults of the network, held against the tables and the log: what a call says has
 * happened, has happened once; what it says has not, has not; and where it does not know, it happened at most once.
 */
import { expect } from 'chai';
import type { Client, Input } from '@inventory/client/client.ts';
import { isInventoryProblem } from '@inventory/client/client.ts';
import { createClient as httpClient } from '@inventory/testkit/http/client.ts';
import { expectInvariants } from '@inventory/testkit/invariants/invariants.ts';
import { startProxy } from '@inventory/testkit/servers/proxy.ts';
import type { Direction, Proxy } from '@inventory/testkit/servers/proxy.ts';
import { startSystem } from '../system.ts';
import type { System } from '../system.ts';
import { clientOf } from './clients.ts';

const CALLS = 10_000;
const AT_ONCE = 50;
const PRODUCTS = 10;
const STORES = ['MAD-001', 'BCN-001', 'VAL-001'] as const;

/** What became of one call, as the client told it. */
interface Told {
  readonly reference: string;
  /** Of the row after it, where the answer was a success. */
  readonly version?: number;
  readonly reservation?: string;
  readonly error?: string;
  readonly outcomeUnknown?: boolean;
  /** What failed, to be sent again. */
  readonly change?: Input<'changeStock'>;
  readonly key?: string | undefined;
  readonly replayed: boolean;
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Lost requests, lost answers and delays, by chance. */
function faulty(chance: () => number) {
  return (_chunk: Buffer, direction: Direction): number | null => {
    const dice = chance();
    if (dice < (direction === 'to_client' ? 0.03 : 0.01)) return null;
    return dice > 0.95 ? Math.round((dice - 0.95) * 1000) : 0;
  };
}

describe('the client, when the network fails', function () {
  this.timeout(300_000);
  let system: System;
  let proxy: Proxy;
  let products: readonly string[];

  before(async () => {
    system = await startSystem({
      relays: 0, projectors: 0, proxied: true, env: { HOLD_MAX_UNITS: '1000000', HOLD_MAX_RESERVATIONS: '1000000', CONFIRM_MAX_UNITS_PER_DAY: '1000000' },
    });
    proxy = await startProxy({ targetPort: system.apis[0]?.port ?? 0 });
    products = await Promise.all(Array.from({ length: PRODUCTS }, (_, nth) => system.product(nth + 1)));
    const admin = await clientOf(system, 'admin');
    const items = products.flatMap((product_id) => STORES.map((store_id) => ({ product_id, store_id, quantity_change: 10_000, reason: 'RESTOCK' as const })));
    await admin.changeStockBatch({ mode: 'atomic', items });
  });
  after(async () => {
    await proxy.close();
    await system.stop();
  });

  /** One change or one hold, whatever becomes of it. */
  async function tell(client: Client, nth: number, prefix: string): Promise<Told> {
    const reference = `${prefix}-${nth}`;
    const row = { product_id: products[Math.floor(nth / 5) % products.length] ?? '', store_id: STORES[nth % STORES.length] ?? '', reference };
    const replayed = (answer: object): boolean => client.responseOf(answer)?.headers.get('idempotency-replayed') === 'true';
    const change: Input<'changeStock'> = { ...row, quantity_change: 1, reason: 'RESTOCK' };
    const isChange = nth % 5 > 0;
    try {
      if (isChange) {
        const stock = await client.changeStock(change);
        return { reference, version: stock.version, replayed: replayed(stock) };
      }
      const held = await client.createReservation({ ...row, quantity: 1, ttl: 3600, customer_id: `cust-${nth % 100}` });
      const { reservation_id: id } = held;
      const closed = await (nth % 2 === 0 ? client.confirmReservation({ id }) : client.cancelReservation({ id }));
      return { reference, reservation: closed.reservation_id, replayed: replayed(held) || replayed(closed) };
    } catch (error) {
      if (!isInventoryProblem(error)) throw error;
      const { outcomeUnknown, idempotencyKey: key } = error.call;
      return { reference, error: error.code, outcomeUnknown, ...(isChange ? { change, key } : {}), replayed: false };
    }
  }

  async function tellAll(client: Client, count: number, prefix: string, atOnce = AT_ONCE): Promise<readonly Told[]> {
    const told: Told[] = [];
    let next = 0;
    await Promise.all(Array.from({ length: atOnce }, async () => {
      while (next < count) told.push(await tell(client, next++, prefix));
    }));
    return told;
  }

  /** Works while connections are cut each second, which also ends those on which something was lost. */
  async function underFaults<T>(seed: number, work: () => Promise<T>): Promise<T> {
    proxy.transform(faulty(seeded(seed)));
    const cutting = setInterval(() => { proxy.cut(); }, 1000);
    return work().finally(() => {
      clearInterval(cutting);
      proxy.heal();
    });
  }

  /** What is wrong with what was told, by the tables and the log. */
  async function refuted(told: readonly Told[], prefix: string): Promise<readonly string[]> {
    const changes = (await system.sql.query<{ reference: string; version: string }>(`
      SELECT payload ->> 'reference' AS reference, stream_version AS version FROM events
      WHERE event_type = 'stock.updated' AND payload ->> 'reference' LIKE $1`, [`${prefix}-%`])).rows;
    const holds = (await system.sql.query<{ reference: string; id: string; status: string; endings: string }>(`
      SELECT r.reference, r.id, r.status, (SELECT count(*) FROM events e WHERE e.payload ->> 'reservation_id' = r.id::text
        AND e.event_type IN ('reservation.confirmed', 'reservation.cancelled')) AS endings
      FROM reservations r WHERE r.reference LIKE $1`, [`${prefix}-%`])).rows;
    const [changesOf, holdsOf] = [Map.groupBy(changes, (each) => each.reference), Map.groupBy(holds, (each) => each.reference)];
    return told.flatMap(({ reference, version, reservation, error, outcomeUnknown }) => {
      const [change, hold] = [changesOf.get(reference) ?? [], holdsOf.get(reference) ?? []];
      const effects = change.length + hold.length;
      const found = `${effects} effects, ${JSON.stringify([...change, ...hold])}`;
      if (effects > 1 || hold.some(({ endings }) => Number(endings) > 1)) return [`${reference} happened twice: ${found}`];
      if (version !== undefined && Number(change[0]?.version) !== version) return [`${reference} was told version ${version}: ${found}`];
      if (reservation !== undefined && (hold[0]?.id !== reservation || hold[0].endings !== '1')) return [`${reference} was told ${reservation}: ${found}`];
      // A hold of which only the ending failed is there, rightly.
      const isEnding = hold.length > 0 && hold[0]?.endings === '0';
      return error !== undefined && outcomeUnknown === false && effects > 0 && !isEnding ? [`${reference} was told ${error}: ${found}`] : [];
    });
  }

  it(`does nothing twice in ${CALLS} calls under cut connections, delays and lost answers, and tells each as it is`, async () => {
    const lost = { attempts: 0, answers: 0 };
    const client = await clientOf(system, 'admin', {
      baseUrl: `http://127.0.0.1:${proxy.port}`, deadlineMs: 60_000, retries: 8, retryBudget: 8,
      onAttempt: ({ code }) => {
        lost.attempts += 1;
        if (code === 'network_error') lost.answers += 1;
      },
    });
    const begun = performance.now();
    const told = await underFaults(20_261_130, () => tellAll(client, CALLS, 'net'));
    const seconds = (performance.now() - begun) / 1000;
    const [failed, replayed] = [told.filter(({ error }) => error !== undefined), told.filter((each) => each.replayed)];
    console.info(`      ${told.length} calls in ${seconds.toFixed(1)} s: ${lost.attempts} attempts, ${lost.answers} without an answer, `
      + `${replayed.length} answered by what was stored, ${failed.length} failed (${[...new Set(failed.map(({ error }) => error))].join(', ')})`);
    expect(await refuted(told, 'net')).to.deep.equal([]);
    expect(told).to.have.length(CALLS);
    expect(lost.answers, 'faults that the client met').to.be.above(500);
    expect(replayed.length, 'answers that were lost after the change').to.be.above(100);
    expect(failed.length, 'calls for which eight retries were too few').to.be.below(10);
  });

  it('says of each change that fails whether it may have happened, and under its key tells later', async () => {
    const client = await clientOf(system, 'admin', { baseUrl: `http://127.0.0.1:${proxy.port}`, retries: 0 });
    const told = await underFaults(7, () => tellAll(client, 1500, 'once'));
    const inDoubt = told.filter(({ outcomeUnknown }) => outcomeUnknown === true);
    expect(await refuted(told, 'once')).to.deep.equal([]);
    expect(inDoubt.length, 'calls that nobody answered').to.be.above(50);

    const lost = inDoubt.flatMap(({ change, key }) => (change === undefined || key === undefined ? [] : [{ change, key }]));
    const calm = await clientOf(system, 'admin');
    const later = await Promise.all(lost.map(({ change, key }) => calm.changeStock(change, { idempotencyKey: key })));
    const happened = later.filter((row) => calm.responseOf(row)?.headers.get('idempotency-replayed') === 'true');
    console.info(`      ${inDoubt.length} of ${told.length} calls in doubt; of ${later.length} changes among them ${happened.length} had happened`);
    expect(happened.length).to.be.within(1, later.length - 1);
    expect(await refuted(lost.map(({ change: { reference = '' } }, nth) => ({ reference, version: later[nth]?.version ?? 0, replayed: false })), 'once')).to.deep.equal([]);
  });

  it('finds out what became of a change whose COMMIT the database never answered', async () => {
    const codes = new Map<string, number>();
    const client = await clientOf(system, 'admin', {
      retryBudget: 1, deadlineMs: 60_000,
      onAttempt: ({ code = 'success' }) => { codes.set(code, (codes.get(code) ?? 0) + 1); },
    });
    const { apiToDatabase } = system.proxies();
    let [commits, dropping] = [0, false];
    apiToDatabase.transform((chunk, direction) => {
      if (direction === 'to_server') {
        // Five in all: after each, the api asks the database again only after a second.
        if (chunk.includes('COMMIT')) dropping = (commits += 1) % 4 === 0 && commits <= 20;
        return 0;
      }
      if (!dropping) return 0;
      dropping = false;
      setImmediate(() => { apiToDatabase.cut(); });
      return null;
    });
    const told = await tellAll(client, 300, 'commit', 10).finally(() => { apiToDatabase.heal(); });
    console.info(`      ${[...codes].map(([code, count]) => `${code} ${count}`).join(', ')}`);
    expect(await refuted(told, 'commit')).to.deep.equal([]);
    expect(codes.get('outcome_unknown'), 'changes whose outcome the api did not know').to.be.above(2);
    expect(told.filter(({ outcomeUnknown }) => outcomeUnknown === true)).to.deep.equal([]);
  });

  it('adds no more than its budget to the load of an api that refuses', async () => {
    let attempts = 0;
    const client = await clientOf(system, 'admin', { onAttempt: () => { attempts += 1; } });
    const { apiToDatabase } = system.proxies();
    apiToDatabase.refuse();
    const told = await tellAll(client, 500, 'refused').finally(() => { apiToDatabase.heal(); });
    const failed = told.filter(({ error }) => error !== undefined);
    console.info(`      ${told.length} calls, ${failed.length} of them refused, in ${attempts} attempts`);
    expect(failed.length).to.be.above(400);
    expect(attempts).to.be.within(told.length, told.length * 1.1 + 10);
    expect(await refuted(told, 'refused')).to.deep.equal([]);
  });

  it('leaves every invariant intact, and the api in its senses', async () => {
    await expectInvariants(system.sql);
    const { status } = await httpClient(`http://127.0.0.1:${system.apis[0]?.opsPort ?? 0}`).get('/readyz');
    expect(status).to.equal(200);
  });
});
