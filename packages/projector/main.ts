/** The projector: keeps the availability view in Redis as new as the log. */
import { createProgram, runProgram } from '@inventory/runtime/cli/program.ts';
import { runProcess } from '@inventory/runtime/lifecycle.ts';
import { projectorConfig } from './config.ts';
import { rebuildCommand } from './cli/rebuild.ts';
import { startProjector } from './cli/run.ts';
import { statusCommand } from './cli/status.ts';
import { withView } from './cli/support.ts';
import type { VerifyOptions } from './cli/verify.ts';
import { verifyCommand } from './cli/verify.ts';

/** The whole command line, for what holds documents against it. */
export const program = createProgram(
  'projector', 'Keeps the availability view in Redis as new as the event log, and says up to when it is complete.',
)
  .addHelpText('after', `
Two ways lead into the view: events from NATS as they are published, and sealing, which reads the log itself many times
a second and raises the watermark that every answer carries as "as_of". Without NATS the view is as right, and as new.
Redis may lose everything: a running projector notices and rebuilds; answers come from Postgres meanwhile.

The environment: DATABASE_URL, REDIS_URL, and NATS_URL for run. "projector run --print-config" shows all of it.
Exit codes: 0 well, 1 failed or not well, 2 wrong usage or configuration.`);

program.command('run')
  .description('Run until stopped by SIGTERM or Ctrl-C. Any number may run; they share the work.')
  .option('--print-config', 'show the configuration without secrets and end')
  .action(({ printConfig }: { printConfig?: boolean }) => runProcess({
    name: 'projector', spec: projectorConfig, start: startProjector, argv: printConfig === true ? ['--print-config'] : [],
  }));

program.command('rebuild')
  .description('Build every product\'s view anew from the log, in place. Reads and writes go on meanwhile.')
  .option('--anew', 'begin with the first product, whatever an interrupted rebuild has done', false)
  .option('--json', 'progress and result as lines of JSON', false)
  .addHelpText('after', `
Ctrl-C and kill -9 lose nothing: the next rebuild goes on where this one stopped, unless Redis was restarted or emptied.
Safe at any time, twice at once too: a field is only ever written over an older version of itself.
Needs Postgres and Redis, neither NATS nor a running projector. Examples:

  projector rebuild
  projector rebuild --json | tail -1 | jq .fields_per_second`)
  .action((options: { json: boolean; anew: boolean }) => withView((view) => rebuildCommand(view, options)));

program.command('verify')
  .description('Hold every field of the view against the log. Exit code 1 when anything differs.')
  .option('--repair', 'take wrong fields away and fill their products anew from the log', false)
  .option('--deep', 'also fold every stock row\'s events from its first one, and hold the table against the fold', false)
  .option('--json', 'what differs, and the result, as lines of JSON', false)
  .addHelpText('after', `
Safe while everything runs: what is merely on its way is not taken for wrong. What it may find:
  ahead      newer than anything in the log            missing   a full hash without one of its stores
  different  other numbers than its version has        foreign   no stock row stands behind it
  behind     older than what the view vouches for      table, fold   Postgres itself differs from its events; a repair of
                                                       the view does not mend it`)
  .action((options: VerifyOptions) => withView((view) => verifyCommand(view, options)));

program.command('status')
  .description('Show how the view stands against the log. Exit code 1 when nobody vouches for it at present.')
  .option('--json', 'as one line of JSON', false)
  .action((options: { json: boolean }) => withView((view) => statusCommand(view, options)));

if (import.meta.main) await runProgram(program);
