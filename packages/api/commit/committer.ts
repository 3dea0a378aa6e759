/**
 * Group commit. Commands that arrive while a transaction is running wait; when it ends, all that wait become the next
 * transaction. No command waits on a timer: an idle lane starts at once, and the batch grows by itself with the load. One
 * lane a process was the fastest [1 lane 11 600 commands a second, 4 lanes 9 200, on 2 cores].
 */
import { createNotifier } from '@inventory/db/listen.ts';
import { EVENTS_CHANNEL } from '@inventory/db/events.ts';
import type { ConnectionOptions } from '@inventory/db/session/connection.ts';
import { classify } from '@inventory/db/sqlstate.ts';
import { InventoryError } from '@inventory/domain/errors.ts';
import { DEFAULT_LIMITS } from '@inventory/domain/limits.ts';
import type { Limits } from '@inventory/domain/limits.ts';
import type { Logger } from '@inventory/runtime/log.ts';
import type { Metrics } from '@inventory/runtime/metrics.ts';
import { createPolicy, PolicyError } from '@inventory/runtime/policies.ts';
import type { Command, RefusedDemand, SettledCommand } from './command.ts';
import { createKnownCustomers } from './customers.ts';
import type { Pseudonym } from './names.ts';
import type { Result } from './group.ts';
import { createLane } from './lane.ts';
import type { Lane } from './lane.ts';
import { createQueue } from './queue.ts';
import { traceCommit } from './tracing.ts';
import { OutcomeUnknown, problemOf } from './transaction.ts';
import { FIRST_VERSIONS } from './write.ts';
import type { WrittenFormats } from './write.ts';

/** A backstop: the connection's own time-outs end an attempt much earlier. */
const BACKSTOP_MS = 20_000;

interface CommitterDeps extends ConnectionOptions {
  readonly lanes: number;
  /** Commands that one transaction takes, at most; 128 where it is left out. */
  readonly maxCommands?: number;
  /** What one customer may hold and buy; generous defaults where they are left out. */
  readonly limits?: Limits;
  /** In which versions events are written: version 1 of each type where it is left out, which every release reads. */
  readonly formats?: WrittenFormats;
  /** Hides what clients have chosen; nothing is hidden where it is left out. */
  readonly pseudonym?: Pseudonym;
  readonly newId: () => string;
  /** Told of demand that was refused for want of stock, after its refusal is certain. */
  readonly onRefusedDemand?: (demand: readonly RefusedDemand[]) => void;
  readonly log: Logger;
  readonly metrics: Metrics;
}

export interface Committer {
  /**
   * Commits one command, together with all that wait. A command object is submitted once.
   * @throws {InventoryError} overloaded, dependency_unavailable, lock_timeout, outcome_unknown, internal_error
   */
  submit(command: Command): Promise<SettledCommand>;
  /**
   * Resolves when a change could be committed on each lane that is idle. A lane that is at work shows it by its work.
   * @throws what Postgres or the breaker says where it could not
   */
  prove(): Promise<void>;
  /** Lets everything that waits finish, then closes the connections. */
  stop(): Promise<void>;
}

interface Waiting {
  readonly command: Command;
  readonly resolve: (settled: SettledCommand) => void;
  readonly reject: (error: InventoryError) => void;
}

/** Makes the lanes, without connecting yet. */
export function createCommitter(deps: CommitterDeps): Committer {
  const { url, applicationName, identity, observe, log, metrics, newId, limits = DEFAULT_LIMITS, formats = FIRST_VERSIONS, pseudonym, onRefusedDemand } = deps;
  const connection: ConnectionOptions = {
    url, applicationName, ...(identity === undefined ? {} : { identity }),
    ...(observe === undefined ? {} : { observe }),
  };
  const sizes = metrics.histogram({
    name: 'commit_batch_commands', help: 'Commands in one transaction', buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256],
  });
  const transactions = metrics.counter({
    name: 'commit_batches_total', help: 'Group commits by outcome', labels: ['outcome'],
  });
  const notifier = createNotifier({ ...connection, channel: EVENTS_CHANNEL });
  const policy = createPolicy({
    name: 'postgres-write',
    timeoutMs: BACKSTOP_MS,
    // The first lost batch opens it: those that wait must not find out one by one, four seconds each.
    breaker: { failures: 1, resetMs: 500 },
    isFailure: (error) => error instanceof OutcomeUnknown || classify(error) === 'unavailable',
    log,
    metrics,
  });
  const queue = createQueue<Waiting>(deps.maxCommands);
  const running = new Set<Promise<unknown>>();
  const known = createKnownCustomers();
  const lanes = Array.from({ length: deps.lanes }, () => createLane({
    ...connection, newId, limits, formats, known, ...(pseudonym === undefined ? {} : { pseudonym }), ...(onRefusedDemand === undefined ? {} : { onRefusedDemand }),
  }));
  const idle = [...lanes];
  let stopped = false;

  const runLane = async (lane: Lane): Promise<void> => {
    // Commands that arrive in this turn of the event loop come along.
    await new Promise((resolve) => { setImmediate(resolve); });
    for (;;) {
      const batch = queue.take();
      if (batch.length === 0) return;
      sizes.observe(batch.length);
      await commitThrough(lane, batch);
      notifier.notify();
    }
  };

  /** Gives every command of the batch an answer. Never rejects. */
  const commitThrough = async (lane: Lane, batch: readonly Waiting[]): Promise<void> => {
    const results = new Map<Command, Result>();
    const commands = batch.map(({ command }) => command);
    let problem = problemOf(new Error('no result'));
    try {
      await traceCommit(commands.map(({ metadata }) => metadata.traceparent), () =>
        policy.execute((signal) => lane.commit({ results, signal }, commands)));
      transactions.inc({ outcome: 'committed' });
    } catch (error) {
      lane.discard();
      problem = problemOf(error);
      transactions.inc({ outcome: problem.code === 'outcome_unknown' ? 'unknown' : 'failed' });
      if (!(error instanceof PolicyError)) log.warn('a group commit failed', { error, commands: batch.length });
    }
    for (const { command, resolve, reject } of batch) {
      const result = results.get(command) ?? problem;
      if (!(result instanceof InventoryError)) {
        resolve(result);
        continue;
      }
      if (result.code === 'internal_error') log.error('a command could not be committed', { error: result });
      reject(result);
    }
  };

  /** Keeps a lane that is no longer idle at a piece of work that never rejects. */
  const keepAt = <T>(lane: Lane, work: Promise<T>): Promise<T> => {
    const busy: Promise<T> = work.finally(() => {
      idle.push(lane);
      running.delete(busy);
      if (queue.size() > 0) wake();
    });
    running.add(busy);
    return busy;
  };

  function wake(): void {
    const lane = idle.pop();
    if (lane !== undefined) void keepAt(lane, runLane(lane));
  }

  /** @returns why it could not, if it could not */
  const proveOn = (lane: Lane): Promise<unknown> => policy.execute(() => lane.prove()).then(() => undefined, (error: unknown) => {
    if (!(error instanceof PolicyError)) lane.discard();
    return error;
  });

  return {
    submit: (command) => new Promise((resolve, reject) => {
      if (stopped) {
        reject(new InventoryError('dependency_unavailable', 'This process is shutting down.', { retry_after_seconds: 1 }));
      } else if (policy.state() !== 'closed' && idle.length === 0) {
        // A batch probes the database already; the others are better off with a clear answer at once.
        reject(new InventoryError('dependency_unavailable', 'The database does not answer.', { retry_after_seconds: 1 }));
      } else if (queue.add({ command, resolve, reject })) {
        wake();
      } else {
        reject(new InventoryError('overloaded', 'Too many changes are waiting.', { retry_after_seconds: 1 }));
      }
    }),
    prove: async () => {
      if (stopped) return;
      const reasons = await Promise.all(idle.splice(0).map((lane) => keepAt(lane, proveOn(lane))));
      const reason = reasons.find((each) => each !== undefined) ?? (policy.state() === 'open' ? new Error('the last change failed') : undefined);
      if (reason !== undefined) throw reason;
    },
    stop: async () => {
      stopped = true;
      while (running.size > 0) await Promise.all(running);
      await Promise.all(lanes.map((lane) => lane.close()));
      await notifier.stop();
    },
  };
}
