/**
 * Group commit. Commands that arrive while a transaction is running wait in a lane; when it ends, all that wait become
 * the next transaction. Nobody waits on a timer: an idle lane starts at once, and the batch grows by itself with the
 * load. One lane a process was the fastest where it was measured [1 lane 11 600/s, 4 lanes 9 200/s].
 */
import { createNotifier } from '@inventory/db/listen.ts';
import { EVENTS_CHANNEL } from '@inventory/db/events.ts';
import { clientConfig, endConnection } from '@inventory/db/pool.ts';
import { classify } from '@inventory/db/sqlstate.ts';
import { traceStatements } from '@inventory/db/tracing.ts';
import { InventoryError } from '@inventory/domain/errors.ts';
import { DEFAULT_HOLD_LIMITS } from '@inventory/domain/hold-limits.ts';
import type { HoldLimits } from '@inventory/domain/hold-limits.ts';
import type { Logger } from '@inventory/runtime/log.ts';
import type { Metrics } from '@inventory/runtime/metrics.ts';
import { createPolicy, PolicyError } from '@inventory/runtime/policies.ts';
import pg from 'pg';
import type { Rejection } from '../background/record-refused-demand.ts';
import type { Answer, Command } from './command.ts';
import { commitBatch } from './group.ts';
import type { Result } from './group.ts';
import { createQueue } from './queue.ts';
import { traceCommit } from './tracing.ts';
import { attempt, OutcomeUnknown, problemOf } from './transaction.ts';

/**
 * Every statement of a lane finds its rows by key, however many there are: no statistics, of an empty table or of a list
 * of a thousand items, may talk the planner into reading a whole table. It also plans each statement only once.
 * Without jit: what no index can answer, the sequence's last_value, looks so dear then that Postgres compiles it
 * [70 to 120 ms a commit instead of 7].
 */
export const LANE_SETTINGS = '-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c jit=off';
/** A backstop: the connection's own time-outs end an attempt much earlier. */
const BACKSTOP_MS = 20_000;

export interface CommitterDeps {
  readonly url: string;
  readonly applicationName: string;
  readonly lanes: number;
  /** Commands that one transaction takes, at most; 128 where it is left out. */
  readonly maxCommands?: number;
  /** What one customer may hold at once; a generous default where it is left out. */
  readonly holdLimits?: HoldLimits;
  readonly newId: () => string;
  /** Told of demand that was refused for want of stock, after its refusal is certain. */
  readonly onRejected?: (rejections: readonly Rejection[]) => void;
  readonly log: Logger;
  readonly metrics: Metrics;
}

export interface Committer {
  /**
   * Commits one command, together with whoever else waits. A command is submitted once.
   * @throws {InventoryError} overloaded, dependency_unavailable, lock_timeout, outcome_unknown, internal_error
   */
  submit(command: Command): Promise<Answer>;
  /** Lets everything that waits finish, then closes the connections. */
  stop(): Promise<void>;
}

interface Waiting {
  readonly command: Command;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: InventoryError) => void;
}

export function createCommitter(deps: CommitterDeps): Committer {
  const { log } = deps;
  const sizes = deps.metrics.histogram({
    name: 'commit_batch_commands', help: 'Commands in one transaction', buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256],
  });
  const transactions = deps.metrics.counter({
    name: 'commit_batches_total', help: 'Group commits by outcome', labels: ['outcome'],
  });
  const notifier = createNotifier({ url: deps.url, applicationName: deps.applicationName, channel: EVENTS_CHANNEL });
  const policy = createPolicy({
    name: 'postgres-write',
    timeoutMs: BACKSTOP_MS,
    // The first lost batch opens it: those that wait must not each find out for themselves, four seconds long.
    breaker: { failures: 1, resetMs: 500 },
    isFailure: (error) => error instanceof OutcomeUnknown || classify(error) === 'unavailable',
    log,
    metrics: deps.metrics,
  });
  const queue = createQueue<Waiting>(deps.maxCommands);
  const running = new Set<Promise<void>>();
  const lanes = Array.from({ length: deps.lanes }, () => createLane(deps));
  let stopped = false;

  const runLane = async (lane: Lane): Promise<void> => {
    // Whoever else is in this turn of the event loop comes along.
    await new Promise((resolve) => { setImmediate(resolve); });
    for (;;) {
      const batch = queue.take();
      if (batch.length === 0) return;
      sizes.observe(batch.length);
      await commitThrough(lane, batch);
      notifier.notify();
    }
  };

  /** Gives everybody in the batch an answer. Never rejects. */
  const commitThrough = async (lane: Lane, batch: readonly Waiting[]): Promise<void> => {
    const results = new Map<Command, Result>();
    const commands = batch.map(({ command }) => command);
    let problem = problemOf(new Error('no result'));
    try {
      await traceCommit(commands.map(({ metadata }) => metadata.traceparent), () =>
        policy.execute((signal) => commitBatch({ run: lane.run, results, signal }, commands)));
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

  const wake = (): void => {
    const lane = lanes.find((candidate) => !candidate.busy);
    if (lane === undefined) return;
    lane.busy = true;
    const work = runLane(lane).finally(() => {
      lane.busy = false;
      running.delete(work);
      if (queue.size() > 0) wake();
    });
    running.add(work);
  };

  return {
    submit: (command) => new Promise((resolve, reject) => {
      if (stopped) {
        reject(new InventoryError('dependency_unavailable', 'This process is shutting down.', { retry_after_seconds: 1 }));
      } else if (policy.state() !== 'closed' && lanes.every((lane) => lane.busy)) {
        // Somebody is probing the database already; the others are better off with a clear answer at once.
        reject(new InventoryError('dependency_unavailable', 'The database does not answer.', { retry_after_seconds: 1 }));
      } else if (queue.add({ command, resolve, reject })) {
        wake();
      } else {
        reject(new InventoryError('overloaded', 'Too many changes are waiting.', { retry_after_seconds: 1 }));
      }
    }),
    stop: async () => {
      stopped = true;
      while (running.size > 0) await Promise.all(running);
      await Promise.all(lanes.map((lane) => lane.close()));
      await notifier.stop();
    },
  };
}

interface Lane {
  busy: boolean;
  run: (commands: readonly Command[], skipLocked: boolean) => Promise<readonly (Answer | 'locked')[]>;
  /** Forgets the connection: the next batch gets a new one. */
  discard(): void;
  close(): Promise<void>;
}

/** One connection in pipeline mode, made when it is first needed and again after it was lost. */
function createLane(deps: CommitterDeps): Lane {
  let client: pg.Client | undefined;

  const connected = async (): Promise<pg.Client> => {
    if (client !== undefined) return client;
    const fresh = new pg.Client({ ...clientConfig(deps), pipeline: true, options: LANE_SETTINGS });
    const forget = (): void => { if (client === fresh) client = undefined; };
    fresh.on('error', forget);
    fresh.on('end', forget);
    traceStatements(fresh);
    await fresh.connect();
    client = fresh;
    return fresh;
  };

  return {
    busy: false,
    run: async (commands, skipLocked) =>
      attempt(await connected(), commands, {
        newId: deps.newId, skipLocked, holdLimits: deps.holdLimits ?? DEFAULT_HOLD_LIMITS,
        ...(deps.onRejected === undefined ? {} : { onRejected: deps.onRejected }),
      }),
    discard: () => {
      if (client !== undefined) void endConnection(client);
      client = undefined;
    },
    close: async () => { if (client !== undefined) await endConnection(client); },
  };
}
