/** The range of a replay: what is typed, and the positions that it means; the relay's command and the api read it alike. */
import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';
import { eventSchemas } from '@inventory/domain/events.ts';
import { instant, isSubjectToken, uuid } from '@inventory/domain/values.ts';
import type { Database } from '../pool.ts';
import { positionBefore } from './positions.ts';

/** What was asked for is no range; the message is for whoever asked. */
export class RangeRefused extends Error {
  override readonly name = 'RangeRefused';
}

export interface RangeFilter {
  readonly types?: readonly string[];
  readonly stores?: readonly string[];
  readonly products?: readonly string[];
}

/** The condition on `events e` of a range of positions, both inclusive, and a filter. */
export function inRange(from: number, to: number, { types, stores, products }: RangeFilter): RawBuilder<unknown> {
  const conditions = [sql`e.position BETWEEN ${from} AND ${to}`];
  if (types !== undefined) conditions.push(sql`e.event_type = ANY (${[...types]}::text[])`);
  if (stores !== undefined) conditions.push(sql`e.store_id = ANY (${[...stores]}::text[])`);
  if (products !== undefined) conditions.push(sql`e.payload->>'product_id' = ANY (${[...products]}::text[])`);
  return sql.join(conditions, sql` AND `);
}

export type Bound =
  | { readonly kind: 'beginning' }
  | { readonly kind: 'time'; readonly at: string }
  | { readonly kind: 'ago'; readonly seconds: number }
  | { readonly kind: 'position'; readonly position: number }
  | { readonly kind: 'event'; readonly id: string };

export const BOUND_HELP = 'an RFC 3339 time, 90s | 15m | 2h | 7d ago, position:N, event:UUID, or beginning';

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Reads one bound. @throws {RangeRefused} */
export function parseBound(option: string, text: string): Bound {
  const ago = /^(\d{1,6})([smhd])$/.exec(text);
  const unit = SECONDS[ago?.[2] ?? ''];
  if (ago !== null && unit !== undefined) return { kind: 'ago', seconds: Number(ago[1]) * unit };
  if (text === 'beginning') return { kind: 'beginning' };
  const position = /^position:(\d{1,15})$/.exec(text);
  if (position !== null) return { kind: 'position', position: Number(position[1]) };
  const event = /^event:(.+)$/.exec(text);
  if (event !== null) {
    const id = uuid.safeParse(event[1]);
    if (id.success) return { kind: 'event', id: id.data };
  }
  if (instant.safeParse(text).success) return { kind: 'time', at: text };
  throw new RangeRefused(`${option} takes ${BOUND_HELP}; not ${JSON.stringify(text)}`);
}

/** The first position of a range with this beginning: of the first event at that time or later, or of that event. */
async function firstPosition(db: Database, bound: Bound): Promise<number> {
  switch (bound.kind) {
    case 'beginning': return 1;
    case 'position': return bound.position;
    case 'event': return positionOfEvent(db, bound.id);
    default: return (await earliest(db, bound, sql`>=`)) ?? Number.MAX_SAFE_INTEGER;
  }
}

/** The last position of a range with this end: before the first event after that time, or of that event. */
async function lastPosition(db: Database, bound: Bound): Promise<number> {
  switch (bound.kind) {
    case 'beginning': return 0;
    case 'position': return bound.position;
    case 'event': return positionOfEvent(db, bound.id);
    default: return ((await earliest(db, bound, sql`>`)) ?? Number.MAX_SAFE_INTEGER) - 1;
  }
}

/**
 * The positions of a range. Without events in it, it is empty, which is no mistake; a beginning behind the end is one.
 * @throws {RangeRefused} where the beginning lies behind the end
 */
export async function positionsOf(
  db: Database, from: Bound, to: Bound | undefined,
): Promise<{ readonly first: number; readonly last: number }> {
  if (to === undefined) return { first: await firstPosition(db, from), last: Number.MAX_SAFE_INTEGER };
  const [first, last] = [await firstPosition(db, from), await lastPosition(db, to)];
  const times = isTime(from) && isTime(to);
  const reversed = times
    ? (await sql<{ behind: boolean }>`SELECT ${instantOf(from)} > ${instantOf(to)} AS behind`.execute(db)).rows[0]?.behind === true
    // A time may lie between two events, so that the range between it and a position has none.
    : first > (isTime(from) || isTime(to) ? last + 1 : last);
  if (reversed) throw new RangeRefused('--from lies behind --to: there is nothing between them; exchange the two');
  return { first, last };
}

type Time = Extract<Bound, { readonly kind: 'time' | 'ago' }>;

function isTime(bound: Bound): bound is Time {
  return bound.kind === 'time' || bound.kind === 'ago';
}

/** Times are those of the database's clock, which has stamped the events. */
function instantOf(bound: Time) {
  return bound.kind === 'time'
    ? sql`${bound.at}::timestamptz`
    : sql`clock_timestamp() - make_interval(secs => ${bound.seconds})`;
}

// Times are nearly in the order of positions: a transaction that stamps its events first may draw their positions last.
const DISORDER_SECONDS = 10;

/** The first position with a time behind the bound: halving leads to the place, and the events from there on are looked at one by one. */
async function earliest(db: Database, bound: Time, behind: RawBuilder<unknown>): Promise<number | undefined> {
  const { rows: [asked] } = await sql<{ at: string; before: string; newest: number }>`
    SELECT at::text AS at, (at - make_interval(secs => ${DISORDER_SECONDS}))::text AS before,
      coalesce((SELECT max(position) FROM events), 0) AS newest FROM (SELECT ${instantOf(bound)} AS at) bound`.execute(db);
  if (asked === undefined) return undefined;
  const start = await positionBefore(db, asked.before, asked.newest);
  const { rows: [found] } = await sql<{ position: number }>`
    SELECT position FROM events WHERE position > ${start} AND timestamp ${behind} ${asked.at}::timestamptz ORDER BY position LIMIT 1`.execute(db);
  return found?.position;
}

async function positionOfEvent(db: Database, id: string): Promise<number> {
  const event = await db.selectFrom('events').select('position').where('id', '=', id).executeTakeFirst();
  if (event === undefined) throw new RangeRefused(`there is no event ${id}`);
  return event.position;
}

/** Event types that match the patterns, `stock.updated` or `stock.*`. @throws {RangeRefused} when one matches none */
export function parseTypes(patterns: readonly string[]): readonly string[] {
  const known = Object.keys(eventSchemas);
  const matched = patterns.flatMap((pattern) => {
    const prefix = pattern === '*' ? '' : pattern.slice(0, -1);
    const wild = /^(\*|.+\.\*)$/.test(pattern);
    const types = known.filter((type) => type === pattern || (wild && type.startsWith(prefix)));
    if (types.length === 0) throw new RangeRefused(`--type ${pattern} matches none of ${known.join(', ')}`);
    return types;
  });
  return [...new Set(matched)].sort();
}

/** @throws {RangeRefused} */
export function parseStores(stores: readonly string[]): readonly string[] {
  for (const store of stores) {
    if (!isSubjectToken(store)) throw new RangeRefused(`--store ${JSON.stringify(store)} is no store id`);
  }
  return [...new Set(stores)].sort();
}

/** @throws {RangeRefused} */
export function parseProducts(products: readonly string[]): readonly string[] {
  return [...new Set(products.map((product) => {
    const id = uuid.safeParse(product);
    if (!id.success) throw new RangeRefused(`--product ${JSON.stringify(product)} is no product id (a UUID)`);
    return id.data;
  }))].sort();
}
