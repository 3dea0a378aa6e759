/**
 * One tail of the settled log for a whole process, whoever reads it there: the live feed, later webhooks and boards.
 *
 *   LISTEN ──hint──┐
 *   250 ms ──poll──┴─► look (look.ts) ─► ring ─► followers are told, readers wake (reader.ts)
 *
 * The hint is for speed and the poll is the guarantee. Nothing beyond the settled position is given, so a place in the log
 * is behind all that it has passed. Where the log is another one than before (another epoch, gone back), the ring is emptied
 * and everybody is told. On a server that nobody has accepted, the tail stands still and its head grows old, which followers
 * can see; it goes on when the server is accepted, and that is another epoch.
 *
 * It costs nothing while nobody reads: it listens and looks from the first reader on, until a minute after the last.
 */
import { EVENTS_CHANNEL } from '@inventory/db/events.ts';
import type { LoggedEvent } from '@inventory/db/events.ts';
import { startListening } from '@inventory/db/listen.ts';
import type { Database } from '@inventory/db/pool.ts';
import type { ConnectionOptions } from '@inventory/db/session/connection.ts';
import type { Logger } from '@inventory/runtime/log.ts';
import { startLoop } from '@inventory/runtime/loop.ts';
import type { StepOutcome } from '@inventory/runtime/loop.ts';
import { sleep } from '@inventory/runtime/sleep.ts';
import { createWakeup } from '@inventory/runtime/wakeup.ts';
import { lookAt } from './look.ts';
import type { Look } from './look.ts';
import { createRing } from './ring.ts';
import type { Ring } from './ring.ts';
import type { Place } from './table.ts';

const POLL_MS = 250;
const BACKOFF = { minMs: 100, maxMs: 1000 };
/** How long it goes on without readers, so that those who come back find the ring. */
const LINGER_MS = 60_000;
/** A look takes this part of the time, at most. */
const SHARE = 1 / 3;
/**
 * Under hundreds of changes a second the next look waits this long, because a look costs the same, about a millisecond of Postgres,
 * however many events it brings; one that has brought so many came too soon.
 */
const BUSY_PAUSE_MS = 20;
const BUSY_EVENTS = 8;

/** How far the tail has come. */
export interface Head extends Place {
  /**
   * Everything that was committed by then is at or below it: ms since 1970 by the clock of Postgres, and the same instant by
   * performance.now(). Undefined while a writer holds the log back since before the first look.
   */
  readonly asOf: { readonly ms: number; readonly at: number } | undefined;
}

export interface Follower {
  /** Told of events in the order of the log, each once. `head` is behind the last of them. */
  readonly onEvents: (events: readonly LoggedEvent[], head: Head) => void;
  /** The log is another one now: what was built from it is to be read anew, and goes on behind `head`. */
  readonly onReset: (head: Head) => void;
}

export interface Tail {
  /** Undefined until the log was looked at. */
  readonly head: () => Head | undefined;
  /** The head, as soon as there is one. @throws the signal's reason, where that is first */
  readonly ready: (signal: AbortSignal) => Promise<Head>;
  /** Tells the follower from now on. @returns what ends it */
  readonly follow: (follower: Follower) => () => void;
  /** The newest events, up to the head. */
  readonly newest: Pick<Ring, 'after' | 'size'>;
  readonly stop: () => Promise<void>;
}

interface TailDeps {
  readonly db: Database;
  /** For the listening, which has a connection of its own. */
  readonly connection: ConnectionOptions;
  readonly log: Logger;
  /** Another size for tests. */
  readonly ring?: Ring;
  readonly lingerMs?: number;
}

/** Makes the tail of a process. */
export function createTail({ db, connection, log, ring = createRing(), lingerMs = LINGER_MS }: TailDeps): Tail {
  const followers = new Set<Follower>();
  const wakeup = createWakeup();
  let waiting: ((head: Head) => void)[] = [];
  let head: Head | undefined;
  /** An earlier look, whose newest event was not settled yet: everything is there as of then, once it is. */
  let candidate: Pick<Look, 'newest' | 'begunMs' | 'begunAt'> | undefined;
  let listening: { stop: () => Promise<void> } | undefined;
  let aloneSince: number | undefined = -Infinity;
  let notBefore = 0;

  const asOf = (look: Look): Head['asOf'] => {
    candidate ??= look;
    if (candidate.newest > look.position) return look.changed ? undefined : head?.asOf;
    const { begunMs: ms, begunAt: at } = look.newest <= look.position ? look : candidate;
    candidate = undefined;
    return { ms, at };
  };

  const take = (look: Look): void => {
    if (look.changed) candidate = undefined;
    const next: Head = { epoch: look.epoch, position: look.position, asOf: asOf(look) };
    const begins = head === undefined || look.changed;
    head = next;
    if (begins) ring.beginAt(look.position);
    ring.push(look.events);
    for (const follower of [...followers]) {
      if (look.changed) follower.onReset(next);
      else if (look.events.length > 0) follower.onEvents(look.events, next);
    }
    for (const resolve of waiting.splice(0)) resolve(next);
  };

  const rest = async (): Promise<void> => {
    const stopped = listening?.stop();
    [listening, head, candidate] = [undefined, undefined, undefined];
    ring.beginAt(0);
    await stopped;
  };

  const step = async (signal: AbortSignal): Promise<StepOutcome> => {
    const alone = aloneSince === undefined ? 0 : performance.now() - aloneSince;
    if (alone > lingerMs) {
      await rest();
      return LINGER_MS;
    }
    listening ??= startListening({
      ...connection, channel: EVENTS_CHANNEL, onHint: wakeup.notify,
      onState: (heard, error) => { if (!heard) log.warn('the tail of the log polls: it does not listen', { error }); },
    });
    const pauseMs = notBefore - performance.now();
    if (pauseMs > 0) await sleep(pauseMs, signal);
    const begun = performance.now();
    const look = await lookAt(db, head);
    take(look);
    const ended = performance.now();
    notBefore = ended + (look.events.length >= BUSY_EVENTS ? BUSY_PAUSE_MS : Math.min(BUSY_PAUSE_MS, (ended - begun) * (1 / SHARE - 1)));
    return look.more ? 'more' : 'idle';
  };

  const loop = startLoop({ name: 'the tail of the log', step, idleMs: POLL_MS, wakeup, backoff: BACKOFF, log });
  return {
    head: () => head,
    ready: (signal) => new Promise((resolve, reject) => {
      if (head !== undefined) {
        resolve(head);
        return;
      }
      signal.throwIfAborted();
      const giveUp = (): void => {
        waiting = waiting.filter((each) => each !== found);
        reject(signal.reason);
      };
      const found = (now: Head): void => {
        signal.removeEventListener('abort', giveUp);
        resolve(now);
      };
      signal.addEventListener('abort', giveUp, { once: true });
      waiting.push(found);
    }),
    follow: (follower) => {
      followers.add(follower);
      aloneSince = undefined;
      wakeup.notify();
      return () => {
        followers.delete(follower);
        if (followers.size === 0) aloneSince = performance.now();
      };
    },
    newest: ring,
    stop: async () => {
      await loop.stop();
      await rest();
    },
  };
}
