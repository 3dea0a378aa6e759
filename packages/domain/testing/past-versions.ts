/** Histories of schemas that never were, to test those who read and write events. */
import { z } from 'zod';
import { stockUpdated } from '../events.ts';
import { pastVersions } from '../events-stored.ts';
import type { History, PastVersion, StoredPayload } from '../events-stored.ts';

const UNITS: PastVersion = {
  schema: z.looseObject({ units: z.int() }),
  upcast: ({ units, ...others }) => ({ ...others, quantity: units }),
  lower: inUnits,
};

/** A history in which a stock.updated of before said `units` where one of today says `quantity`. */
export const unitsHistory: History = { ...pastVersions, 'stock.updated': [UNITS] };
/** The schema version of a stock.updated that says `units`, and that of one of today, in this history. */
export const UNITS_VERSION = 1;
export const TODAY_VERSION = 2;

/** A payload of today as that version would have written it. */
export function inUnits({ quantity, ...others }: StoredPayload): StoredPayload {
  return { ...others, units: quantity };
}

/** SQL that makes the chosen `events` events of the version `past`. Triggers must be off. */
export function rewriteInUnits(past: number, where: string): string {
  return `UPDATE events SET schema_version = ${past},
    payload = payload - 'quantity' || jsonb_build_object('units', payload -> 'quantity') WHERE ${where}`;
}

/**
 * The history of a release to come, which reads and writes one version more of one type than this one. What is in it is as
 * today: only its number is new, and that is all that older releases look at.
 */
export const tomorrowHistory: History = {
  ...pastVersions,
  'stock.updated': [{ schema: stockUpdated, upcast: (payload) => payload, lower: (payload) => payload }],
};
export const TOMORROW = { type: 'stock.updated', version: 2 } as const;
