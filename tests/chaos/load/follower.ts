/**
 * Follows GET /events with a cursor and takes pages from both apis in turn. After a 410 it starts again without a cursor;
 * what it has seen until then is a lap of its own.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { Ask } from './ask.ts';
import type { ApiName } from './history.ts';

interface FedEvent { readonly position: number; readonly id: string }

export interface Lap {
  readonly beganMs: number;
  readonly events: readonly FedEvent[];
  /** When a 410 ended the lap; undefined for the current lap. */
  readonly endedMs: number | undefined;
}

export interface Follower {
  laps(): readonly Lap[];
  /** The number of events of the current lap. */
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
