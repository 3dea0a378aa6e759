/** docs/benchmarks.json, and what is made of it: the table of a terminal, and that of docs/benchmarks.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Facts } from '../system/cost.ts';
import type { Row } from './figures.ts';
import type { FailedRow, MeasuredRow } from './record.ts';

export const resultsFile = join(import.meta.dirname, '..', '..', 'docs', 'benchmarks.json');

export interface Results {
  readonly machine: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly date: string;
  /** One short run each: figures for a look, not for a decision. */
  readonly quick: boolean;
  readonly rows: readonly MeasuredRow[];
  readonly failed: readonly FailedRow[];
  readonly facts: Partial<Facts>;
}

/** @throws {Error} naming the file that is not there, or is none */
export function readResults(path = resultsFile): Results {
  try {
    const results: Results = JSON.parse(readFileSync(path, 'utf8'));
    return results;
  } catch (error) {
    throw new Error(`${path} cannot be read: \`npm run bench\` writes it`, { cause: error });
  }
}

export function writeResults(path: string, results: Results): void {
  writeFileSync(path, `${JSON.stringify(results, undefined, 2)}\n`);
}

/** A figure with three digits that count, or more where it is large; a whole number as it is. */
export function number(value: number): string {
  if (value >= 100 || Number.isInteger(value)) return Math.round(value).toLocaleString('en').replaceAll(',', ' ');
  return value.toPrecision(3);
}

const HEAD = ['Id', 'What', 'Figure', 'Against', 'Ratio', 'Goal', 'Met'];

function cells(row: Row): readonly string[] {
  return [
    row.id, row.what, `${number(row.value)} ${row.unit}`,
    row.against === null ? '' : `${number(row.against.value)} ${row.unit} (${row.against.what})`,
    row.ratio === null ? '' : row.ratio.toPrecision(3), row.goal, row.met ? 'yes' : 'no',
  ];
}

/** The rows as columns; `before` are those of an earlier run, by id. */
export function textTable(rows: readonly Row[], before: ReadonlyMap<string, Row>): string {
  const earlier = (id: string): string => {
    const row = before.get(id);
    return row === undefined ? '' : `${number(row.value)} ${row.unit}`;
  };
  const compared = before.size > 0;
  const lines = rows.map((row) => [...cells(row), ...(compared ? [earlier(row.id)] : [])]);
  const head = [...HEAD, ...(compared ? ['Before'] : [])];
  const widths = head.map((title, nth) => Math.max(title.length, ...lines.map((line) => line[nth]?.length ?? 0)));
  return [head, ...lines].map((line) => line.map((cell, nth) => cell.padEnd(widths[nth] ?? 0)).join('  ').trimEnd()).join('\n');
}

/** Lines of a table in Markdown, the heading first. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (of: readonly string[]): string => `| ${of.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

/** Says in words where and when the figures were measured. */
export function provenance({ machine, versions, date, quick }: Results): string {
  const servers = Object.entries(versions).map(([name, version]) => `${name} ${version}`).join(', ');
  return `${machine}; ${servers}; ${date.slice(0, 10)}.${
    quick ? ' **Provisional: one short run of small sizes for each row (`--quick`), for want of a whole run.**' : ''}`;
}

/** The table of docs/benchmarks.md, with where its figures are from. */
export function benchmarksTable(results: Results): string {
  const { rows, failed } = results;
  const missing = failed.map(({ id, error }) => `- ${id} was not measured: ${error.split('\n')[0] ?? ''}`);
  const minutes = (rows.reduce((sum, { seconds }) => sum + seconds, 0) / 60).toFixed(0);
  return [
    provenance(results), '',
    markdownTable([...HEAD, 'Runs', 'Took'], rows.map((row) => [...cells(row), row.runs.map(number).join(', '), `${row.seconds} s`])),
    ...(missing.length === 0 ? [] : ['', ...missing]), '',
    `All of it took ${minutes} min.`,
  ].join('\n');
}
