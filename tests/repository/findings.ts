/** What a house rule finds, and how a test reports it: all findings in one failure, and no exception without need. */
import { expect } from 'chai';
import type ts from 'typescript';
import type { CodeFile, TextFile } from './sources.ts';
import { at } from './sources.ts';

/** From what is excused to the reason. The name is a path, or a path and a word: `db/pool.ts createPool`. */
export type Exceptions = Readonly<Record<string, string>>;

/**
 * Fails with every finding that is not excused, and with every exception that excuses nothing.
 * A finding begins with its name: a path, before a colon or a blank, or all of the finding.
 */
export function expectNone(findings: readonly string[], excused: Exceptions = {}): void {
  const nameOf = (finding: string): string =>
    (Object.hasOwn(excused, finding) ? finding : finding.split(/[: ]/)[0] ?? '');
  const used = new Set(findings.map(nameOf));
  const needless = Object.keys(excused).filter((name) => !used.has(name)).map((name) => `${name} needs no exception`);
  const unexcused = findings.filter((finding) => !Object.hasOwn(excused, nameOf(finding)));
  expect([...unexcused, ...needless].join('\n')).to.equal('');
}

/** Findings of a pattern, line by line. */
export function grep(where: readonly TextFile[], pattern: RegExp): readonly string[] {
  return where.flatMap(({ path, text }) => text.split('\n').flatMap((line, index) =>
    (pattern.test(line) ? [`${path}:${index + 1} ${line.trim()}`] : [])));
}

/** Findings of a kind of syntax. */
export function find(where: readonly CodeFile[], what: (node: ts.Node) => boolean): readonly string[] {
  return where.flatMap((file) => file.nodes.filter(what).map((node) =>
    `${at(file, node)} ${node.getText().split('\n')[0] ?? ''}`));
}
