// @ts-check
import { visibleLines } from './visible.mjs';

/** Something that the user can put right: what happened, and what to do. */
export class Problem extends Error {
  /** @override */
  name = 'Problem';

  /**
   * @param {string} message
   * @param {string} [advice] one line or more
   * @param {ErrorOptions} [options]
   */
  constructor(message, advice, options) {
    super(message, options);
    this.advice = advice;
  }
}

/** The command was typed wrongly, and nothing has happened: exit code 2. */
export class UsageProblem extends Problem {
  /** @override */
  name = 'UsageProblem';
}

/**
 * @param {unknown} error
 * @returns {string}
 */
export function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}

/**
 * Runs a command's main function. Its number is the exit code: 0 done, 1 failed, 2 typed wrongly. What it throws is shown
 * without a stack trace, unless INVENTORY_DEBUG is set.
 * @param {() => Promise<number>} main
 */
export async function runMain(main) {
  // A reader that ends early (`npm start | head`) must not end the command half-way with an exception.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  try {
    process.exitCode = await main();
  } catch (error) {
    process.exitCode = error instanceof UsageProblem ? 2 : 1;
    process.stderr.write(`\nerror: ${visibleLines(messageOf(error))}\n`);
    if (error instanceof Problem && error.advice !== undefined) process.stderr.write(`${error.advice}\n`);
    if (process.env['INVENTORY_DEBUG']) console.error(error);
    else if (!(error instanceof Problem)) process.stderr.write('INVENTORY_DEBUG=1 shows where it happened.\n');
  }
}
