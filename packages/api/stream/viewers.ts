/**
 * Everybody who watches. Each is told every five seconds how old what he sees is, so that "nothing has changed" is said and
 * not guessed; is asked each second whether he is still allowed; and is told goodbye when the process stops, when his token
 * is over, and after an hour, with `retry:`, so spread that not all come back at once.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Actor } from '@inventory/domain/access.ts';
import { InventoryError } from '@inventory/domain/errors.ts';
import type { Logger } from '@inventory/runtime/log.ts';
import { startLoop } from '@inventory/runtime/loop.ts';
import type { Head } from '@inventory/tail/tail.ts';
import { frame } from './line.ts';
import type { Line } from './line.ts';

const TICK_MS = 5000;
/** Viewers are told in so many groups, one after the other, so that no turn of the event loop is for all of them. */
const GROUPS = 10;
/** Whether everybody is still allowed. */
const CHECK_MS = 1000;
const BACKOFF = { minMs: 100, maxMs: 1000 };
/** An hour, less a part, so that those who came together do not go together. */
const lineMs = (): number => (55 + Math.random() * 5) * 60_000;
/** Viewers whose line was ended come back within this time. */
const EARLIEST_MS = 200;
const SPREAD_MS = 2000;
/** How long a viewer may take to read his goodbye when the process stops. */
const FAREWELL_MS = 2000;

/** What a viewer is allowed by. */
export interface Session {
  readonly actor: Actor;
  /** What he is counted by: the same for his tokens and his tickets. */
  readonly user: string;
  /** The same for all that show the same token. */
  readonly key: string;
  /** @throws {InventoryError} unauthenticated, once he is not allowed any more */
  readonly check: () => Promise<unknown>;
}

interface Viewer {
  readonly session: Session;
  readonly line: Line;
  /** The `id:` of a tick; undefined while something waits for him that is before the head. */
  readonly idAt: (head: Head) => string | undefined;
  /** True where he is to come back for a new snapshot when the log is another one. */
  readonly endsWithEpoch: boolean;
}

interface Viewers {
  /** Adds a viewer, and tells him the time at once. @returns what takes him out */
  readonly add: (viewer: Viewer) => () => void;
  /** The log is another one: ends the lines of those who need a new snapshot. @returns how many */
  readonly endEpoch: () => number;
  /** Resolves when everybody has gone. */
  readonly stop: () => Promise<void>;
}

type Reason = 'DRAIN' | 'TOKEN' | 'AGE';

/** When a viewer is to come back, in ms from now. */
const retryMs = (): number => Math.round(EARLIEST_MS + Math.random() * SPREAD_MS);

/** Ends a line in good order. */
export function sayGoodbye(line: Line, reason: Reason): void {
  line.end(frame('bye', JSON.stringify({ reason }), { retryMs: retryMs() }));
}

/** Ends the line of a viewer who needs a snapshot of another log: he comes back for it. */
export function sayReset(line: Line): void {
  line.end(frame('reset', '{"reason":"EPOCH"}', { retryMs: retryMs() }));
}

export function createViewers({ head, log }: { readonly head: () => Head | undefined; readonly log: Logger }): Viewers {
  const all = new Map<Viewer, { readonly group: number; readonly endsAt: number }>();
  let [nth, round] = [0, 0];

  const tickData = (): string => {
    const asOf = head()?.asOf;
    return JSON.stringify({
      as_of: asOf === undefined ? null : new Date(asOf.ms).toISOString(),
      behind_ms: asOf === undefined ? null : Math.round(performance.now() - asOf.at),
      server_time: new Date().toISOString(),
    });
  };
  const tick = ({ line, idAt }: Viewer, data: string): void => {
    // A line that is not clear says by itself that it is alive.
    if (!line.clear()) return;
    const now = head();
    const id = now === undefined ? undefined : idAt(now);
    line.send(frame('tick', data, id === undefined ? {} : { id }));
  };

  const allowed = async ({ check }: Session): Promise<boolean> => {
    try {
      await check();
      return true;
    } catch (error) {
      // Whatever else keeps it from being known is no reason to send anybody away.
      return !(error instanceof InventoryError && error.code === 'unauthenticated');
    }
  };
  // All at once: tokens that wait for an identity provider wait for the same answer, and not one behind the other.
  const checkAll = async (): Promise<void> => {
    const byKey = new Map([...all.keys()].map(({ session }) => [session.key, session]));
    await Promise.all([...byKey].map(async ([key, session]) => {
      if (await allowed(session)) return;
      for (const viewer of all.keys()) if (viewer.session.key === key) sayGoodbye(viewer.line, 'TOKEN');
    }));
  };

  const ticks = startLoop({
    name: 'viewers', idleMs: TICK_MS / GROUPS, backoff: BACKOFF, log,
    step: () => {
      const [data, now] = [tickData(), performance.now()];
      round += 1;
      for (const [viewer, { group, endsAt }] of [...all]) {
        if (group !== round % GROUPS) continue;
        if (now >= endsAt) sayGoodbye(viewer.line, 'AGE');
        else tick(viewer, data);
      }
      return Promise.resolve('idle');
    },
  });
  // By itself, because an identity provider that hangs must not keep the others from hearing the time, or goodbye.
  const checks = startLoop({
    name: 'rights of viewers', idleMs: CHECK_MS, backoff: BACKOFF, log,
    step: async () => {
      await checkAll();
      return 'idle';
    },
  });

  return {
    add: (viewer) => {
      nth += 1;
      all.set(viewer, { group: nth % GROUPS, endsAt: performance.now() + lineMs() });
      tick(viewer, tickData());
      return () => { all.delete(viewer); };
    },
    endEpoch: () => {
      const ended = [...all.keys()].filter(({ endsWithEpoch }) => endsWithEpoch);
      for (const { line } of ended) sayReset(line);
      return ended.length;
    },
    stop: async () => {
      const checked = checks.stop();
      await ticks.stop();
      for (const { line } of all.keys()) sayGoodbye(line, 'DRAIN');
      for (const until = performance.now() + FAREWELL_MS; all.size > 0 && performance.now() < until;) await delay(20);
      for (const { line } of all.keys()) line.destroy();
      await checked;
    },
  };
}
