/**
 * Tickets: what a browser's EventSource shows in place of a token, which it cannot send. A ticket stands for one question of
 * one user. It has to be used within a minute, because a URL is seen by more eyes than a header, and may be used again for
 * reconnects until the end of the token that it was got by. It is in Postgres, by its hash, so that every instance knows it.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { Database } from '@inventory/db/pool.ts';
import { roles } from '@inventory/domain/access.ts';
import { InventoryError } from '@inventory/domain/errors.ts';
import { sql } from 'kysely';
import { z } from 'zod';
import { inClear } from '../commit/names.ts';
import type { Pseudonym } from '../commit/names.ts';
import { unauthenticated } from '../http/auth/verifier.ts';
import type { Presented } from '../http/auth/revocations.ts';
import type { Verified } from '../http/auth/verifier.ts';
import type { Ticket } from '../http/context.ts';

const BYTES = 32;
const FORM = /^[\w-]{43}$/;
export const FIRST_USE_SECONDS = 60;
/** Tickets that are looked up at once: whoever makes some up must not take the connections of others. */
const MOST_AT_ONCE = 4;
const MOST_WAITING = 50;

export interface Tickets {
  /** @param token what he has shown. @throws {InventoryError} unauthenticated */
  readonly issue: (token: string, question: string) => Promise<{ readonly ticket: string; readonly expiresAt: Date }>;
  /** @throws {InventoryError} unauthenticated, dependency_unavailable */
  readonly redeem: (ticket: string) => Promise<Ticket>;
}

interface TicketDeps {
  readonly db: Database;
  readonly look: (token: string) => Promise<Verified>;
  readonly isRevoked: (token: Presented) => boolean;
  readonly pseudonym?: Pseudonym;
}

const actorText = z.object({ id: z.string(), role: z.enum(roles), store_ids: z.array(z.string()) });

const hashOf = (ticket: string): Buffer => createHash('sha256').update(ticket).digest();

export function createTickets({ db, look, isRevoked, pseudonym = inClear }: TicketDeps): Tickets {
  let lookups = 0;
  let turn: readonly Promise<unknown>[] = Array.from({ length: MOST_AT_ONCE }, () => Promise.resolve());

  const find = async (ticket: string) => {
    const { rows: [row] } = await sql<{ actor: unknown; jti: string | null; question: string; expires_at: Date; created_at: Date }>`
      UPDATE stream_tickets SET used_at = coalesce(used_at, clock_timestamp())
      WHERE hash = ${hashOf(ticket)} AND expires_at > clock_timestamp()
        AND (used_at IS NOT NULL OR created_at > clock_timestamp() - ${FIRST_USE_SECONDS} * interval '1 second')
      RETURNING actor, jti, question, expires_at, created_at`.execute(db);
    return row;
  };
  /** The lookups one behind the other, in so many rows. */
  const findInTurn = async (ticket: string): ReturnType<typeof find> => {
    if (lookups >= MOST_WAITING) {
      throw new InventoryError('dependency_unavailable', 'Too many tickets are being looked up.', { retry_after_seconds: 1 });
    }
    lookups += 1;
    const [before, ...others] = turn;
    const found = Promise.resolve(before).catch(() => undefined).then(() => find(ticket));
    turn = [...others, found];
    return found.finally(() => { lookups -= 1; });
  };

  return {
    issue: async (token, question) => {
      const { actor: { id, role, storeIds }, jti, untilMs } = await look(token);
      const ticket = randomBytes(BYTES).toString('base64url');
      const expiresAt = new Date(untilMs);
      await db.insertInto('stream_tickets').values({
        hash: hashOf(ticket), actor: JSON.stringify({ id: role === 'customer' ? pseudonym(id) : id, role, store_ids: [...storeIds] }), jti: jti ?? null, question, expires_at: expiresAt,
      }).execute();
      return { ticket, expiresAt };
    },
    redeem: async (ticket) => {
      if (!FORM.test(ticket)) throw unauthenticated();
      const row = await findInTurn(ticket);
      if (row === undefined) throw unauthenticated();
      const { id, role, store_ids: stores } = actorText.parse(row.actor);
      const check = (): void => {
        // Whoever got it showed a token that was not refused then.
        const shown = { jti: row.jti ?? undefined, sub: id, issuedAtMs: row.created_at.getTime() };
        if (row.expires_at.getTime() <= Date.now() || isRevoked(shown)) throw unauthenticated();
      };
      check();
      return {
        // A customer's id is a pseudonym already.
        actor: { id, role, storeIds: new Set(stores) }, user: role === 'customer' ? id : pseudonym(id), question: row.question, key: ticket,
        check: () => Promise.resolve().then(check),
      };
    },
  };
}
