/**
 * Text from the log as it may be shown on a terminal: whatever controls one (escapes, line ends, marks of direction) is
 * written as \u{…}. A parked event is parked because something is wrong with it.
 */
export function printable(text: string): string {
  return text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, (char) => `\\u{${char.codePointAt(0)?.toString(16) ?? ''}}`);
}

/** Rows under their headings, columns as wide as their longest cell; numbers to the right. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const shown = rows.map((row) => row.map(printable));
  const widths = headings.map((heading, i) => Math.max(heading.length, ...shown.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]): string => cells
    .map((cell, i) => (/^\d[\d.]*$/.test(cell) ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
    .join('  ').trimEnd();
  return [headings, ...shown].map(line).join('\n');
}
