/**
 * Who publishes. One relay leads, any number stand by.
 *
 *                     lock granted, term raised
 *     ┌─────────┐ ───────────────────────────────► ┌────────┐ ── beats relay_leader every 500 ms
 *  ──►│ standby │                                  │ leader │
 *     └─────────┘ ◄─────────────────────────────── └────────┘
 *        │   ▲      session lost, no beat answered
 *        │   │      for 4 s, or a higher term seen
 *        └───┘
 *    every second: is the holder silent? → end its session
 *
 * The lock is a session advisory lock, so it cannot outlive its holder. When the process dies, its connection closes,
 * Postgres ends the session and grants the lock to a standby, which waits inside the lock call [12 to 34 ms]. That call
 * ends every second by lock_timeout and is made again, because a waiting statement pins a snapshot and holds up vacuum.
 *
 * A holder that is frozen, or cut off behind a half-open connection, keeps its session for as long as Postgres believes
 * in it. Hence the beat, on the lock's own session: a standby that sees neither a beat nor any activity of the holder's
 * backend for 5 s ends that backend. The holder gives up after 4 s without an answer to its beat, so on its side of a
 * partition it has stopped before another relay begins.
 *
 * This makes two leaders rare, and not impossible: a frozen one may wake up in the middle of a batch. Safety lies
 * elsewhere. Everything that decides publishing is written on the lock's own session (fence.ts), which has ended by then, and
 * every message is chained to its predecessor (publish/chain.ts), so the broker refuses what a former leader still sends.
 */
import type { Database } from '@inventory/db/pool.ts';
import type { ConnectionOptions } from '@inventory/db/session/connection.ts';
import { startLoop } from '@inventory/runtime/loop.ts';
import type { Loop, StepOutcome } from '@inventory/runtime/loop.ts';
import type { Logger } from '@inventory/runtime/log.ts';
import { sleep } from '@inventory/runtime/sleep.ts';
import type { Lead } from './fence.ts';
import { openLockSession } from './lock-session.ts';
import type { LockSession } from './lock-session.ts';

const BEAT_MS = 500;

export interface Leadership {
  readonly lead: Lead;
  /** The session of the lock, which alone may write what the lead decides. It ends with the lead. */
  readonly db: Database;
  /** Aborts when the lead is lost or the process stops. The work of leading must end at once. */
  readonly signal: AbortSignal;
  /** When the lock was granted, by performance.now(). */
  readonly grantedAtMs: number;
  /** How long the predecessor had given no sign of life, in ms by the database's clock; undefined for the first term. */
  readonly silentMs: number | undefined;
}

export type Role = 'none' | 'standby' | 'leader';

interface ElectionOptions {
  readonly connection: ConnectionOptions;
  readonly instance: string;
  readonly log: Logger;
  readonly onRole: (role: Role) => void;
  /** Told why the lead was not granted, or was given up. */
  readonly onError: (error: unknown) => void;
  /** Leads until the signal aborts. When it resolves or rejects, the lead is given up and sought again. */
  readonly lead: (leadership: Leadership) => Promise<void>;
}

/** Seeks the lead, leads, and seeks it again when it is lost. `stop` gives the lead up after the batch in hand. */
export function startElection(options: ElectionOptions): Loop {
  return startLoop({
    name: 'leadership',
    step: (signal) => campaign(options, signal),
    idleMs: 0,
    backoff: { minMs: 100, maxMs: 2000 },
    log: options.log,
    onError: options.onError,
  });
}

async function campaign(options: ElectionOptions, stop: AbortSignal): Promise<StepOutcome> {
  const session = await openLockSession(options.connection);
  const signal = AbortSignal.any([stop, session.lost]);
  // The wait for the lock ends at once when the process stops; a leader ends its batch first.
  const end = (): void => { session.close(); };
  stop.addEventListener('abort', end, { once: true });
  // A listener that is added to an aborted signal never fires.
  if (stop.aborted) end();
  try {
    if (!(await session.tryLock())) {
      options.onRole('standby');
      while (!(await session.waitForLock())) {
        const killed = await session.endSilentHolder();
        if (killed !== undefined) {
          options.log.warn('the leader gave no sign of life, its session was ended', { ...killed });
        }
      }
    }
    stop.removeEventListener('abort', end);
    const grantedAtMs = performance.now();
    const { lead, silentMs } = await session.takeOver(options.instance);
    const beating = beat(session, lead.term, signal);
    options.onRole('leader');
    await options.lead({ lead, db: session.db, signal, grantedAtMs, silentMs });
    session.lost.throwIfAborted();
    session.close();
    await beating;
  } catch (error) {
    if (!stop.aborted) throw error;
  } finally {
    stop.removeEventListener('abort', end);
    session.close();
    options.onRole('none');
  }
  return 'more';
}

/** Beats until the session ends, and ends it when a beat is not answered in time or the term is over. */
async function beat(session: LockSession, term: number, signal: AbortSignal): Promise<void> {
  while ((await sleep(BEAT_MS, signal)) === 'slept') {
    try {
      if ((await session.beat(term)) === 'over') {
        session.close(new Error(`another relay has raised the term above ${term}`));
      }
    } catch (error) {
      session.close(new Error('the beat was not answered', { cause: error }));
    }
  }
}
