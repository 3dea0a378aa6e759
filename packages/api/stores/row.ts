/** A store as it is stored, as its events carry it, and as clients see it. */
import type { Payload } from '@inventory/domain/events.ts';

export interface StoreRow {
  readonly id: string;
  /** The id of its stream of events. */
  readonly uid: string;
  readonly name: string;
  readonly groups: readonly string[];
  readonly latitude: number | null;
  readonly longitude: number | null;
  readonly country: string | null;
  readonly time_zone: string | null;
  readonly priority: number;
  readonly pickup: boolean;
  readonly ships: boolean;
  readonly status: string;
  readonly version: number;
  readonly created_at: Date;
  readonly updated_at: Date;
}

/** What a request can change of a store. */
export const changeable = [
  'name', 'groups', 'latitude', 'longitude', 'country', 'time_zone', 'priority', 'pickup', 'ships', 'status',
] as const satisfies readonly (keyof StoreRow)[];

/** What is true of a store of which nothing else was said. */
const DEFAULTS = {
  groups: [], latitude: null, longitude: null, country: null, time_zone: null, priority: 0, pickup: true, ships: true,
} as const;

/** Its members but id and times. Those that a schema before this release has not are as they were for every store then. */
function membersOf(row: StoreRow) {
  const { name, groups, latitude, longitude, country, time_zone, priority, pickup, ships, status } = { ...DEFAULTS, ...row };
  return {
    name, groups: [...groups], latitude, longitude, country, time_zone, priority, pickup, ships,
    status: status === 'CLOSED' ? 'CLOSED' as const : 'OPEN' as const,
  };
}

export function storePayload(row: StoreRow): Payload<'store.updated'> {
  return { store_uid: row.uid, store_id: row.id, ...membersOf(row), version: row.version };
}

export function storeBody(row: StoreRow) {
  return {
    store_id: row.id, ...membersOf(row), version: row.version,
    created_at: row.created_at.toISOString(), updated_at: row.updated_at.toISOString(),
  };
}
