/** What a load costs each part of the system, per reservation and per read: docs/scaling.md reckons with it. */
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import type { BenchSystem, Part } from './system.ts';

/** CPU microseconds. */
type PartCosts = Readonly<Record<Part, number>>;

export interface Facts {
  /** Of one reservation, from the request to the view. */
  readonly reservation: PartCosts;
  /** Everything that Postgres writes to its log for one: the hold, its event, the stored answer, the relay's mark. */
  readonly walBytesPerReservation: number;
  readonly reservationsPerTransaction: number;
  /** In the tables, with their indexes. */
  readonly eventBytes: number;
  readonly reservationBytes: number;
  /** In the stream, with its headers, one replica. */
  readonly messageBytes: number;
  /** In Redis, for a stock row of a product of its own. */
  readonly viewBytesPerRow: number;
  /** Of one GET availability of a product in one store. */
  readonly read: ReadCosts;
  /** The same of a product in so many stores, and the bytes of its answer. */
  readonly wideRead: ReadCosts & { readonly stores: number; readonly bytes: number };
}

/** CPU microseconds. */
interface ReadCosts { readonly api: number; readonly redis: number }

export type ReservationFacts = Pick<Facts, 'reservation' | 'walBytesPerReservation' | 'reservationsPerTransaction'
  | 'eventBytes' | 'reservationBytes'>;

/** What all parts cost together. */
export function sumOf(costs: PartCosts): number {
  return Object.values(costs).reduce((sum, cost) => sum + cost, 0);
}

/** The share of each part in words, the dearest first: `postgres 290 (34 %), api …`. */
export function sharesOf(costs: PartCosts): string {
  const sum = sumOf(costs);
  return Object.entries(costs).toSorted(([, a], [, b]) => b - a)
    .map(([part, cost]) => `${part} ${Math.round(cost)} (${Math.round((100 * cost) / sum)} %)`).join(', ');
}

interface Counted {
  readonly reservations: number;
  readonly transactions: number;
  readonly wal: string;
  readonly event: number;
  readonly hold: number;
}

async function count({ pool }: BenchSystem, since: string): Promise<Counted> {
  // xmin names the transaction; vacuum keeps it for the next two hundred million transactions.
  const { rows: [counted] } = await pool.query<Counted>(`
    SELECT (SELECT count(*)::int FROM reservations) AS reservations,
      (SELECT count(DISTINCT xmin::text)::int FROM reservations) AS transactions,
      pg_wal_lsn_diff(pg_current_wal_lsn(), $1::pg_lsn)::text AS wal,
      (SELECT pg_total_relation_size('events')::float8 / greatest(count(*), 1) FROM events) AS event,
      (SELECT pg_total_relation_size('reservations')::float8 / greatest(count(*), 1) FROM reservations) AS hold`, [since]);
  if (counted === undefined) throw new Error('nothing was counted');
  return counted;
}

/** Begins to count what reservations cost, warm-up included. The end waits until all are published. */
export async function startCosts(system: BenchSystem): Promise<() => Promise<ReservationFacts>> {
  const { rows: [start] } = await system.pool.query<{ lsn: string }>('SELECT pg_current_wal_lsn()::text AS lsn');
  const before = { ...await count(system, '0/0'), cpu: system.cpuSeconds() };
  return async () => {
    await eventually(async () => {
      const { rows: [row] } = await system.pool.query<{ left: number }>('SELECT count(*)::int AS left FROM events_unpublished');
      if (row?.left !== 0) throw new Error(`${row?.left} events are left`);
    }, { timeoutMs: 120_000, everyMs: 50, what: 'an empty outbox' });
    const cpu = system.cpuSeconds();
    const after = await count(system, start?.lsn ?? '0/0');
    const reservations = after.reservations - before.reservations;
    const each = (part: Part): number => ((cpu[part] - before.cpu[part]) * 1e6) / reservations;
    return {
      reservation: {
        api: each('api'), relay: each('relay'), projector: each('projector'), postgres: each('postgres'),
        redis: each('redis'), nats: each('nats'),
      },
      walBytesPerReservation: Number(after.wal) / reservations,
      reservationsPerTransaction: reservations / (after.transactions - before.transactions),
      eventBytes: after.event, reservationBytes: after.hold,
    };
  };
}

/** Begins to count what reads cost; the function that ends it takes their number. */
export function startReadCosts(system: BenchSystem): (reads: number) => ReadCosts {
  const before = system.cpuSeconds();
  return (reads) => {
    const after = system.cpuSeconds();
    return { api: ((after.api - before.api) * 1e6) / reads, redis: ((after.redis - before.redis) * 1e6) / reads };
  };
}
