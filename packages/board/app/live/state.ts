/** What the head of the page says of the live source: one for the page that is open. */
import { createStore } from '../parts/store.ts';

type Connection =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  /** `code` of the problem, or the reason that the server gave; the next attempt is at `nextAt` by performance.now(). */
  | { readonly kind: 'reconnecting'; readonly code: string; readonly nextAt: number };

export const connection = createStore<Connection | undefined>(undefined);
/** Everything that was committed until then is on the page: milliseconds since 1970 by the server. */
export const asOf = createStore<number | undefined>(undefined);
/** Milliseconds from commit to the screen in the last minute; undefined while nothing was measured. */
export const latency = createStore<{ readonly p50: number; readonly p99: number } | undefined>(undefined);
/** Whether the page that is open can be paused. */
export const pausable = createStore(false);
/** How many changes wait while the page is paused; undefined while it is not. */
export const paused = createStore<{ readonly waiting: number } | undefined>(undefined);

/** A page that is left takes its words along. */
export function forgetLive(): void {
  connection.set(undefined);
  asOf.set(undefined);
  latency.set(undefined);
  paused.set(undefined);
  pausable.set(false);
}
