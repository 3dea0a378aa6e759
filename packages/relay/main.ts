/** The command line of the relay. Exit codes: 0 done, 1 failed, 2 wrong usage or configuration, 130 paused. */
import { createProgram, runProgram } from '@inventory/runtime/cli/program.ts';
import { runProcess } from '@inventory/runtime/lifecycle.ts';
import { relayConfig } from './config.ts';
import { withDatabase } from './cli/database.ts';
import { addDeadCommand } from './cli/parked.ts';
import { addReconcileCommand } from './cli/reconcile.ts';
import { addReplayManagement } from './cli/replay-manage.ts';
import { replayCommand } from './cli/replay.ts';
import type { ReplayOptions } from './cli/replay.ts';
import { BOUND_HELP } from './replay/range.ts';
import { startRelay } from './cli/run.ts';
import { statusCommand } from './cli/status.ts';
import { addWatchCommand } from './cli/watch.ts';

/** The whole command line, for what holds documents against it. */
export const program = createProgram(
  'relay', 'Publishes the event log to the NATS stream INVENTORY: each event once, in the order of the log.',
)
  .addHelpText(
    'after',
    '\nConfiguration comes from the environment: DATABASE_URL and NATS_URL, see `relay run --print-config`.\n' +
      'Exit codes: 0 done, 1 failed, 2 wrong usage or configuration, 130 paused by Ctrl-C.',
  );

program.command('run')
  .description('lead, or stand by for the one that leads, until SIGTERM; any number may run, one publishes')
  .option('--print-config', 'print the configuration, without secrets, and end')
  .action((options: { printConfig?: true }) => runProcess({
    name: 'relay', spec: relayConfig, argv: options.printConfig === true ? ['--print-config'] : [], start: startRelay,
  }));

const replay = program.command('replay')
  .enablePositionalOptions()
  .description('publish a range of the log again, to a stream of its own: REPLAY_<id>, subjects replay.<id>.>')
  .option('--from <where>', BOUND_HELP)
  .option('--to <where>', 'the same, inclusive; default where the log is settled now')
  .option('--type <patterns...>', 'only these event types: stock.updated, or reservation.*')
  .option('--store <ids...>', 'only these stores')
  .option('--product <ids...>', 'only these products')
  .option('--rate <events>', 'at most so many events a second')
  .option('--max-bytes <bytes>', 'pause when its stream is that large')
  .option('--dry-run', 'print the plan and end')
  .option('--resume <id>', 'go on with a paused or killed replay')
  .option('--json', 'one JSON object a line instead of text')
  .addHelpText(
    'after',
    '\nCtrl-C pauses. Nothing is lost or doubled by that, nor by kill -9. Equal digests mean equal replays.\n' +
      'Examples:\n  relay replay --from 2h --type stock.* --store MAD-001\n' +
      '  relay replay --from position:1200 --to position:1400 --dry-run\n  relay replay ls',
  )
  .action((options: ReplayOptions) => withDatabase((db, config) => replayCommand(db, config, options)));

program.command('status')
  .description('who leads, who stands by, how far behind publishing is; exit 1 when something is wrong')
  .option('--json', 'as JSON')
  .action((options: { json?: true }) => withDatabase((db, config) => statusCommand(db, config, options)));

addReplayManagement(replay);
addDeadCommand(program);
addReconcileCommand(program);
addWatchCommand(program);

if (import.meta.main) await runProgram(program);
