// @ts-check
/* The words behind a command, parsed by Node's own parseArgs; what it refuses is a UsageProblem that names the help. */
import { parseArgs } from 'node:util';
import { UsageProblem, messageOf } from './problem.mjs';

/**
 * @template {import('node:util').ParseArgsConfig} T
 * @param {T} config
 * @param {string} help named in the advice
 * @returns {ReturnType<typeof parseArgs<T>>}
 */
export function parseArguments(config, help) {
  try {
    return parseArgs(config);
  } catch (cause) {
    throw new UsageProblem(messageOf(cause), `See \`${help}\`.`, { cause });
  }
}
