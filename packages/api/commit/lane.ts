/** A lane: one connection in pipeline mode, on which one batch is committed after the other. */
import { randomBytes } from 'node:crypto';
import { endConnection } from '@inventory/db/session/connection.ts';
import type { ConnectionOptions } from '@inventory/db/session/connection.ts';
import { openClient } from '@inventory/db/session/open.ts';
import { PLANNED_ONCE } from '@inventory/db/prepared.ts';
import { PROVE_WRITE } from '@inventory/db/process-reports.ts';
import { traceStatements } from '@inventory/db/tracing.ts';
import type pg from 'pg';
import type { Command } from './command.ts';
import { commitGroup } from './group.ts';
import type { Batch } from './group.ts';
import type { Session } from './transaction.ts';

/** Every statement of a lane finds its rows by key, however many there are, and is planned only once. */
export const LANE_SETTINGS = PLANNED_ONCE;

/** How long a commit is proof enough. */
const PROOF_MS = 2000;
/** More than a page of the table, and nothing that can be compressed. */
const PROOF_BYTES = 12_000;

interface LaneDeps extends ConnectionOptions, Omit<Session, 'client'> {}

export interface Lane {
  /** Commits the commands and notes their results in the batch. One call at a time. @throws as commitGroup does */
  commit(batch: Batch, commands: readonly Command[]): Promise<void>;
  /**
   * Shows that a change could be committed on this connection now: by one that was a moment ago, or by writing a row that
   * nobody reads, with as much in it as needs room on the disk.
   */
  prove(): Promise<void>;
  /** Forgets the connection: the next batch gets a new one. */
  discard(): void;
  close(): Promise<void>;
}

/** The connection is made when it is first needed, and again after it was lost. */
export function createLane(deps: LaneDeps): Lane {
  const { url, applicationName, identity, observe } = deps;
  const connection = {
    url, applicationName, ...(identity === undefined ? {} : { identity }), ...(observe === undefined ? {} : { observe }),
    settings: LANE_SETTINGS,
  };
  let client: pg.Client | undefined;
  let provenAt = -Infinity;

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
    commit: async (batch, commands) => {
      await commitGroup({ ...deps, client: await connected() }, batch, commands);
      provenAt = performance.now();
    },
    prove: async () => {
      if (client !== undefined && performance.now() - provenAt < PROOF_MS) return;
      await (await connected()).query({ ...PROVE_WRITE, values: [deps.applicationName, randomBytes(PROOF_BYTES).toString('base64')] });
    },
    discard: () => {
      if (client !== undefined) void endConnection(client);
      client = undefined;
    },
    close: async () => { if (client !== undefined) await endConnection(client); },
  };
}
