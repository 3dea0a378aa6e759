/** Who decides by a command, and why: the options --by and --note of commands whose decisions are kept. */
import { hostname, userInfo } from 'node:os';
import type { Command } from 'commander';
import type { Decider } from '@inventory/db/operating/actions.ts';
import { UsageError } from '@inventory/runtime/cli/usage.ts';

export interface Deciding { readonly by: string; readonly note?: string }

const MAX_WHO = 300;
const MAX_NOTE = 500;

/** Adds the options to a command. */
export function withDecider(command: Command): Command {
  return command
    .option('--by <who>', 'who decided; kept with the decision', whoWeAre())
    .option('--note <text>', 'why; kept with the decision');
}

/** @throws {UsageError} */
export function deciderOf({ by, note }: Deciding): Decider {
  if (by === '' || by.length > MAX_WHO) throw new UsageError(`--by takes 1 to ${MAX_WHO} characters`);
  if (note !== undefined && (note === '' || note.length > MAX_NOTE)) throw new UsageError(`--note takes 1 to ${MAX_NOTE} characters`);
  return { by, via: 'command', note };
}

/** The account that runs the command, if the system has a name for it. */
export function whoWeAre(): string {
  try {
    return `${userInfo().username}@${hostname()}`;
  } catch {
    return hostname();
  }
}
