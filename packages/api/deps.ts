/** What the endpoints may ask for. Types only: each endpoint picks what it needs, and a test passes just that. */
import type { Database } from '@inventory/db/pool.ts';
import type { Actor } from '@inventory/domain/access.ts';
import type { History } from '@inventory/domain/events-stored.ts';
import type { Limits } from '@inventory/domain/limits.ts';
import type { ReadAvailability } from './availability/read.ts';
import type { Committer } from './commit/committer.ts';
import type { Erase } from './erasure/eraser.ts';
import type { RateLimits } from './http/rate-limit/middleware.ts';
import type { Documents } from './openapi/documents.ts';
import type { Codes } from './directory/codes.ts';
import type { StoreDirectory } from './directory/watch-stores.ts';
import type { LiveFeed } from './stream/live-feed.ts';
import type { Tickets } from './stream/tickets.ts';

export interface ApiDeps {
  readonly db: Database;
  readonly committer: Committer;
  readonly erase: Erase;
  readonly readAvailability: ReadAvailability;
  readonly documents: Documents;
  readonly feed: LiveFeed;
  readonly stores: StoreDirectory;
  readonly codes: Codes;
  readonly tickets: Tickets;
  /** @throws {InventoryError} unauthenticated, dependency_unavailable */
  readonly verifyToken: (token: string) => Promise<Actor>;
  /** The limits that callers are bound by, for those who ask. */
  readonly bounds: { readonly requests: RateLimits; readonly holds: Limits };
  /** False where payment decides, and a customer confirms nothing. */
  readonly customersMayConfirm: boolean;
  /** What the console may do here: 'full' where operators may decide by it; undefined where there is none. */
  readonly board: { readonly mode: 'read' | 'full' } | undefined;
  /** The schemas in which the log was written, where a test has others than the log's own. */
  readonly history?: History | undefined;
}
