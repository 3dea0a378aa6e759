/** What a viewer asks for, as data: a view, its filters, and where he goes on. */
import type { LogCursor } from '../events/cursors.ts';

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
