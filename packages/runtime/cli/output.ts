/** What commands write to a terminal: text that cannot harm it, tables, facts line by line, and JSON for programs. */

import { jsonLine } from '../log-fields.ts';

/**
 * A text as it may be shown on a terminal: whatever controls one (escape sequences, line breaks, marks of direction)
 * becomes \u{…}. Stored text may hold anything.
 */
export function printable(text: string): string {
  return text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, (char) => `\\u{${char.codePointAt(0)?.toString(16) ?? ''}}`);
}

/** The same for text of several lines, such as an error with its advice: they stay lines. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

/** Rows under their headings, columns as wide as their longest cell, numbers to the right. Every cell is made printable. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const shown = rows.map((row) => row.map(printable));
  const widths = headings.map((heading, i) => Math.max(heading.length, ...shown.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]): string => cells
    .map((cell, i) => (/^\d[\d.]*$/.test(cell) ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
    .join('  ').trimEnd();
  return [headings, ...shown].map(line).join('\n');
}

/** One line for each fact, the names in a column of their own. Every value is made printable. */
export function factLines(facts: readonly (readonly [name: string, value: string])[]): string {
  return facts.map(([name, value]) => `${name.padEnd(10)} ${printable(value)}`).join('\n');
}

/** Writes one line to stdout: the value as JSON with `--json`, else the text, which the caller has made printable. */
export function say({ json }: { readonly json?: boolean }, value: object, text: () => string): void {
  process.stdout.write(`${json === true ? jsonLine(value) : text()}\n`);
}
