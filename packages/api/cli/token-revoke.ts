/** `npm run token -- revoke | restore`: changes the list of tokens that are refused although they are valid. */
import { createDatabase, createPool } from '@inventory/db/pool.ts';
import type { Database } from '@inventory/db/pool.ts';
import type { ConnectionOptions } from '@inventory/db/session/connection.ts';
import { customerId, text } from '@inventory/domain/values.ts';
import { z } from 'zod';

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

/** Puts an entry on the list or takes it off. @returns a line that says what was done */
export async function changeRevocations(
  way: Pick<ConnectionOptions, 'url' | 'identity'>, verb: 'revoke' | 'restore', entry: Revocation,
): Promise<string> {
  const pool = createPool({
    ...way, applicationName: 'inventory-token', max: 1, maxLifetimeSeconds: 60, onIdleError: () => undefined,
  });
  const db = createDatabase(pool);
  try {
    const changed = await (verb === 'revoke' ? revoke(db, entry) : restore(db, entry));
    const name = `${entry.kind} ${entry.value}`;
    if (!changed) return `Nothing to do: ${name} ${verb === 'revoke' ? 'is revoked already' : 'is not revoked'}.\n`;
    return verb === 'revoke' ? `Revoked ${name}: refused everywhere within 5 s.\n` : `${name} is no longer revoked.\n`;
  } finally {
    await db.destroy();
  }
}

async function revoke(db: Database, entry: Revocation): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db.insertInto('revoked_tokens').values(entry)
    .onConflict((conflict) => conflict.doNothing()).executeTakeFirstOrThrow();
  return numInsertedOrUpdatedRows === 1n;
}

async function restore(db: Database, { kind, value }: Revocation): Promise<boolean> {
  const { numDeletedRows } = await db.deleteFrom('revoked_tokens')
    .where('kind', '=', kind).where('value', '=', value).executeTakeFirstOrThrow();
  return numDeletedRows === 1n;
}
