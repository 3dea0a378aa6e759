/**
 * `relay reconcile --promoted`: a person, or the hook of a failover tool, accepts the server that the log is on now. That
 * nothing was lost cannot be proven from what is left: what was acknowledged and neither published nor sealed leaves no trace.
 * What can be proven is refused: a stream that knows more than the log.
 */
import { sql } from 'kysely';
import type { NatsConnection } from 'nats';
import { inTransaction } from '@inventory/db/pool.ts';
import type { Database } from '@inventory/db/pool.ts';
import { STREAM } from '@inventory/domain/subjects.ts';
import { compare } from '../reconcile/compare.ts';
import { managerOf } from '../stream/jetstream.ts';
import { describeStream, streamInfo } from '../stream/stream.ts';
import type { ReconcileOutput } from './reconcile-output.ts';

interface PromotedDeps {
  readonly db: Database;
  readonly nats: NatsConnection;
  readonly output: ReconcileOutput;
  /** Works while it leads; the signal aborts when the lead is lost. */
  readonly lead: (work: (signal: AbortSignal) => Promise<number>) => Promise<number>;
}

/** Where the log went on on the server that answers. */
interface Fork {
  readonly epoch: number;
  readonly server: string;
  readonly newest: number;
}

/** The fork that nobody has accepted yet; undefined on the accepted server. */
async function readFork(db: Database): Promise<Fork | undefined> {
  const { rows: [fork] } = await sql<Fork>`
    SELECT f.epoch, f.server, f.newest_position AS newest FROM log_forks f JOIN log_epoch e USING (epoch)
    WHERE f.server = current_setting('inventory.server', true) AND f.server <> e.server`.execute(db);
  return fork;
}

/** @returns the exit code: 0 the server is accepted, or was before */
export async function promoted(deps: PromotedDeps, { yes }: { readonly yes: boolean }): Promise<number> {
  const { db, nats, output, lead } = deps;
  const fork = await readFork(db);
  if (fork === undefined) {
    await describe(deps);
    return output.end({});
  }
  output.forked(fork.newest);
  if (!yes) return output.end({ refused: 'nothing was changed: --yes accepts this server' });
  return lead(async (signal) => {
    const { streams } = await managerOf(nats);
    const info = await streamInfo(streams);
    let strange = 0;
    if (info !== undefined) {
      for await (const findings of compare({ db, nats, signal }, info)) {
        const those = findings.filter(({ kind }) => kind === 'unknown');
        those.forEach(output.found);
        strange += those.length;
      }
      const { last_seq: last } = info.state;
      const message = last === 0 ? undefined : await streams.getMessage(STREAM, { seq: last });
      if (Number(message?.header.get('ce-sequence')) > fork.newest) strange += 1;
    }
    if (strange > 0) {
      return output.end({ refused: 'the stream knows events that this server does not have; see --restored' });
    }
    output.epoch(await accept(db, fork));
    await describe(deps);
    return output.end({ repaired: 0 });
  });
}

/** Begins an epoch on the server that answers: the view moves to new keys, and cursors from before the fork go on. */
function accept(db: Database, { server }: Fork): Promise<number> {
  return inTransaction(db, async (trx) => {
    const { epoch } = await trx.updateTable('log_epoch')
      .set({ epoch: sql`epoch + 1`, server, raised_at: sql`clock_timestamp()`, reason: 'relay reconcile --promoted' })
      .returning('epoch').executeTakeFirstOrThrow();
    await trx.updateTable('log_forks').set({ accepted_epoch: epoch })
      .where('epoch', '=', epoch - 1).where('server', '=', server).execute();
    await trx.updateTable('relay_stream').set({ epoch }).where('name', '=', STREAM).execute();
    return epoch;
  });
}

/** Writes the epoch of the log into the stream's description: processes that still talk to the former primary stop by it. */
async function describe({ db, nats }: PromotedDeps): Promise<void> {
  const noted = await db.selectFrom('relay_stream').select('epoch').where('name', '=', STREAM).executeTakeFirst();
  if (noted === undefined) return;
  await (await managerOf(nats)).streams.update(STREAM, { description: describeStream(noted.epoch) });
}
