/**
 * Follows GET /events with a cursor, a page from each api in turn. A 410 says that the log it has followed is not the
 * log any more: it begins again, and what it has seen so far is a lap of its own.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { Ask } from './ask.ts';
import type { ApiName } from './history.ts';

export interface FedEvent { readonly position: number; readonly id: string }

export interface Lap {
  readonly beganMs: number;
  readonly events: readonly FedEvent[];
  /** When a 410 ended it; undefined for the lap that goes on. */
  readonly endedMs: number | undefined;
}

export interface Follower {
  laps(): readonly Lap[];
  /** Events of the lap that goes on. */
  seen(): number;
  /** Answers that were neither a page nor a 410. */
  refusals(): number;
}

const page = z.object({
  items: z.array(z.object({ id: z.string(), position: z.int() })), next_cursor: z.string(), has_more: z.boolean(),
});
const IDLE_MS = 100;
const LIMIT = 200;

/** Follows until the signal aborts. */
export function startFollower(
  { ask, signal }: { readonly ask: Ask; readonly signal: AbortSignal },
): Follower & { readonly done: Promise<void> } {
  const laps: { readonly beganMs: number; readonly events: FedEvent[]; endedMs: number | undefined }[] = [];
  let refusals = 0;
  const follow = async (): Promise<void> => {
    let cursor: string | undefined;
    for (let turn = 0; !signal.aborted; turn += 1) {
      const lap = laps.at(-1);
      if (lap === undefined || lap.endedMs !== undefined) {
        laps.push({ beganMs: Date.now(), events: [], endedMs: undefined });
        continue;
      }
      const api: ApiName = turn % 2 === 0 ? 'api-1' : 'api-2';
      const { status, body } = await ask(api, 'GET', `/events?limit=${LIMIT}${cursor === undefined ? '' : `&after=${cursor}`}`);
      if (status === 200) {
        const { items, next_cursor: next, has_more: more } = page.parse(body);
        for (const { id, position } of items) lap.events.push({ id, position });
        cursor = next;
        if (!more) await delay(IDLE_MS);
      } else if (status === 410) {
        lap.endedMs = Date.now();
        cursor = undefined;
      } else {
        refusals += 1;
        await delay(IDLE_MS);
      }
    }
  };
  return { laps: () => laps, seen: () => laps.at(-1)?.events.length ?? 0, refusals: () => refusals, done: follow() };
}
