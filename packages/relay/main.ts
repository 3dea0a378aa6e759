/** The command line of the relay. Exit codes: 0 done, 1 failed, 2 wrong usage or configuration, 130 paused. */
import { Command, CommanderError } from 'commander';
import { ConfigError } from '@inventory/runtime/config.ts';
import { runProcess } from '@inventory/runtime/lifecycle.ts';
import { readRelayConfig, relayConfig } from './config.ts';
import { addDeadCommand } from './cli/parked.ts';
import { addReconcileCommand } from './cli/reconcile.ts';
import { addReplayManagement } from './cli/replay-manage.ts';
import { replayCommand } from './cli/replay.ts';
import type { ReplayOptions } from './cli/replay.ts';
import { BOUND_HELP } from './replay/range.ts';
import { startRelay } from './cli/run.ts';
import { statusCommand } from './cli/status.ts';
import { UsageError } from './cli/support/usage.ts';

/** The whole command line, for what holds documents against it. */
export const program = new Command('relay').exitOverride()
  // An option behind a subcommand is the subcommand's: `replay` and `replay show` both have --json.
  .enablePositionalOptions()
  .description('Publishes the event log to the NATS stream INVENTORY: each event once, in the order of the log.')
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
  .action(async (options: ReplayOptions) => {
    process.exitCode = await replayCommand(options, readRelayConfig());
  });

program.command('status')
  .description('who leads, who stands by, how far behind publishing is; exit 1 when something is wrong')
  .option('--json', 'as JSON')
  .action(async (options: { json?: true }) => {
    process.exitCode = await statusCommand({ json: options.json === true }, readRelayConfig());
  });

addReplayManagement(replay);
addDeadCommand(program);
addReconcileCommand(program);

async function main(): Promise<void> {
  try {
    await program.parseAsync();
  } catch (error) {
    // Commander has said what is wrong by itself; its exit code for that is 1.
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
    else {
      const usage = error instanceof ConfigError || error instanceof UsageError;
      const problems = error instanceof ConfigError ? error.problems.map((problem) => `\n  ${problem}`).join('') : '';
      const message = error instanceof Error ? error.message : String(error);
      process.stderr.write(`${error instanceof ConfigError ? '' : 'relay: '}${message}${problems}\n`);
      process.exitCode = usage ? 2 : 1;
    }
  }
}

if (import.meta.main) await main();
