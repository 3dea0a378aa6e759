import { setTimeout as delay } from 'node:timers/promises';
import { createProgram, runProgram } from '../cli/program.ts';
import { parseCount, UsageError } from '../cli/usage.ts';
import { ConfigError } from '../config/config.ts';
import { untilStopped } from '../stop-signal.ts';

// A command line for program.test.ts.
const program = createProgram('fixture', 'Does as it is told');
program.command('works').option('--count <number>', 'a number').action((options: { count?: string }) => {
  process.stdout.write(`${parseCount('--count', options.count) ?? 'none'}\n`);
});
program.command('decides').action(() => { process.exitCode = 1; });
program.command('refuses').action(() => { throw new UsageError('this or that, not both'); });
program.command('fails').action(() => { throw new Error('no database'); });
program.command('quotes').action(() => { throw new Error('column "a\u009b2J\u202e" is missing\n  and more\u001b[31m'); });
program.command('lacks').action(() => { throw new ConfigError('fixture', ['A is required', 'B must be a port']); });
program.command('talks').action(async () => {
  for (let n = 0; n < 50; n += 1) {
    process.stdout.write(`${'x'.repeat(10_000)}\n`);
    await delay(2);
  }
  process.stderr.write('has said everything\n');
});
program.command('waits').action(async () => {
  await untilStopped('told to stop', async (signal) => {
    process.stdout.write('waiting\n');
    // Something must keep the process alive.
    const alive = setInterval(() => undefined, 1000);
    await new Promise((_resolve, reject) => { signal.addEventListener('abort', () => { reject(signal.reason); }); })
      .finally(() => { clearInterval(alive); });
  });
});
await runProgram(program);
