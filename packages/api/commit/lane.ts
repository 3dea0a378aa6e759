/** A lane: one connection in pipeline mode, on which one batch is committed after the other. */
import { endConnection } from '@inventory/db/session/connection.ts';
import type { ConnectionOptions } from '@inventory/db/session/connection.ts';
import { openClient } from '@inventory/db/session/open.ts';
import { traceStatements } from '@inventory/db/tracing.ts';
import type pg from 'pg';
import type { Command } from './command.ts';
import { commitGroup } from './group.ts';
import type { Batch } from './group.ts';
import type { Session } from './transaction.ts';

/**
 * Every statement of a lane finds its rows by key, however many there are: no statistics, of an empty table or of a list
 * of a thousand items, may talk the planner into reading a whole table. Each statement is planned only once, too.
 * Without jit: no index can answer last_value of the sequence, which looks so dear then that Postgres compiles it
 * [70 to 120 ms a commit instead of 7].
 */
export const LANE_SETTINGS = { plan_cache_mode: 'force_generic_plan', enable_seqscan: 'off', jit: 'off' } as const;

interface LaneDeps extends ConnectionOptions, Omit<Session, 'client'> {}

export interface Lane {
  /** Commits the commands and notes their results in the batch. One call at a time. @throws as commitGroup does */
  commit(batch: Batch, commands: readonly Command[]): Promise<void>;
  /** Forgets the connection: the next batch gets a new one. */
  discard(): void;
  close(): Promise<void>;
}

/** The connection is made when it is first needed, and again after it was lost. */
export function createLane(deps: LaneDeps): Lane {
  const { url, applicationName, observe } = deps;
  const connection = { url, applicationName, ...(observe === undefined ? {} : { observe }), settings: LANE_SETTINGS };
  let client: pg.Client | undefined;

  const connected = async (): Promise<pg.Client> => {
    if (client !== undefined) return client;
    const fresh = await openClient(connection, { pipeline: true });
    const forget = (): void => { if (client === fresh) client = undefined; };
    fresh.on('error', forget);
    fresh.on('end', forget);
    traceStatements(fresh);
    client = fresh;
    return fresh;
  };

  return {
    commit: async (batch, commands) => commitGroup({ ...deps, client: await connected() }, batch, commands),
    discard: () => {
      if (client !== undefined) void endConnection(client);
      client = undefined;
    },
    close: async () => { if (client !== undefined) await endConnection(client); },
  };
}
