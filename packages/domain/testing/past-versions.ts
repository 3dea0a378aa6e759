/** Tests only: a history of schemas that never was, for whoever reads events to be held against. */
import { z } from 'zod';
import { pastVersions } from '../events-stored.ts';
import type { PastVersion, StoredPayload } from '../events-stored.ts';

const UNITS: PastVersion = {
  schemas: { 'stock.updated': z.looseObject({ units: z.int() }) },
  upcast: { 'stock.updated': ({ units, ...others }) => ({ ...others, quantity: units }) },
};

export interface Pretence {
  /** The schema version of a stock.updated that says `units`, and that of one of today. */
  readonly past: number;
  readonly today: number;
  readonly end: () => void;
}

/** Until it is ended: what is `quantity` in a stock.updated of today was `units` one version ago. */
export function pretendUnits(): Pretence {
  // Only a test may add to history, so its type does not let anybody.
  Reflect.apply(Array.prototype.push, pastVersions, [UNITS]);
  return {
    past: pastVersions.length,
    today: pastVersions.length + 1,
    end: () => { Reflect.apply(Array.prototype.pop, pastVersions, []); },
  };
}

/** A payload of today as it was written then. */
export function inUnits({ quantity, ...others }: StoredPayload): StoredPayload {
  return { ...others, units: quantity };
}

/** The same in SQL, on `events`: makes what is chosen an event of the past. Triggers must be off. */
export function rewriteInUnits(past: number, where: string): string {
  return `UPDATE events SET schema_version = ${past},
    payload = payload - 'quantity' || jsonb_build_object('units', payload -> 'quantity') WHERE ${where}`;
}
