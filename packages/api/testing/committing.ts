/** For tests of the group commit: commands, committers and outcomes. */
import { createHash } from 'node:crypto';
import { admin } from '@inventory/domain/testing/given-when-then.ts';
import type { Actor } from '@inventory/domain/access.ts';
import { InventoryError } from '@inventory/domain/errors.ts';
import type { ChangeReservation } from '@inventory/domain/reservation.ts';
import type { AdjustStock } from '@inventory/domain/stock.ts';
import { createMetrics } from '@inventory/runtime/metrics.ts';
import { captureLog } from '@inventory/runtime/testing/log.ts';
import type pg from 'pg';
import { v7 } from 'uuid';
import { z } from 'zod';
import type { Answer, Command, NewHold, Outcome, Part, Settled } from '../commit/command.ts';
import { createCommitter } from '../commit/committer.ts';
import type { Committer } from '../commit/committer.ts';

interface Asked {
  readonly by?: Actor;
  /** Becomes the event's request_id, by which a test finds it in the log. */
  readonly name?: string;
  readonly key?: string;
  readonly operation?: string;
  /** The text that the key's fingerprint is taken of. */
  readonly body?: string;
}

/** What the answers of the tests say. */
const told = z.object({
  code: z.string().optional(), version: z.number().optional(), quantity: z.number().optional(),
  reserved: z.number().optional(), reservation_id: z.string().optional(), status: z.string().optional(),
  available: z.number().optional(),
});
export type Told = z.infer<typeof told>;

function answerOf(outcome: Outcome): Answer {
  const [result] = outcome.ok ? outcome.results : [];
  const body: Told = outcome.ok
    ? {
      version: result?.stock.version, quantity: result?.stock.quantity, reserved: result?.stock.reserved,
      reservation_id: result?.reservation?.id, status: result?.reservation?.status,
    }
    : { code: outcome.refusal.code, available: outcome.refusal.details.lines?.[0]?.available };
  return { status: outcome.ok ? 200 : 409, headers: {}, body: Buffer.from(JSON.stringify(body)) };
}

/** The answer to a command: the stored one where its key has one. */
export function answerTo(settled: Settled): Answer {
  return settled.kind === 'decided' ? settled.stored ?? answerOf(settled.outcome) : settled.stored;
}

export function commandOf(parts: readonly Part[], { by = admin, name = v7(), key, operation = 'test', body = '' }: Asked = {}): Command {
  return {
    actor: by, parts, metadata: { request_id: name },
    idempotency: key === undefined ? undefined
      : { key, operation, fingerprint: createHash('sha256').update(body).digest(), render: answerOf },
  };
}

/** A customer by the id of his token. */
export const customer = (id: string): Actor => ({ id, role: 'customer', storeIds: new Set() });

export interface Row { readonly productId: string; readonly storeId: string }

export const receive = (row: Row, delta: number, more: Partial<AdjustStock> = {}, asked?: Asked): Command => commandOf([{
  kind: 'stock', ...row,
  change: {
    type: 'adjust_stock', delta, reason: 'RESTOCK', expectedVersion: undefined, reference: null, note: null,
    occurredAt: null, ...more,
  },
}], asked);

export const hold = (row: Row, quantity: number, more: Partial<NewHold> = {}, asked?: Asked): Command => commandOf([{
  kind: 'reserve', ...row,
  reserve: {
    type: 'reserve', reservationId: v7(), customerId: 'cust-1', quantity, ttlSeconds: 600, batchId: null,
    reference: null, ...more,
  },
}], asked);

export const change = (reservationId: string, command: ChangeReservation, asked?: Asked): Command =>
  commandOf([{ kind: 'reservation', reservationId, change: command }], asked);

/** What the answer to a command says. */
export function read(settled: Settled | 'locked' | undefined): Told {
  if (settled === undefined || settled === 'locked') throw new Error(`no answer: ${String(settled)}`);
  return told.parse(JSON.parse(answerTo(settled).body.toString('utf8')));
}

/** Commits a command and reads its answer. A rejection becomes its code, so that outcomes of both kinds fit in one list. */
export async function outcomeOf(committer: Committer, command: Command): Promise<Told> {
  try {
    return read(await committer.submit(command));
  } catch (error) {
    if (error instanceof InventoryError) return { code: error.code };
    throw error;
  }
}

/** A committer as a process has it, and its log. */
export function testCommitter(
  url: string, applicationName = 'commit-test',
): Committer & { readonly logLines: () => readonly Record<string, unknown>[] } {
  const { log, lines } = captureLog();
  const metrics = createMetrics({ process: 'test', instance: 'test' });
  const committer = createCommitter({ url, applicationName, lanes: 1, newId: v7, log, metrics });
  return { ...committer, logLines: lines };
}

interface LoggedEvent {
  readonly type: string;
  readonly version: number;
  readonly name: string;
  readonly actor: string;
  /** The transaction that wrote it. */
  readonly xid: string;
}

/** The events of a product's stock rows, in the order of the log. */
export async function eventsOf(pool: pg.Pool, productId: string): Promise<readonly LoggedEvent[]> {
  const { rows } = await pool.query<LoggedEvent>(`
    SELECT event_type AS type, stream_version AS version, metadata ->> 'request_id' AS name,
      metadata -> 'actor' ->> 'id' AS actor, xmin::text AS xid
    FROM events WHERE payload ->> 'product_id' = $1 AND stream_version IS NOT NULL AND event_type NOT LIKE 'product.%'
    ORDER BY position`, [productId]);
  return rows;
}

/** What stands for a customer; undefined for one who has no ref. */
export async function refOf(pool: pg.Pool, customerId: string): Promise<string | undefined> {
  const { rows } = await pool.query<{ ref: string }>('SELECT ref FROM customers WHERE external_id = $1', [customerId]);
  return rows[0]?.ref;
}

interface StockState { readonly quantity: number; readonly reserved: number; readonly version: number }

/** A stock row as it stands; undefined before its first receipt. */
export async function stockOf(pool: pg.Pool, { productId, storeId }: Row): Promise<StockState | undefined> {
  const { rows } = await pool.query<StockState>(
    'SELECT quantity, reserved, version FROM stock WHERE product_id = $1 AND store_id = $2', [productId, storeId]);
  return rows[0];
}
