/**
 * What the stream has brought since the last cycle of sealing: positions whose events are in the view, so that sealing need not
 * read and write them a second time. [Each event was written twice; docs/benchmarks.md has what that cost.]
 *
 * Sealing may rely on a position only if the write went into the Redis that it seals. The two have a connection each, which
 * might lead to different servers during a failover. So each position carries the source (view/source.ts) that its own
 * connection had named before the write, and it counts only where the cycle finds the same one:
 *
 *   - a connection leads to one process of Redis for as long as it lives, and a new one has to name its source first;
 *   - a process whose data are replaced by another's gets another replication id, and none comes back.
 *
 * What Redis has lost without that, to a FLUSHALL, has taken P with it, and the view is rebuilt from tables that hold
 * what was brought before.
 */
import type { Redis } from '@inventory/runtime/redis/link.ts';
import { readSource } from '@inventory/view/source.ts';

/** A connection while it lives, and what it leads to. */
interface Way { readonly source: string }

/** Positions in ranges, for one cycle. */
export interface BroughtPositions {
  readonly epoch: string;
  readonly source: string;
  /** Ascending, each once. */
  readonly positions: readonly number[];
}

export interface Brought {
  /** Where a write goes that is sent now; undefined while that is not known. */
  way(): Way | undefined;
  /** The events at these positions are in the view of the epoch: their writes, sent on this way, were answered. */
  add(way: Way | undefined, epoch: string, positions: readonly number[]): void;
  /** What was added since it was asked last, of the newest epoch and way. */
  take(): BroughtPositions | undefined;
}

/** Positions that are kept for a cycle; sealing reads the others itself. */
const MOST = 10_000;

/** Follows the connection on which events are written. */
export function createBrought(redis: Redis): Brought {
  let current: Way | undefined;
  let of: { readonly way: Way; readonly epoch: string; readonly positions: number[] } | undefined;

  const ask = (): void => {
    // A connection that was lost meanwhile rejects; the next one is asked anew.
    readSource(redis).then((source) => { current = { source }; }, () => undefined);
  };
  redis.on('ready', ask);
  redis.on('close', () => { current = undefined; });
  if (redis.status === 'ready') ask();

  return {
    way: () => current,
    add: (way, epoch, positions) => {
      if (way === undefined || way !== current) return;
      if (of?.way !== way || of.epoch !== epoch) of = { way, epoch, positions: [] };
      if (of.positions.length + positions.length <= MOST) of.positions.push(...positions);
    },
    take: () => {
      if (of === undefined) return undefined;
      const { way, epoch, positions } = of;
      of = undefined;
      return { epoch, source: way.source, positions: [...new Set(positions)].sort((a, b) => a - b) };
    },
  };
}
