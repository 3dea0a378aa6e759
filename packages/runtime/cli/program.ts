/** The frame of every command line: how it is made, and how what it throws becomes a message and an exit code. */
import { Command, CommanderError } from 'commander';
import { ConfigError, explainConfigError } from '../config/config.ts';
import { printableLines } from './output.ts';
import { UsageError } from './usage.ts';

/** A command line with subcommands. Run it with `runProgram`. */
export function createProgram(name: string, description: string): Command {
  return new Command(name).exitOverride()
    // An option behind a subcommand is the subcommand's: two of them may have one of the same name.
    .enablePositionalOptions()
    .description(description)
    .showHelpAfterError(`(--help shows how ${name} is used)`);
}

/**
 * Runs a command line to its exit code: what an action has set, 1 when it failed, 2 when it was used or configured
 * wrongly. The message goes to stderr, without a stack. Never rejects.
 *
 * An action that has set an exit code has said all that it has to say, and the process ends as soon as that is written. What is
 * still open does not hold it: of an attempt that timed out the NATS client keeps the socket, for as long as the server is
 * frozen. An action that sets none, such as `run`, goes on.
 */
export async function runProgram(program: Command, argv: readonly string[] = process.argv): Promise<void> {
  // A reader that has gone (`… | head`) does not end a command half-way.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  try {
    await program.parseAsync(argv);
  } catch (error) {
    process.exitCode = exitCodeOf(error);
    // Commander has written its own message.
    if (!(error instanceof CommanderError)) process.stderr.write(`${printableLines(messageOf(program.name(), error))}\n`);
  }
  if (process.exitCode === undefined) return;
  await Promise.all([process.stdout, process.stderr].map(written));
  process.exit();
}

/** Resolves when everything is written, or nobody is there to read it. */
function written(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => { stream.write('', () => { resolve(); }); });
}

function exitCodeOf(error: unknown): number {
  // Commander's own code is 1 for a wrong usage, and 0 where help was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  return error instanceof ConfigError || error instanceof UsageError ? 2 : 1;
}

function messageOf(name: string, error: unknown): string {
  if (error instanceof ConfigError) return explainConfigError(error);
  return `${name}: ${error instanceof Error ? error.message : String(error)}`;
}
