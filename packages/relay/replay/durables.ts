/** The consumers that `relay replay --durable` makes in the stream of a replay. */
import { UsageError } from '@inventory/runtime/cli/usage.ts';

/** @throws {UsageError} */
export function parseDurables(names: readonly string[]): readonly string[] {
  for (const name of names) {
    if (!/^[A-Za-z0-9_-]{1,100}$/.test(name)) throw new UsageError(`--durable ${JSON.stringify(name)} is no name of a consumer`);
  }
  return [...new Set(names)].sort();
}
