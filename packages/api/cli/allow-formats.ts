/** What `npm run formats` shows and does. */
import { allowFormats, heldUp, readFormats, readReaders } from '@inventory/db/formats/formats.ts';
import type { HeldUp, Reader } from '@inventory/db/formats/formats.ts';
import type { Database } from '@inventory/db/pool.ts';
import { newestVersions, pastVersions } from '@inventory/domain/events-stored.ts';
import type { History, Versions } from '@inventory/domain/events-stored.ts';
import { UsageError } from '@inventory/runtime/cli/usage.ts';

/** What `list` shows. */
export interface Listed {
  readonly types: readonly { readonly type: string; readonly written: number; readonly newest: number }[];
  readonly held_up: readonly { readonly type: string; readonly version: number; readonly by: readonly string[] }[];
  readonly readers: readonly { readonly process: string; readonly instance: string }[];
}

/** The version of each type that may be written, and the newest one here. */
export async function listFormats(db: Database, past: History = pastVersions): Promise<Listed> {
  const [listed, readers] = [await readFormats(db), await readReaders(db)];
  const newest: Versions = newestVersions(past);
  const types = [...new Set([...Object.keys(newest), ...Object.keys(listed)])].toSorted()
    .map((type) => ({ type, written: listed[type] ?? 0, newest: newest[type] ?? 0 }));
  return { types, held_up: heldUp(listed, readers, past).map(inShort), readers: readers.map(({ process, instance }) => ({ process, instance })) };
}

const nameOf = ({ process, instance }: Reader): string => `${process} ${instance}`;
const inShort = ({ type, version, by }: HeldUp) => ({ type, version, by: by.map(nameOf) });

/**
 * Allows what this release would write, whatever these instances read.
 * @param agreed asked with what would be allowed, in words; nothing is done unless it says yes
 * @returns what was allowed, and what others still hold up
 * @throws {UsageError} for an instance that does not run
 */
export async function allowWithout(
  db: Database, without: readonly string[], agreed: (question: string) => Promise<boolean>, past: History = pastVersions,
) {
  const [listed, readers] = [await readFormats(db), await readReaders(db)];
  const unknown = without.filter((instance) => readers.every((reader) => reader.instance !== instance));
  if (unknown.length > 0) throw new UsageError(`no process of the name ${unknown.join(', ')} has reported within ten seconds: list shows who has`);
  const wanted = heldUp(listed, readers.filter(({ instance }) => !without.includes(instance)), past).filter(({ by }) => by.length === 0);
  if (wanted.length === 0) return { allowed: [], held_up: heldUp(listed, readers, past).map(inShort), agreed: true };
  const what = wanted.map(({ type, version }) => `${type} version ${version}`).join(', ');
  const question = `${what} will be written from now on, and ${without.join(', ')} stops as soon as it meets one. This cannot be taken back.`;
  if (!await agreed(question)) return { allowed: [], held_up: heldUp(listed, readers, past).map(inShort), agreed: false };
  const { allowed, heldUp: left } = await allowFormats(db, { by: `npm run formats, without ${without.join(', ')}`, past, without });
  return { allowed, held_up: left.map(inShort), agreed: true };
}
