/**
 * The log with the indexes that checkers need, and its fold. The fold belongs to the checkers and uses the changes in events
 * (deltas, units held and sold), not the states that they carry.
 */
import type { Copy, LoggedEvent } from './copy.ts';

export interface RowState {
  readonly row: string;
  readonly product: string;
  readonly store: string;
  readonly version: number;
  readonly quantity: number;
  readonly reserved: number;
}

type HoldStatus = 'PENDING' | 'CONFIRMED' | 'CANCELLED' | 'EXPIRED';

interface FoldedHold {
  readonly row: string;
  readonly status: HoldStatus;
  readonly quantity: number;
  readonly confirmed: number | null;
  readonly batch: string | null;
  /** Every deadline that it ever had, as its events say it. */
  readonly deadlines: readonly string[];
  /** Events that ended it: one, or the log is broken. */
  readonly endings: readonly string[];
  readonly extensions: number;
}

export interface Log {
  readonly events: readonly LoggedEvent[];
  readonly byId: ReadonlyMap<string, LoggedEvent>;
  /** By the tag of the load: a reference or a product's name. */
  readonly byTag: ReadonlyMap<string, readonly LoggedEvent[]>;
  readonly byAggregate: ReadonlyMap<string, readonly LoggedEvent[]>;
  /** What a stock row was at a version; key `row version`. */
  readonly states: ReadonlyMap<string, RowState>;
  /** The newest state of each stock row. */
  readonly rows: ReadonlyMap<string, RowState>;
  readonly holds: ReadonlyMap<string, FoldedHold>;
}

/** Events of stock rows: those that a fold is made of. */
export function changesStock({ type }: Pick<LoggedEvent, 'type'>): boolean {
  return type === 'stock.updated' || (type.startsWith('reservation.') && type !== 'reservation.rejected');
}

export function stateKey(row: string, version: number): string {
  return `${row} ${version}`;
}

const ENDINGS: Readonly<Record<string, HoldStatus>> = {
  'reservation.confirmed': 'CONFIRMED', 'reservation.cancelled': 'CANCELLED', 'reservation.expired': 'EXPIRED',
};

/** Folds events in the order of the log. It accepts broken logs; fold.ts reports what is wrong. */
export function readLog({ events }: Pick<Copy, 'events'>): Log {
  const states = new Map<string, RowState>();
  const rows = new Map<string, RowState>();
  const holds = new Map<string, FoldedHold>();
  const byTag = new Map<string, LoggedEvent[]>();
  for (const event of events) {
    const tag = event.type === 'product.updated' ? event.name : event.reference;
    if (tag !== null && bearsTag(event)) push(byTag, tag, event);
    if (!changesStock(event)) continue;
    const next = nextState(rows.get(event.row), event);
    rows.set(event.row, next);
    states.set(stateKey(event.row, next.version), next);
    if (event.type !== 'stock.updated') holds.set(event.aggregate, nextHold(holds.get(event.aggregate), event));
  }
  return {
    events, byTag, states, rows, holds,
    byId: new Map(events.map((event) => [event.id, event])),
    byAggregate: Map.groupBy(events, ({ aggregate }) => aggregate),
  };
}

/** Later events of a hold repeat its reference, so only its first event carries the tag. */
function bearsTag({ type }: LoggedEvent): boolean {
  return type === 'stock.updated' || type === 'reservation.created' || type === 'product.updated';
}

function push<T>(map: Map<string, T[]>, key: string, item: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [item]);
  else list.push(item);
}

function nextState(before: RowState | undefined, event: LoggedEvent): RowState {
  const { quantity = 0, reserved = 0, version = 0 } = before ?? {};
  const held = event.held ?? 0;
  const [units, holding] = changeOf(event, held);
  return {
    row: event.row, product: event.product ?? '', store: event.store, version: version + 1,
    quantity: quantity + units, reserved: reserved + holding,
  };
}

/** How an event changes quantity and reserved. */
function changeOf({ type, delta, confirmed }: LoggedEvent, held: number): readonly [number, number] {
  switch (type) {
    case 'stock.updated': return [delta ?? 0, 0];
    case 'reservation.created': return [0, held];
    case 'reservation.confirmed': return [-(confirmed ?? 0), -held];
    case 'reservation.cancelled':
    case 'reservation.expired': return [0, -held];
    default: return [0, 0];
  }
}

function nextHold(before: FoldedHold | undefined, event: LoggedEvent): FoldedHold {
  const ending = ENDINGS[event.type];
  const hold = before ?? {
    row: event.row, status: 'PENDING', quantity: event.held ?? 0, confirmed: null, batch: event.batch,
    deadlines: [], endings: [], extensions: 0,
  };
  return {
    ...hold,
    ...(ending === undefined ? {} : { status: ending, confirmed: event.confirmed, endings: [...hold.endings, event.type] }),
    deadlines: event.expires_at === null ? hold.deadlines : [...hold.deadlines, event.expires_at],
    extensions: hold.extensions + (event.type === 'reservation.extended' ? 1 : 0),
  };
}
