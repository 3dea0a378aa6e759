/**
 * Events as they were written, at any time. The log is never rewritten, and each type has a schema version of its own. When
 * the schema of a type changes in a way that today's readers would not understand, its version so far goes to the end of the
 * type's list in `pastVersions`, with the way to its successor and back, and its golden file stays in testing/golden for good.
 *
 * Readers come first (docs/decisions/0073): a release reads every version that it lists here and writes the newest one only
 * once all that run read it. Until then it writes an older one.
 */
import type { z } from 'zod';
import { namedVersions } from './events-past.ts';
import { eventSchemas, isEventType, parseEvent } from './events.ts';
import type { DomainEvent, EventType } from './events.ts';

export type StoredPayload = Readonly<Record<string, unknown>>;

/** A version of one type that has a successor. */
export interface PastVersion {
  readonly schema: z.ZodType;
  /** From a payload of this version to one of the next. */
  readonly upcast: (payload: StoredPayload) => StoredPayload;
  /** From a payload of the next version to one of this: as which it is written while some that run do not read the next. */
  readonly lower: (payload: StoredPayload) => StoredPayload;
  /** True where the next version says of the state of a stock row, and of its change, the same in the same members. */
  readonly sameState?: boolean;
}

/** For each type that has changed, all versions before the newest one, version 1 first. */
export type History = Readonly<Partial<Record<EventType, readonly PastVersion[]>>>;

/** A version for each type, by the type's name. */
export type Versions = Readonly<Record<string, number>>;

/** The history of the log, as this release knows it. */
export const pastVersions: History = namedVersions;

export interface Format {
  readonly type: string;
  readonly version: number;
}

export interface StoredEvent extends Format {
  readonly payload: unknown;
}

/** A type or a version that this release does not know: a newer one may have written it. */
export class TooNew extends Error {
  override readonly name = 'TooNew';
  readonly format: Format;
  constructor({ type, version }: Format, reads: number) {
    super(reads === 0
      ? `the event type ${JSON.stringify(type)} (version ${version}) is newer than this release, which does not know it: start a release that reads it`
      : `${type} in schema version ${version} is newer than this release, which reads it up to version ${reads}: start a release that reads it`);
    this.format = { type, version };
  }
}

/** The newest version of a type that this release reads; 0 for a type that it does not know. */
export function newestVersion(type: string, past: History = pastVersions): number {
  return isEventType(type) ? stepsOf(type, past).length + 1 : 0;
}

/** The newest version of each type that this release reads. */
export function newestVersions(past: History = pastVersions): Versions {
  return Object.fromEntries(Object.keys(eventSchemas).map((type) => [type, newestVersion(type, past)]));
}

/** Why an event in this format cannot be read by this release, as far as its type and version say; undefined when it can. */
export function tooNew(format: Format, past: History = pastVersions): TooNew | undefined {
  const reads = newestVersion(format.type, past);
  return format.version > reads ? new TooNew(format, reads) : undefined;
}

/**
 * Reads an event of any version as one of the newest version. `past` is another history only in tests.
 * @throws {TooNew}; {RangeError} for what is no version; like parseEvent otherwise
 */
export function readStoredEvent({ type, version, payload }: StoredEvent, past: History = pastVersions): DomainEvent {
  if (!Number.isInteger(version) || version < 1) throw new RangeError(`schema version ${version} is none`);
  const unknown = tooNew({ type, version }, past);
  if (unknown !== undefined) throw unknown;
  let current = payload;
  for (const { schema, upcast } of stepsOf(type, past).slice(version - 1)) {
    schema.parse(current);
    if (isPayload(current)) current = upcast(current);
  }
  return parseEvent(type, current);
}

/**
 * An event as it is to be written: in the newest version that is allowed.
 * @param allowed the newest version of each type that may be written; 1 where it says nothing
 */
export function writtenAs(
  { type, payload }: DomainEvent, allowed: Versions, past: History = pastVersions,
): { readonly version: number; readonly payload: StoredPayload } {
  const version = Math.min(allowed[type] ?? 1, newestVersion(type, past));
  const steps = stepsOf(type, past).slice(version - 1);
  return { version, payload: steps.reduceRight<StoredPayload>((newer, { lower }) => lower(newer), payload) };
}

/** The schema of events of this type and version; undefined when there is no such version. */
export function schemaAt(type: EventType, version: number, past: History = pastVersions): z.ZodType | undefined {
  if (version === newestVersion(type, past)) return eventSchemas[type];
  return stepsOf(type, past)[version - 1]?.schema;
}

/** The oldest version of a type whose events say of a stock row's state and its change what the newest says, in the same members. */
export function stateVersion(type: string, past: History = pastVersions): number {
  return stepsOf(type, past).findLastIndex(({ sameState }) => sameState !== true) + 2;
}

/** Every version of a type, the oldest first. */
export function versionsOf(type: EventType, past: History = pastVersions): readonly number[] {
  return Array.from({ length: newestVersion(type, past) }, (_, i) => i + 1);
}

function stepsOf(type: string, past: History): readonly PastVersion[] {
  return isEventType(type) ? past[type] ?? [] : [];
}

function isPayload(value: unknown): value is StoredPayload {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
