/** The frame of a program that takes no arguments: --help shows its use, and any other word is refused before it begins. */
import { parseArgs } from 'node:util';

/**
 * Runs the work of a program without arguments to its exit code: 0 done, 1 failed with one line on stderr, 2 used wrongly.
 * @param command as it is typed, such as `node packages/api/generate.ts`
 * @param promise what it does, in one sentence
 * @param work @returns an exit code other than 0, or nothing
 */
export async function runPlain(command: string, promise: string, work: () => number | undefined | Promise<number | undefined>): Promise<void> {
  const usage = `Usage: ${command}\n\n${promise}\n`;
  const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));
  try {
    if (parseArgs({ options: { help: { type: 'boolean', short: 'h' } } }).values.help === true) {
      process.stdout.write(usage);
      return;
    }
  } catch (error) {
    process.stderr.write(`${reason(error)}\n\n${usage}`);
    process.exitCode = 2;
    return;
  }
  try {
    process.exitCode = await work() ?? 0;
  } catch (error) {
    process.stderr.write(`${reason(error)}\n`);
    process.exitCode = 1;
  }
}
