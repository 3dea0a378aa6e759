// @ts-check
/* Which lines of a log a terminal shows when nobody has asked for all of them. */

/**
 * Whether a line is worth a person's terminal when nobody has asked for the whole log: a warning, an error, or no log line at
 * all. A line for each request would scroll away what is to be tried.
 * @param {string} line
 * @returns {boolean}
 */
export function isWorthShowing(line) {
  try {
    const { level } = JSON.parse(line);
    return level !== 'info' && level !== 'debug';
  } catch {
    return true;
  }
}
