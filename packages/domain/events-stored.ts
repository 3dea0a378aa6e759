/**
 * Events as they were written, at any time. The log is never rewritten. When a schema changes in a way that today's readers
 * would not understand, SCHEMA_VERSION is raised, the version so far goes to `pastVersions` with the way from it to its
 * successor, and its golden files stay in testing/golden for good.
 */
import type { z } from 'zod';
import { SCHEMA_VERSION, eventSchemas, parseEvent } from './events.ts';
import type { DomainEvent, EventType } from './events.ts';

export type StoredPayload = Readonly<Record<string, unknown>>;

/** A version that is no longer written. Types that the next version did not change are left out. */
export interface PastVersion {
  readonly schemas: Readonly<Partial<Record<EventType, z.ZodType>>>;
  /** From a payload of this version to one of the next. */
  readonly upcast: Readonly<Partial<Record<EventType, (payload: StoredPayload) => StoredPayload>>>;
}

/** All versions before the current one, version 1 first. */
export type History = readonly PastVersion[];

/** The history of the log: the versions before SCHEMA_VERSION. */
export const pastVersions: History = [];

export interface StoredEvent {
  readonly type: string;
  readonly version: number;
  readonly payload: unknown;
}

/**
 * Reads an event of any version as one of the current version. `past` is another history only in tests.
 * @throws {RangeError} for a version that this code does not know; like parseEvent otherwise
 */
export function readStoredEvent(
  { type, version, payload }: StoredEvent,
  past: History = pastVersions,
): DomainEvent {
  if (!Number.isInteger(version) || version < 1 || version > past.length + 1) {
    throw new RangeError(`schema version ${version} is none of 1 to ${past.length + 1}`);
  }
  let current = payload;
  for (const { schemas, upcast } of past.slice(version - 1)) {
    const [schema, raise] = [lookUp(schemas, type), lookUp(upcast, type)];
    if (schema !== undefined) schema.parse(current);
    if (raise !== undefined && isPayload(current)) current = raise(current);
  }
  return parseEvent(type, current);
}

/** The schema of events of this type and version; undefined when there is no such version. */
export function schemaAt(
  type: EventType,
  version: number,
  past: History = pastVersions,
): z.ZodType | undefined {
  if (!Number.isInteger(version) || version < 1 || version > past.length + 1) return undefined;
  // The next version that changed the type has the schema that held until then.
  return past.slice(version - 1).map(({ schemas }) => schemas[type]).find((schema) => schema !== undefined)
    ?? eventSchemas[type];
}

/** Every version, the oldest first. */
export const schemaVersions: readonly number[] = Array.from({ length: SCHEMA_VERSION }, (_, i) => i + 1);

function lookUp<V>(table: Readonly<Partial<Record<EventType, V>>>, type: string): V | undefined {
  return new Map(Object.entries(table)).get(type);
}

function isPayload(value: unknown): value is StoredPayload {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
