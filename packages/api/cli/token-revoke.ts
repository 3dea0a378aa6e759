/** `npm run token -- revoke | restore`: changes the list of tokens that are refused although they are valid. */
import { readFormats } from '@inventory/db/formats/formats.ts';
import { createDatabase, createPool } from '@inventory/db/pool.ts';
import type { Database } from '@inventory/db/pool.ts';
import type { ConnectionOptions } from '@inventory/db/session/connection.ts';
import { customerId, text } from '@inventory/domain/values.ts';
import { z } from 'zod';
import { markOf, readOtherKeys } from '../background/same-key.ts';
import { inClear, writesRefs } from '../commit/names.ts';
import type { Pseudonym } from '../commit/names.ts';
import { createPseudonym, keyOfLog } from '../pseudonyms.ts';

export const revocation = z
  .object({ jti: text(255).optional(), sub: customerId.optional() })
  .refine(({ jti, sub }) => (jti === undefined) !== (sub === undefined), {
    path: ['jti'], message: 'either --jti or --sub is needed',
  })
  .transform(({ jti, sub }): Revocation => (jti === undefined ? { kind: 'sub', value: sub ?? '' } : { kind: 'jti', value: jti }));

interface Revocation {
  /** One token, or all tokens of a user, also later ones. */
  readonly kind: 'jti' | 'sub';
  readonly value: string;
}

/**
 * Puts an entry on the list or takes it off: a user by his pseudonym.
 * @param pseudonymKey PSEUDONYM_KEY, as the apis have it
 * @returns a line that says what was done
 * @throws {Error} where an api runs with another key: it would not find a user that is listed by this one
 */
export async function changeRevocations(
  way: Pick<ConnectionOptions, 'url' | 'identity'>, verb: 'revoke' | 'restore', entry: Revocation, pseudonymKey: string | undefined,
): Promise<string> {
  const pool = createPool({
    ...way, applicationName: 'inventory-token', max: 1, maxLifetimeSeconds: 60, onIdleError: () => undefined,
  });
  const db = createDatabase(pool);
  try {
    const pseudonym = createPseudonym(pseudonymKey ?? await keyOfLog(db));
    const [other] = entry.kind === 'sub' ? await readOtherKeys(db, markOf(pseudonym)) : [];
    if (other !== undefined) {
      throw new Error(`nothing was changed, because api ${other.instance} runs with another PSEUDONYM_KEY: set the same one here`);
    }
    // Older releases, which may still run, know users by their ids.
    const listed = entry.kind === 'sub' && writesRefs(await readFormats(db)) ? pseudonym : inClear;
    const changed = await (verb === 'revoke' ? revoke(db, entry, listed) : restore(db, entry, pseudonym));
    const name = `${entry.kind} ${entry.value}`;
    if (!changed) return `Nothing to do: ${name} ${verb === 'revoke' ? 'is revoked already' : 'is not revoked'}.\n`;
    return verb === 'revoke' ? `Revoked ${name}: refused everywhere within 5 s.\n` : `${name} is no longer revoked.\n`;
  } finally {
    await db.destroy();
  }
}

async function revoke(db: Database, { kind, value }: Revocation, listed: Pseudonym): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db.insertInto('revoked_tokens').values({ kind, value: listed(value) })
    // One who was erased is listed with a time, and his later tokens are good.
    .onConflict((conflict) => conflict.columns(['kind', 'value']).doUpdateSet({ issued_until: null })
      .where('revoked_tokens.issued_until', 'is not', null)).executeTakeFirstOrThrow();
  return numInsertedOrUpdatedRows === 1n;
}

async function restore(db: Database, { kind, value }: Revocation, pseudonym: Pseudonym): Promise<boolean> {
  const { numDeletedRows } = await db.deleteFrom('revoked_tokens')
    .where('kind', '=', kind).where('value', 'in', [value, pseudonym(value)]).executeTakeFirstOrThrow();
  return numDeletedRows > 0n;
}
