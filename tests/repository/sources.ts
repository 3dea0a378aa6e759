/** The repository as tidy.test.ts reads it: every file once, code parsed once. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** dist: what `npm pack` is about to ship; built: the pages, as an image has them. */
const NOT_OURS = new Set(['node_modules', '.git', '.dev', 'coverage', 'dist', 'built']);

export interface TextFile {
  /** From the repository's root, with slashes. */
  readonly path: string;
  readonly text: string;
}

export interface CodeFile extends TextFile {
  /** Specifiers of what it imports, in any form: types too, and those that JSDoc names by import('…'). */
  readonly imports: readonly string[];
  readonly syntax: ts.SourceFile;
  /** Every node of its syntax, from the outside in. */
  readonly nodes: readonly ts.Node[];
  /** Tests and what only they use. */
  readonly isTest: boolean;
  /** `packages/api`, `db`, `scripts`; undefined at the root. */
  readonly area: string | undefined;
}

/** Every text file of the repository but what is installed or fetched into it. */
export function readRepository(): readonly TextFile[] {
  return pathsBelow('')
    .filter((path) => !/\.(png|svg|gz|tgz|log)$/.test(path))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

/** Files below a folder, from the root, with slashes. It never enters what is not ours: that is a hundred thousand files. */
function pathsBelow(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) return NOT_OURS.has(entry.name) ? [] : pathsBelow(path);
    return entry.isFile() ? [path] : [];
  });
}

export function parseCode({ path, text }: TextFile): CodeFile {
  const { importedFiles } = ts.preProcessFile(text, true, true);
  const inComments = path.endsWith('.mjs') ? [...text.matchAll(/\bimport\('([^']+)'\)/g)].map(([, name = '']) => name) : [];
  const syntax = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const nodes: ts.Node[] = [];
  const visit = (node: ts.Node): void => {
    nodes.push(node);
    ts.forEachChild(node, visit);
  };
  visit(syntax);
  return {
    path, text, syntax, nodes,
    imports: [...new Set([...importedFiles.map(({ fileName }) => fileName), ...inComments])],
    isTest: /\.test\.(tsx?|mjs)$|\/testing\/|\.fixture\.ts$|^(packages\/testkit|tests|bench)\//.test(path),
    area: /^(packages\/[^/]+|db|tests|bench|scripts)\//.exec(path)?.[1],
  };
}

export const exists = (path: string): boolean => existsSync(join(root, path));

/** `path:line`, for a finding. */
export function at(file: CodeFile, node: ts.Node): string {
  return `${file.path}:${file.syntax.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
}
