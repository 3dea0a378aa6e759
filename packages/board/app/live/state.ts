/** What the head of the page says of the live source: one for the page that is open. */
import { createStore } from '../parts/store.ts';
import type { Age, Connection } from './watch.ts';

export const connection = createStore<Connection | undefined>(undefined);
export const age = createStore<Age | undefined>(undefined);
/** Milliseconds from commit to the screen in the last minute; undefined while nothing was measured. */
export const latency = createStore<{ readonly p50: number; readonly p99: number } | undefined>(undefined);
/** Whether the page that is open can be paused. */
export const pausable = createStore(false);
/** How many changes wait while the page is paused; undefined while it is not. */
export const paused = createStore<{ readonly waiting: number } | undefined>(undefined);

/** A page that is left takes its words along. */
export function forgetLive(): void {
  connection.set(undefined);
  age.set(undefined);
  latency.set(undefined);
  paused.set(undefined);
  pausable.set(false);
}
