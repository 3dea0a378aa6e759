/** Clients of one api behind a network that loses requests and answers, and what they were told held against the log. */
import { expect } from 'chai';
import type { Client, Input } from '@inventory/client/client.ts';
import { isInventoryProblem } from '@inventory/client/client.ts';
import { startProxy } from '@inventory/testkit/servers/proxy.ts';
import type { Direction } from '@inventory/testkit/servers/proxy.ts';
import { startSystem } from '../system.ts';
import type { System } from '../system.ts';
import { clientOf } from './clients.ts';

const AT_ONCE = 50;
const PRODUCTS = 10;
/**
 * All connections are cut behind so many answers, which costs the calls on their way one attempt. Not by the clock: on a machine
 * that is three times slower, each attempt would be cut.
 */
const ANSWERS_A_CUT = 150;
/** Or by then, where whatever is on its way was lost. */
const MOST_MS_A_CUT = 3000;
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

export interface FaultyNetwork {
  readonly system: System;
  /** The address of the api behind the network that may fail. */
  readonly url: string;
  /** So many changes and holds by turns, by clients at once. @returns what became of each */
  tellAll(client: Client, count: number, prefix: string, atOnce?: number): Promise<readonly Told[]>;
  /** Works while requests and answers are lost and connections are cut again and again. */
  underFaults<T>(seed: number, work: () => Promise<T>): Promise<T>;
  /** What is wrong with what was told, by the tables and the log. */
  refuted(told: readonly Told[], prefix: string): Promise<readonly string[]>;
  /** So many calls under faults: each happened once, or was told as it is; there were faults enough to show it. */
  expectNothingTwice(calls: number): Promise<void>;
  close(): Promise<void>;
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

/** Starts an api with stock, and a network before it that works until `underFaults`. The caller closes it. */
export async function openFaultyNetwork(): Promise<FaultyNetwork> {
  const system = await startSystem({
    relays: 0, projectors: 0, proxied: true, env: { HOLD_MAX_UNITS: '1000000', HOLD_MAX_RESERVATIONS: '1000000', CONFIRM_MAX_UNITS_PER_DAY: '1000000' },
  });
  const proxy = await startProxy({ targetPort: system.apis[0]?.port ?? 0 });
  const url = `http://127.0.0.1:${proxy.port}`;
  const products = await Promise.all(Array.from({ length: PRODUCTS }, (_, nth) => system.product(nth + 1)));
  const admin = await clientOf(system, 'admin');
  const items = products.flatMap((product_id) => STORES.map((store_id) => ({ product_id, store_id, quantity_change: 10_000, reason: 'RESTOCK' as const })));
  await admin.changeStockBatch({ mode: 'atomic', items });

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

  /** Works while connections are cut, which also ends those on which something was lost. */
  async function underFaults<T>(seed: number, work: () => Promise<T>): Promise<T> {
    const fault = faulty(seeded(seed));
    let [answers, cutAt] = [0, performance.now()];
    const cut = (): void => {
      [answers, cutAt] = [0, performance.now()];
      proxy.cut();
    };
    proxy.transform((chunk, direction) => {
      if (direction === 'to_client' && (answers += 1) === ANSWERS_A_CUT) setImmediate(cut);
      return fault(chunk, direction);
    });
    const late = setInterval(() => { if (performance.now() - cutAt > MOST_MS_A_CUT) cut(); }, MOST_MS_A_CUT / 10);
    return work().finally(() => {
      clearInterval(late);
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

  async function expectNothingTwice(calls: number): Promise<void> {
    const lost = { attempts: 0, answers: 0 };
    const client = await clientOf(system, 'admin', {
      baseUrl: url, deadlineMs: 60_000, retries: 8, retryBudget: 8,
      onAttempt: ({ code }) => {
        lost.attempts += 1;
        if (code === 'network_error') lost.answers += 1;
      },
    });
    const begun = performance.now();
    const told = await underFaults(20_261_130, () => tellAll(client, calls, 'net'));
    const seconds = (performance.now() - begun) / 1000;
    const [failed, replayed] = [told.filter(({ error }) => error !== undefined), told.filter((each) => each.replayed)];
    process.stdout.write(`      ${told.length} calls in ${seconds.toFixed(1)} s: ${lost.attempts} attempts, ${lost.answers} without an answer, `
      + `${replayed.length} answered by what was stored, ${failed.length} failed (${[...new Set(failed.map(({ error }) => error))].join(', ')})\n`);
    expect(await refuted(told, 'net')).to.deep.equal([]);
    expect(told).to.have.length(calls);
    expect(lost.answers, 'faults that the client met').to.be.above(calls / 20);
    expect(replayed.length, 'answers that were lost after the change').to.be.above(calls / 100);
    expect(failed.length, 'calls for which eight retries were too few').to.be.at.most(Math.ceil(calls / 1000) + 2);
  }

  return {
    system, url, tellAll, underFaults, refuted, expectNothingTwice,
    close: async () => {
      await proxy.close();
      await system.stop();
    },
  };
}
