/** The command line is wrong: exit code 2. The message is for whoever typed it. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A whole number from 1, undefined where the option was left out. @throws {UsageError} */
export function parseCount(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,14}$/.test(text)) {
    throw new UsageError(`${option} takes a whole number from 1, not ${JSON.stringify(text)}`);
  }
  return Number(text);
}
