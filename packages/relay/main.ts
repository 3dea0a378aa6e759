/** The command line of the relay. Exit codes: 0 done, 1 failed, 2 wrong usage or configuration, 130 paused by Ctrl-C. */
import { BOUND_HELP } from '@inventory/db/operating/range.ts';
import { createProgram, runProgram } from '@inventory/runtime/cli/program.ts';
import { runProcess } from '@inventory/runtime/lifecycle.ts';
import { relayConfig } from './config.ts';
import { withDatabase } from './cli/database.ts';
import { addParkedCommand } from './cli/parked.ts';
import { addReconcileCommand } from './cli/reconcile.ts';
import { addReplayManagement } from './cli/replay-manage.ts';
import { replayCommand } from './cli/replay.ts';
import type { ReplayOptions } from './cli/replay.ts';
import { startRelay } from './cli/run.ts';
import { statusCommand } from './cli/status.ts';
import { addWatchCommand } from './cli/watch.ts';

/** The whole command line; a test compares the documents with it. */
export const program = createProgram(
  'relay', 'Publishes the event log to the NATS stream INVENTORY: each event once, in the order of the log.',
)
  .addHelpText(
    'after',
    '\nThe configuration comes from the environment: DATABASE_URL and NATS_URL; `relay run --print-config` shows all of it.\n'
      + 'Exit codes: 0 done, 1 failed, 2 wrong usage or configuration, 130 paused by Ctrl-C.',
  );

program.command('run')
  .description('publish, or stand by for the relay that does, until SIGTERM; any number may run')
  .option('--print-config', 'print the configuration, without secrets, and end')
  .action((options: { printConfig?: true }) => runProcess({
    name: 'relay', spec: relayConfig, argv: options.printConfig === true ? ['--print-config'] : [], start: startRelay,
  }));

const replay = program.command('replay')
  .enablePositionalOptions()
  .description('publish a range of the log again, to a stream of its own: REPLAY_<id>, subjects replay.<id>.>')
  .option('--from <where>', BOUND_HELP)
  .option('--to <where>', 'the same, inclusive; without it, up to the settled position of the log')
  .option('--type <patterns...>', 'only these event types: stock.updated, or reservation.*')
  .option('--store <ids...>', 'only these stores')
  .option('--product <ids...>', 'only these products')
  .option('--rate <events>', 'events a second, at most')
  .option('--max-bytes <bytes>', 'pause when its stream has this size')
  .option('--durable <names...>', 'make durable pull consumers in its stream, for teams that may not make them there')
  .option('--dry-run', 'show the plan and end')
  .option('--resume <id>', 'go on with a replay that was paused or killed')
  .option('--json', 'one JSON object a line instead of text')
  .addHelpText(
    'after',
    '\nCtrl-C pauses a replay. Neither that nor kill -9 loses or doubles an event. Equal digests mean equal replays.\n'
      + 'Examples:\n  relay replay --from 2h --type stock.* --store MAD-001\n'
      + '  relay replay --from position:1200 --to position:1400 --dry-run\n  relay replay ls',
  )
  .action((options: ReplayOptions) => withDatabase((db, config) => replayCommand(db, config, options)));

program.command('status')
  .description('which relay leads, which stand by, and how far behind publishing is; exit 1 when something is wrong')
  .option('--json', 'as JSON')
  .action((options: { json?: true }) => withDatabase((db, config) => statusCommand(db, config, options)));

addReplayManagement(replay);
addParkedCommand(program);
addReconcileCommand(program);
addWatchCommand(program);

if (import.meta.main) await runProgram(program);
