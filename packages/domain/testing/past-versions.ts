/** A history of schemas that never was, to test those who read events: what `quantity` says today, `units` said before. */
import { z } from 'zod';
import { pastVersions } from '../events-stored.ts';
import type { History, PastVersion, StoredPayload } from '../events-stored.ts';

const UNITS: PastVersion = {
  schemas: { 'stock.updated': z.looseObject({ units: z.int() }) },
  upcast: { 'stock.updated': ({ units, ...others }) => ({ ...others, quantity: units }) },
};

/** The log's own history, and one version more, in which a stock.updated says `units`. */
export const unitsHistory: History = [...pastVersions, UNITS];
/** The schema version of a stock.updated that says `units`, and that of one of today, in this history. */
export const UNITS_VERSION = unitsHistory.length;
export const TODAY_VERSION = unitsHistory.length + 1;

/** A payload of today as that version would have written it. */
export function inUnits({ quantity, ...others }: StoredPayload): StoredPayload {
  return { ...others, units: quantity };
}

/** SQL that makes the chosen `events` events of the version `past`. Triggers must be off. */
export function rewriteInUnits(past: number, where: string): string {
  return `UPDATE events SET schema_version = ${past},
    payload = payload - 'quantity' || jsonb_build_object('units', payload -> 'quantity') WHERE ${where}`;
}
