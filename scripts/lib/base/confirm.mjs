// @ts-check
/* The question before something is destroyed: asked in a terminal, and answered by --yes where there is none. */
import { createInterface } from 'node:readline/promises';
import { UsageProblem } from './problem.mjs';

/**
 * Asks a person at the terminal. Any answer but y or yes is a no, and so is the end of the input.
 * @param {string} question
 * @param {string} command how to answer it beforehand, such as `npm run reset -- --yes`
 * @returns {Promise<boolean>}
 * @throws {UsageProblem} where nobody can be asked
 */
export async function confirm(question, command) {
  if (!process.stdin.isTTY || !process.stdout.isTTY) throw new UsageProblem('There is no terminal to ask at, and nothing was removed.', `\`${command}\` does it without a question.`);
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const ended = new AbortController();
  terminal.once('close', () => ended.abort());
  try {
    const answer = await terminal.question(`${question} [y/N] `, { signal: ended.signal });
    return /^y(es)?$/i.test(answer.trim());
  } catch (error) {
    if (ended.signal.aborted) return false;
    throw error;
  } finally {
    terminal.close();
  }
}
