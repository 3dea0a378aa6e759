/** `relay reconcile`: compares the stream with the log, and repairs it. */
import type { Command } from 'commander';
import type { NatsConnection } from 'nats';
import { sql } from 'kysely';
import { serverHere } from '@inventory/db/known-server.ts';
import type { Database } from '@inventory/db/pool.ts';
import type { KeptErasure } from '@inventory/domain/kept-erasures.ts';
import { quiet, withNats } from '@inventory/runtime/cli/connections.ts';
import { UsageError } from '@inventory/runtime/cli/usage.ts';
import { untilStopped } from '@inventory/runtime/stop-signal.ts';
import type { RelayConfig } from '../config.ts';
import { databaseOf, withDatabase } from './database.ts';
import { compare } from '../reconcile/compare.ts';
import type { Finding } from '../reconcile/compare.ts';
import type { Leadership } from '../leader/election.ts';
import { whileLeading } from '../term/take-the-lead.ts';
import { promoted } from './promoted.ts';
import { createReconcileOutput } from './reconcile-output.ts';
import type { Begin, ReconcileOutput } from './reconcile-output.ts';
import { applyErasures, erasureIn, readKeptErasures } from '../reconcile/erasures.ts';
import type { ToldErasure } from '../reconcile/erasures.ts';
import { renewStream, repairStream } from '../reconcile/repair.ts';
import type { RepairDeps } from '../reconcile/repair.ts';
import { STREAM } from '@inventory/domain/subjects.ts';
import { managerOf } from '../stream/jetstream.ts';
import { standingOf, StreamConflict, streamDrift, streamInfo } from '../stream/stream.ts';
import { saveUnknown } from '../reconcile/save-unknown.ts';

interface Options {
  readonly repair?: true;
  readonly restored?: true;
  readonly promoted?: true;
  readonly yes?: true;
  readonly save?: string;
  /** A file, or false where somebody says that there are none. */
  readonly erasures?: string | false;
  readonly json?: true;
}

/** Adds the command to the program; it sets the exit code. */
export function addReconcileCommand(program: Command): void {
  program.command('reconcile')
    .description('compare every event id with the stream; exit 1 when they differ')
    .option('--repair', 'publish missing events again; if the stream is gone or empty, into a new one')
    .option('--restored', 'the database was restored, or the stream is foreign: raise the epoch, make a new stream')
    .option('--promoted', 'a standby was promoted, or the server was upgraded: show what came along; with --yes accept it')
    .option('--yes', 'with --promoted: accept the server; with --restored: even where stream and log agree')
    .option('--save <file>', 'with --restored: the file for messages that the log does not know')
    .option('--erasures <file>', 'with --restored: customers who were erased since the backup, by npm run erasures -- export')
    .option('--no-erasures', 'with --restored: nobody was erased since the backup')
    .option('--json', 'one JSON object a line: each finding, then a summary')
    .addHelpText('after', `
Without an option it only reads, while everything runs. It finds
  missing    events that were published and are not in the stream, though young enough to be there
  unknown    messages of ours whose event the log does not know: after a restore of the database
  copy       messages whose event is at another sequence: somebody has published it again
  foreign    messages that bear no id of ours: somebody else publishes into the stream
The last two are listed and are no difference. A stream with another configuration than the relay makes is reported as drift, which is not a difference.

--repair takes the lead for as long as it works. Missing events are published behind the end of the stream, with the
header "Repair: true". --restored raises the epoch of the log (the view moves to new keys, cursors of the feed end with
410), saves unknown messages, DELETES the stream and makes a new one with the last seven days. Both may be repeated.
A backup still knows customers who were erased since, so --restored does nothing before it is told of them, by --erasures or --no-erasures. Those
of whom the stream itself tells are forgotten in any case.

--promoted --yes accepts the PostgreSQL that the log is on now, which is another one than before: it begins a new epoch, the
view is rebuilt, cursors of the feed from before go on. It refuses where the stream knows more than this server, which is
what --restored is for. The hook of a failover tool may call it. Where nothing is to be accepted it ends with 0.
Exit codes: 0 they agree, or do now; 1 they differ; 2 wrong usage or configuration.`)
    .action((options: Options) => withDatabase((db, config) => reconcileCommand(db, config, options)));
}

interface Deps {
  readonly db: Database;
  readonly nats: NatsConnection;
  readonly config: RelayConfig;
  readonly output: ReconcileOutput;
  readonly signal: AbortSignal;
}

/** @returns the exit code. @throws {UsageError} */
async function reconcileCommand(db: Database, config: RelayConfig, options: Options): Promise<number> {
  const verbs = [options.repair, options.restored, options.promoted].filter((given) => given === true);
  if (verbs.length > 1) throw new UsageError('one of --repair, --restored and --promoted');
  if (options.yes === true && (verbs.length === 0 || options.repair === true)) throw new UsageError('--yes goes with --promoted or --restored');
  if (options.save !== undefined && options.restored !== true) throw new UsageError('--save goes with --restored');
  const { erasures } = options;
  if (erasures !== undefined && options.restored !== true) throw new UsageError('--erasures and --no-erasures go with --restored');
  if (options.restored === true && erasures === undefined) {
    throw new UsageError('--restored has to know who was erased since the backup: --erasures FILE, which npm run erasures -- export has written, or --no-erasures');
  }
  const kept = erasures === undefined || erasures === false ? [] : await readKeptErasures(db, erasures);
  return untilStopped('interrupted; the command may be repeated', (signal) =>
    withNats({ url: config.NATS_URL, name: 'relay-reconcile' }, (nats) => {
      const output = createReconcileOutput({ json: options.json === true });
      const deps: Deps = { db, nats, config, output, signal };
      if (options.repair === true) return repair(deps);
      if (options.promoted === true) return accept(deps, options.yes === true);
      return options.restored === true ? restored(deps, { save: options.save, yes: options.yes === true, kept }) : look(deps);
    }));
}

/** The stream and what it is to this log, apart from its messages. */
async function readStanding({ db, nats, config }: Deps): Promise<Begin> {
  const info = await streamInfo((await managerOf(nats)).streams);
  const { state, epoch, problem, vacant } = await standingOf(db, info);
  return {
    info, epoch, vacant,
    drift: info === undefined ? [] : streamDrift(info, { replicas: config.STREAM_REPLICAS }),
    conflict: state === 'conflict' ? problem : undefined,
  };
}

async function look(deps: Deps): Promise<number> {
  const { db, nats, output, signal } = deps;
  const standing = await readStanding(deps);
  const { info } = standing;
  output.begin(standing);
  if (info !== undefined) {
    for await (const findings of compare({ db, nats, signal }, info)) for (const found of findings) output.found(found);
  }
  return output.end({});
}

async function repair(deps: Deps): Promise<number> {
  const { config, output } = deps;
  const before = await readStanding(deps);
  output.begin(before);
  if (before.conflict !== undefined && !before.vacant) return output.end({ refused: `${before.conflict}; see --restored` });
  if (before.conflict === undefined && before.info === undefined) return output.end({});
  return whileLeading({ ...databaseOf(config), instance: 'reconcile', log: quiet }, async (leadership) => {
    const work = await workOf(deps, leadership);
    // Once more, now that no relay can change it.
    const { vacant, epoch } = await readStanding(deps);
    if (vacant) await renewStream(work, epoch);
    try {
      return output.end(await repairStream(work));
    } catch (error) {
      if (!(error instanceof StreamConflict)) throw error;
      return output.end({ refused: `${error.message}; see --restored` });
    }
  });
}

async function accept(deps: Deps, yes: boolean): Promise<number> {
  const { db, nats, config, output, signal } = deps;
  output.begin(await readStanding(deps));
  return promoted({
    db, nats, output,
    lead: (work) => whileLeading({ ...databaseOf(config), instance: 'reconcile', log: quiet },
      ({ signal: led }) => work(AbortSignal.any([signal, led]))),
  }, { yes });
}

interface Restored { readonly save: string | undefined; readonly yes: boolean; readonly kept: readonly KeptErasure[] }

async function restored(deps: Deps, { save, yes, kept }: Restored): Promise<number> {
  const { db, nats, config, output, signal } = deps;
  const before = await readStanding(deps);
  output.begin(before);
  return whileLeading({ ...databaseOf(config), instance: 'reconcile', log: quiet }, async (leadership) => {
    const { info, conflict } = await readStanding(deps);
    let unknown = 0;
    if (info !== undefined) {
      for await (const findings of compare({ db, nats, signal }, info)) {
        unknown += findings.filter(({ kind }: Finding) => kind === 'unknown').length;
      }
    }
    if (unknown === 0 && conflict === undefined && !yes) {
      // Also where the stream knows of nobody: it may be gone, or as old as the backup.
      if (kept.length > 0) output.forgotten(await applyErasures(db, kept), kept.length);
      return output.end({
        refused: `the stream is ours and knows no more than the log; nothing ${kept.length > 0 ? 'else ' : ''}was changed (--yes insists)`,
      });
    }
    const work = await workOf(deps, leadership);
    const led = leadership.signal;
    const told: ToldErasure[] = [];
    if (info !== undefined) {
      const file = save ?? `inventory-unknown-${new Date().toISOString().replaceAll(/[:.]/g, '-')}.jsonl`;
      output.saved(file, await saveUnknown({ db, nats, signal: led }, {
        last: info.state.last_seq, file, stream: String(info.created), onUnknown: (message) => { told.push(...erasureIn(message)); },
      }));
    }
    output.forgotten(await applyErasures(db, [...kept, ...told]), kept.length + told.length);
    const { epoch } = await db.updateTable('log_epoch')
      .set({ epoch: sql`epoch + 1`, raised_at: sql`clock_timestamp()`, reason: 'relay reconcile --restored', server: serverHere })
      .returning('epoch').executeTakeFirstOrThrow();
    output.epoch(epoch);
    if (info !== undefined) await work.jsm.streams.delete(STREAM);
    await renewStream(work, epoch);
    return output.end(await repairStream(work));
  });
}

async function workOf(
  { db, nats, config, output, signal }: Deps, { lead, db: session, signal: led }: Leadership,
): Promise<RepairDeps> {
  return {
    db, session, lead, nats, replicas: config.STREAM_REPLICAS, onFinding: output.found,
    jsm: await managerOf(nats),
    signal: AbortSignal.any([signal, led]),
  };
}
