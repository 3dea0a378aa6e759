/**
 * One hold, and lists of holds: the newest first, by any filter, for any actor. Ids begin with the time of the database, so
 * a list is ordered by id. Each way into the table is a branch that reads its index in order and stops after a page; the
 * page is then cut from all branches together. [An OR over the branches would read the whole past of a store.]
 */
import type { Database } from '@inventory/db/pool.ts';
import type { Actor } from '@inventory/domain/access.ts';
import { actsOnAllHolds, worksFor } from '@inventory/domain/access.ts';
import type { Reservation, ReservationStatus } from '@inventory/domain/reservation.ts';
import { reservationStatuses } from '@inventory/domain/reservation.ts';
import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';
import { reservationOf } from '../commit/reservation-row.ts';
import type { ReservationRow } from '../commit/reservation-row.ts';

/** The customer's id, of the row r: by its ref, or as an older release has written it. Null once he was erased. */
const NAMED = sql<string | null>`coalesce((SELECT c.external_id FROM customers c WHERE c.ref = r.customer_ref), r.customer_id)`;

/** What people call the product of the row r. */
const SKU = sql<string>`(SELECT p.sku FROM products p WHERE p.id = r.product_id)`;
const PRODUCT_NAME = sql<string>`(SELECT p.name FROM products p WHERE p.id = r.product_id)`;

/** One reservation, what people call its product, whose it is, and the database's clock, by which its status is judged. */
export async function readReservation(
  db: Database, id: string,
): Promise<{
  readonly reservation: Reservation; readonly product: { readonly sku: string; readonly name: string };
  readonly customerId: string | null; readonly now: Date;
} | undefined> {
  const row = await db.selectFrom('reservations as r').selectAll('r')
    .select(sql<Date>`clock_timestamp()`.as('now')).select([NAMED.as('named'), SKU.as('sku'), PRODUCT_NAME.as('product_name')])
    .where('id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : {
    reservation: reservationOf(row), product: { sku: row.sku, name: row.product_name }, customerId: row.named, now: row.now,
  };
}

export interface ReservationFilter {
  readonly store_id?: string | undefined;
  readonly customer_id?: string | undefined;
  readonly reference?: string | undefined;
  readonly batch_id?: string | undefined;
  readonly status?: ReservationStatus | undefined;
}

type Condition = RawBuilder<unknown>;
type Page = { readonly before: string | undefined; readonly size: number };

/** A row of a list, whose it is, what people call its product, and the database's clock, by which its status is judged. */
type ListedRow = ReservationRow & { readonly named: string | null; readonly sku: string; readonly product_name: string; readonly now: Date };

/** The holds that exist for the actor. `size` is the number of rows, at most. */
export function listQuery(actor: Actor, filter: ReservationFilter, page: Page): RawBuilder<ListedRow> {
  const branches = branchesOf(actor, filter, page);
  return sql<ListedRow>`
    SELECT r.*, ${NAMED} AS named, ${SKU} AS sku, ${PRODUCT_NAME} AS product_name, statement_timestamp() AS now FROM (${sql.join(branches, sql` UNION `)}) AS found (id)
    JOIN reservations r USING (id) ORDER BY id DESC LIMIT ${page.size}`;
}

export async function readReservations(
  db: Database, actor: Actor, filter: ReservationFilter, page: Page,
): Promise<readonly ListedRow[]> {
  return (await listQuery(actor, filter, page).execute(db)).rows;
}

function branchesOf(actor: Actor, filter: ReservationFilter, page: Page): readonly RawBuilder<unknown>[] {
  const conditions = [...filterConditions(filter), ...scopeConditions(actor)];
  if (page.before !== undefined) conditions.push(sql`id < ${page.before}`);
  const branch = (...access: readonly Condition[]) => sql`(
    SELECT id FROM reservations WHERE ${sql.join([...access, ...conditions, sql`true`], sql` AND `)}
    ORDER BY id DESC LIMIT ${page.size})`;
  const statuses = rowStatuses(filter.status);
  const walk = (...place: readonly Condition[]) => branch(...place, sql`reservations.status = stored.status`);
  // One ordered walk for each status: a list of statuses would have to be sorted as a whole.
  const walked = (wanted: Condition, walk: Condition) => sql`(
    SELECT walked.id FROM ${wanted}
    CROSS JOIN unnest(${[...statuses]}::varchar[]) AS stored (status)
    CROSS JOIN LATERAL ${walk} AS walked ORDER BY walked.id DESC LIMIT ${page.size})`;
  const byStatus = (column: 'store_id' | 'customer_id', values: readonly string[]) => walked(
    sql`unnest(${[...values]}::varchar[]) AS wanted (value)`, walk(sql`${sql.ref(column)} = wanted.value`));
  // A hold bears its customer's ref alone, or his id, as older releases wrote it.
  const ofCustomer = (id: string) => [
    walked(sql`(SELECT ref FROM customers WHERE external_id = ${id}) AS wanted (value)`,
      walk(sql`customer_id IS NULL`, sql`customer_ref = wanted.value`)),
    byStatus('customer_id', [id]),
  ];
  const madeFor = [
    branch(sql`created_by = ${actor.id}`, sql`customer_id IS NULL`, sql`created_by <> customer_ref::text`),
    branch(sql`created_by = ${actor.id}`, sql`created_by <> customer_id`),
  ];

  if (filter.batch_id !== undefined) return [branch(sql`batch_id = ${filter.batch_id}`)];
  if (filter.reference !== undefined) return [branch(sql`reference = ${filter.reference}`)];
  if (actor.role === 'customer') return ofCustomer(actor.id);
  if (filter.customer_id !== undefined) return ofCustomer(filter.customer_id);
  if (filter.store_id !== undefined && (actsOnAllHolds(actor) || worksFor(actor, filter.store_id))) {
    return [byStatus('store_id', [filter.store_id])];
  }
  if (actsOnAllHolds(actor)) return [branch()];
  // A vendor also sees the holds that he made in other stores: for others, or for himself.
  return [
    ...(filter.store_id === undefined ? [byStatus('store_id', [...actor.storeIds])] : []),
    ...madeFor, ...ofCustomer(actor.id),
  ];
}

/** The statuses of rows that may read so: a lapsed hold may not be expired in its row yet. */
function rowStatuses(status: ReservationStatus | undefined): readonly ReservationStatus[] {
  if (status === undefined) return reservationStatuses;
  return status === 'EXPIRED' ? ['EXPIRED', 'PENDING'] : [status];
}

function filterConditions({ store_id, customer_id, reference, batch_id, status }: ReservationFilter): Condition[] {
  return [
    ...(store_id === undefined ? [] : [sql`store_id = ${store_id}`]),
    ...(customer_id === undefined ? [] : [isOf(customer_id)]),
    ...(reference === undefined ? [] : [sql`reference = ${reference}`]),
    ...(batch_id === undefined ? [] : [sql`batch_id = ${batch_id}`]),
    ...(status === undefined ? [] : [statusCondition(status)]),
  ];
}

function statusCondition(status: ReservationStatus): Condition {
  switch (status) {
    case 'PENDING':
      return sql`reservations.status = 'PENDING' AND expires_at > statement_timestamp()`;
    case 'EXPIRED':
      return sql`(reservations.status = 'EXPIRED'
        OR reservations.status = 'PENDING' AND expires_at <= statement_timestamp())`;
    default:
      return sql`reservations.status = ${status}`;
  }
}

function isOf(customerId: string): Condition {
  return sql`(customer_id = ${customerId} OR customer_id IS NULL AND customer_ref = (SELECT ref FROM customers WHERE external_id = ${customerId}))`;
}

/** The rule of domain/access.ts (mayActOn) as SQL: which holds exist for which actor. */
function scopeConditions(actor: Actor): readonly Condition[] {
  switch (actor.role) {
    case 'admin':
    case 'service':
      return [];
    case 'vendor':
      return [sql`(store_id = ANY (${[...actor.storeIds]}::varchar[]) OR created_by = ${actor.id})`];
    case 'customer':
      return [isOf(actor.id)];
  }
}
