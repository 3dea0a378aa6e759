/** The command line of the projector. Exit codes: 0 well, 1 failed or not well, 2 wrong usage or configuration. */
import { createProgram, runProgram } from '@inventory/runtime/cli/program.ts';
import { runProcess } from '@inventory/runtime/lifecycle.ts';
import { projectorConfig } from './config.ts';
import { rebuildCommand } from './cli/rebuild.ts';
import { startProjector } from './cli/run.ts';
import { statusCommand } from './cli/status.ts';
import { withView } from './cli/support.ts';
import type { VerifyOptions } from './cli/verify.ts';
import { verifyCommand } from './cli/verify.ts';

/** The whole command line; a test compares the documents with it. */
export const program = createProgram(
  'projector', 'Keeps the availability view in Redis as new as the event log, and says up to when it is complete.',
)
  .addHelpText('after', `
Events come into the view in two ways: from NATS as they are published, and by sealing, which reads the log itself several
times a second and raises the watermark that every answer carries as "as_of". Without NATS the view is as right, and as
new. Redis may lose everything: a running projector notices and rebuilds, and answers come from Postgres meanwhile.

The configuration comes from the environment: DATABASE_URL, REDIS_URL, and for run NATS_URL; "projector run --print-config"
shows all of it.
Exit codes: 0 well, 1 failed or not well, 2 wrong usage or configuration.`);

program.command('run')
  .description('run until SIGTERM or Ctrl-C; any number may run, and they share the work')
  .option('--print-config', 'print the configuration, without secrets, and end')
  .action(({ printConfig }: { printConfig?: boolean }) => runProcess({
    name: 'projector', spec: projectorConfig, start: startProjector, argv: printConfig === true ? ['--print-config'] : [],
  }));

program.command('rebuild')
  .description('build every product\'s view anew from the log, in place; reads and writes go on meanwhile')
  .option('--anew', 'begin with the first product, even if an earlier rebuild was interrupted', false)
  .option('--json', 'progress and result as lines of JSON', false)
  .addHelpText('after', `
After Ctrl-C or kill -9 the next rebuild goes on where this one stopped, unless Redis was restarted or emptied. A rebuild
is safe at any time, and twice at once: a field is only written over an older version of itself. It needs Postgres and
Redis, but neither NATS nor a running projector. Examples:

  projector rebuild
  projector rebuild --json | tail -1 | jq .fields_per_second`)
  .action((options: { json: boolean; anew: boolean }) => withView((view) => rebuildCommand(view, options)));

program.command('verify')
  .description('compare every field of the view with the log; exit 1 when anything differs')
  .option('--repair', 'remove wrong fields and fill their products again from the log', false)
  .option('--deep', 'also add up the events of every stock row from the first one, and compare the sum with the table', false)
  .option('--json', 'differences and result as lines of JSON', false)
  .addHelpText('after', `
It is safe while everything runs: an event that is on its way to the view is no difference. It may find:
  ahead      newer than anything in the log            missing   a full hash without one of its stores
  different  other numbers than its version has        foreign   no stock row belongs to it
  behind     older than the position of the view       table, fold   Postgres itself differs from its events; a repair of
                                                       the view does not change that`)
  .action((options: VerifyOptions) => withView((view) => verifyCommand(view, options)));

program.command('status')
  .description('show how the view stands against the log; exit 1 when it is not sealed at present')
  .option('--json', 'as one line of JSON', false)
  .action((options: { json: boolean }) => withView((view) => statusCommand(view, options)));

if (import.meta.main) await runProgram(program);
