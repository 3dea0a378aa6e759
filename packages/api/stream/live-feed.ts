/**
 * The live feed of one process: from a question to the frames of its viewer.
 *
 *   open ─► a seat ─► a snapshot, or what was missed ─► stock | event … tick … ─► bye
 *
 * While the process stops, new viewers are told so at once and go elsewhere: an answer that is no event stream would end a
 * browser's EventSource for good.
 */
import type { ServerResponse } from 'node:http';
import type { LoggedEvent } from '@inventory/db/events.ts';
import type { Database } from '@inventory/db/pool.ts';
import { mayFollow } from '@inventory/domain/access.ts';
import { InventoryError } from '@inventory/domain/errors.ts';
import type { Logger } from '@inventory/runtime/log.ts';
import type { Metrics } from '@inventory/runtime/metrics.ts';
import type { Head, Tail } from '@inventory/tail/tail.ts';
import { logCursors } from '../events/cursors.ts';
import type { LogCursor } from '../events/cursors.ts';
import { questionText } from './asked.ts';
import type { Asked } from './asked.ts';
import { show } from './audience.ts';
import type { Watch } from './audience.ts';
import { createAvailabilityHub } from './availability-hub.ts';
import { createLine, frame } from './line.ts';
import { createLogView } from './log-view.ts';
import { rowOf } from './rows.ts';
import { createSeats } from './seats.ts';
import { readSnapshot } from './snapshot.ts';
import { createStreamTelemetry } from './telemetry.ts';
import { createViewers, sayGoodbye, sayReset } from './viewers.ts';
import type { Session } from './viewers.ts';

/** How long a viewer waits for the first look at the log. */
const PATIENCE_MS = 3000;
/** Events that are sent again to who comes back; behind more of them a snapshot is shorter. */
const MOST_MISSED = 2000;

export interface FeedRules {
  /** Viewers of this process, and of one user, at most. */
  readonly most: number;
  readonly mostOfUser: number;
  /** Units up to which a level is LOW. */
  readonly lowStock: number;
}

interface FeedDeps {
  readonly db: Database;
  readonly tail: Tail;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly rules: FeedRules;
}

type Begin = (res: ServerResponse) => void;

export interface LiveFeed {
  /**
   * Prepares an answer.
   * @returns what writes it, once its head has been sent: it must be called
   * @throws {InventoryError} overloaded, quota_exceeded, dependency_unavailable, validation_failed
   */
  readonly open: (asked: Asked, session: Session) => Promise<Begin>;
  /** Says goodbye to everybody, and resolves when they have gone. */
  readonly stop: () => Promise<void>;
}

export function createLiveFeed({ db, tail, log, metrics, rules }: FeedDeps): LiveFeed {
  const telemetry = createStreamTelemetry(metrics, tail);
  const seats = createSeats(rules, telemetry);
  const viewers = createViewers({ head: tail.head, log });
  const cursors = new WeakMap<Head, string>();
  let stopping = false;
  let [watching, unfollow]: [number, () => void] = [0, () => undefined];

  const cursorAt = (head: Head): string => {
    const made = cursors.get(head) ?? logCursors.encode({}, { epoch: head.epoch, position: head.position });
    cursors.set(head, made);
    return made;
  };
  const databaseNowMs = (): number => {
    const asOf = tail.head()?.asOf;
    return asOf === undefined ? Date.now() : asOf.ms + performance.now() - asOf.at;
  };
  const hub = createAvailabilityHub({ lowStock: rules.lowStock, telemetry, head: tail.head, cursor: cursorAt, databaseNowMs });

  /** Takes a seat, and sees to it that the log is followed. @returns what leaves it, once */
  const enter = (user: string, view: Asked['view']): (() => void) => {
    const leaveSeat = seats.take(user);
    watching += 1;
    telemetry.viewers(view, 1);
    if (watching === 1) {
      unfollow = tail.follow({
        onEvents: hub.onEvents,
        onReset: () => { for (let ended = viewers.endEpoch(); ended > 0; ended -= 1) telemetry.reset('EPOCH'); },
      });
    }
    let left = false;
    return () => {
      if (left) return;
      left = true;
      leaveSeat();
      telemetry.viewers(view, -1);
      watching -= 1;
      if (watching === 0) unfollow();
    };
  };

  const firstHead = async (): Promise<Head> => {
    const now = tail.head();
    if (now !== undefined) return now;
    try {
      return await tail.ready(AbortSignal.timeout(PATIENCE_MS));
    } catch (error) {
      throw new InventoryError('dependency_unavailable', 'The log cannot be followed now.', { retry_after_seconds: 1 }, error);
    }
  };

  /** The events that somebody has missed who was there; undefined where the ring does not tell. */
  const missedSince = (after: LogCursor, head: Head): readonly LoggedEvent[] | undefined => {
    if (after.epoch !== head.epoch) return undefined;
    const missed = tail.newest.after(after.position, MOST_MISSED);
    return missed?.length === MOST_MISSED ? undefined : missed;
  };

  const openAvailability = async (
    asked: Extract<Asked, { view: 'availability' }>, session: Session, head: Head, leave: () => void,
  ): Promise<Begin> => {
    const { scope, levelsOnly, after } = asked;
    const { role, storeIds } = session.actor;
    const watch: Watch = {
      scope, levelsOnly, isStaff: (store) => mayFollow(session.actor, store),
      key: JSON.stringify([questionText(asked), role, [...storeIds].sort()]),
    };
    const entry = hub.enter(watch);
    const leaveAll = (): void => {
      entry.leave();
      leave();
    };
    try {
      const missed = after === undefined ? undefined : missedSince(after, head);
      if (missed !== undefined) entry.replay(missed);
      let read = missed === undefined ? await readSnapshot(db, scope) : undefined;
      return (res) => {
        const snapshot = read;
        // What follows lives as long as the line, and the rows must not.
        read = undefined;
        let forget = (): void => undefined;
        const line = createLine(res, telemetry, () => {
          forget();
          leaveAll();
        });
        if (line.closed()) return;
        if (stopping) {
          sayGoodbye(line, 'DRAIN');
          return;
        }
        const rows = new Map(snapshot?.rows.map((facts) => [facts.id, rowOf(facts, rules.lowStock)]));
        if (snapshot !== undefined) {
          const reason = snapshot.epoch !== after?.epoch ? 'EPOCH' : 'TOO_OLD';
          if (after !== undefined) {
            telemetry.reset(reason);
            line.send(frame('reset', JSON.stringify({ reason })));
          }
          const shown = [...rows.values()].map((row) => show(row, watch));
          line.send(frame('snapshot', `{"as_of":"${snapshot.asOf.toISOString()}","rows":[${shown.join(',')}]}`, { id: cursorAt(head) }));
        }
        forget = viewers.add({
          session, line, endsWithEpoch: true, idAt: (now) => (entry.upToDate() ? cursorAt(now) : undefined),
        });
        entry.begin(line, rows, snapshot?.newest ?? 0);
        // The log became another one meanwhile: what was read is not what follows.
        if (tail.head()?.epoch !== (snapshot?.epoch ?? head.epoch)) sayReset(line);
      };
    } catch (error) {
      leaveAll();
      throw error;
    }
  };

  const openLog = (asked: Extract<Asked, { view: 'events' }>, session: Session, head: Head, leave: () => void): Begin => {
    const view = createLogView({ tail, db, telemetry, databaseNowMs, log }, asked, asked.after ?? { epoch: head.epoch, position: head.position });
    return (res) => {
      const over = new AbortController();
      let forget = (): void => undefined;
      const line = createLine(res, telemetry, () => {
        over.abort();
        view.leave();
        forget();
        leave();
      });
      if (line.closed()) return;
      if (stopping) {
        sayGoodbye(line, 'DRAIN');
        return;
      }
      forget = viewers.add({ session, line, endsWithEpoch: false, idAt: () => logCursors.encode(asked.filters, view.place()) });
      void view.run(line, over.signal);
    };
  };

  return {
    open: async (asked, session) => {
      if (stopping) return (res) => { sayGoodbye(createLine(res, telemetry, () => undefined), 'DRAIN'); };
      const leave = enter(session.user, asked.view);
      try {
        const head = await firstHead();
        return asked.view === 'events' ? openLog(asked, session, head, leave) : await openAvailability(asked, session, head, leave);
      } catch (error) {
        leave();
        throw error;
      }
    },
    stop: async () => {
      stopping = true;
      await viewers.stop();
    },
  };
}
