/** What a viewer asks for, as data: a view, its filters, and where he goes on. */
import type { Actor } from '@inventory/domain/access.ts';
import { InventoryError } from '@inventory/domain/errors.ts';
import { logCursors } from '../events/cursors.ts';
import type { LogCursor } from '../events/cursors.ts';
import { requireReach, requireRole } from '../http/auth/access.ts';

/** Which stock rows; a member that is undefined is no limit. */
export interface Scope {
  readonly products: readonly string[] | undefined;
  readonly stores: readonly string[] | undefined;
}

export type Asked = {
  readonly view: 'availability';
  readonly scope: Scope;
  /** Only changes of a row's level. */
  readonly levelsOnly: boolean;
  readonly after: LogCursor | undefined;
} | {
  readonly view: 'events';
  /** As the cursor of `GET /events` is bound to them. */
  readonly filters: { readonly type: string | undefined; readonly store_id: string | undefined };
  /** The stores whose events he may see; undefined for all. */
  readonly storeIds: readonly string[] | undefined;
  readonly after: LogCursor | undefined;
};

/** A question as a URL or a body has it. */
interface Question {
  readonly view: 'availability' | 'events';
  readonly product_ids?: readonly string[] | undefined;
  readonly store_ids?: readonly string[] | undefined;
  readonly levels_only?: boolean | undefined;
  readonly type?: string | undefined;
  readonly store_id?: string | undefined;
}

/** The members that only one of the views has. */
const OF_VIEW = { availability: ['product_ids', 'store_ids', 'levels_only'], events: ['type'] } as const;

/**
 * Reads a question of this actor.
 * @param from a cursor, to go on behind it
 * @throws {InventoryError} forbidden, store_not_in_scope, validation_failed
 */
export function askedBy(actor: Actor, { view, ...asked }: Question, from?: string): Asked {
  const strange = OF_VIEW[view === 'events' ? 'availability' : 'events'].filter((name) => asked[name] !== undefined);
  if (strange.length > 0) {
    throw new InventoryError('validation_failed', 'The request does not fit its schema: see errors.', {
      errors: strange.map((name) => ({ pointer: `/${name}`, message: `is not known with view=${view}` })),
    });
  }
  const { product_ids: products, store_id: store, type } = asked;
  if (view === 'events') {
    // Events of version 1 carry the ids of customers.
    requireRole(actor, { vendor: { reach: 'all' }, admin: { reach: 'all' } });
    requireReach(actor, { store });
    const filters = { type, store_id: store };
    return { view, filters, storeIds: storesOf(actor, store), after: from === undefined ? undefined : logCursors.decode(filters, from) };
  }
  const stores = store === undefined ? asked.store_ids : [...asked.store_ids ?? [], store];
  return {
    view, scope: { products, stores }, levelsOnly: asked.levels_only ?? false,
    after: from === undefined ? undefined : logCursors.decode({}, from),
  };
}

/** The stores whose events the actor may read; undefined for all. */
function storesOf(actor: Actor, asked: string | undefined): readonly string[] | undefined {
  if (asked !== undefined) return [asked];
  return actor.role === 'vendor' ? [...actor.storeIds] : undefined;
}

/** A question as text, the same in whatever order it was asked, and wherever it goes on. */
export function questionText(asked: Asked): string {
  if (asked.view === 'events') return JSON.stringify(['events', asked.filters.type ?? null, asked.filters.store_id ?? null]);
  const { scope: { products, stores }, levelsOnly } = asked;
  return JSON.stringify(['availability', products?.toSorted() ?? null, stores?.toSorted() ?? null, levelsOnly]);
}
