// @ts-check
/* Text of others on a terminal: what a terminal would obey is shown in its place. */

/** Control characters, line breaks of Unicode, and marks that turn the direction of the text behind them. */
const OBEYED = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/**
 * @param {string} text
 * @returns {string} one line, with \u{…} for each character that controls a terminal
 */
export function visible(text) {
  return text.replace(OBEYED, (char) => `\\u{${char.charCodeAt(0).toString(16)}}`);
}

/**
 * The same for text of several lines, which stay lines.
 * @param {string} text
 * @returns {string}
 */
export function visibleLines(text) {
  return text.split(/\r?\n/).map(visible).join('\n');
}
