/**
 * Events as they were written, whenever that was. The log is never rewritten: when a schema changes in a way that a
 * reader of today would not understand, SCHEMA_VERSION is raised, what was current goes to `pastVersions` with the way
 * from it to its successor, and golden files of it stay in golden/ for good.
 */
import type { z } from 'zod';
import { SCHEMA_VERSION, eventSchemas, parseEvent } from './events.ts';
import type { DomainEvent, EventType } from './events.ts';

export type StoredPayload = Readonly<Record<string, unknown>>;

/** A version that is no longer written. Types that did not change on the way to the next one are left out. */
export interface PastVersion {
  readonly schemas: Readonly<Partial<Record<EventType, z.ZodType>>>;
  /** From a payload that fits `schemas` to one of the next version. */
  readonly upcast: Readonly<Partial<Record<EventType, (payload: StoredPayload) => StoredPayload>>>;
}

/** Version 1 first; as many as there are versions before SCHEMA_VERSION. */
export const pastVersions: readonly PastVersion[] = [];

export interface StoredEvent {
  readonly type: string;
  readonly version: number;
  readonly payload: unknown;
}

/**
 * Reads an event of any version that was ever written, as one of today.
 * @throws {RangeError} for a version that this code does not know; like parseEvent otherwise
 */
export function readStoredEvent(
  { type, version, payload }: StoredEvent,
  past: readonly PastVersion[] = pastVersions,
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

/** The schema that events of this type and version were written by; undefined when there is no such version. */
export function schemaAt(
  type: EventType,
  version: number,
  past: readonly PastVersion[] = pastVersions,
): z.ZodType | undefined {
  if (!Number.isInteger(version) || version < 1 || version > past.length + 1) return undefined;
  // The version in which it changed next says what it was until then.
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
