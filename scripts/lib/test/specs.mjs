// @ts-check
/* The spec files of the repository, and what each needs, by its suffix. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { paths } from '../base/paths.mjs';

/** @typedef {'unit' | 'int' | 'e2e' | 'web' | 'long'} SpecKind */

/**
 * The suffix of a spec file says what it needs: nothing, services, whole processes, a browser, or much time.
 * @param {string} path
 * @returns {SpecKind | undefined} undefined for what is no spec file
 */
export function kindOf(path) {
  const match = /\.(?:(int|e2e|web|long)\.)?test\.(?:ts|mjs)$/.exec(path);
  if (match === null) return undefined;
  switch (match[1]) {
    case 'int':
    case 'e2e':
    case 'web':
    case 'long':
      return match[1];
    default:
      return 'unit';
  }
}

/**
 * All spec files of the repository, as paths relative to its root, sorted.
 * @returns {string[]}
 */
export function findSpecs() {
  return ['packages', 'db', 'tests', 'bench', 'scripts'].flatMap((folder) => walk(folder)).filter((path) => kindOf(path)).sort();
}

/**
 * @typedef {object} Part of the files of a kind, which one process runs
 * @property {SpecKind} kind
 * @property {readonly string[]} files
 * @property {string} [part] such as '2 of 5', where there are several
 */

/**
 * The files in parts of at most so many each, as a dealer of cards deals them: neighbours, which tend to be alike in what
 * they take, come into different parts.
 * @param {SpecKind} kind
 * @param {readonly string[]} files
 * @param {number} most
 * @returns {Part[]}
 */
export function partsOf(kind, files, most) {
  const count = Math.ceil(files.length / most);
  return Array.from({ length: count }, (_, part) => ({
    kind,
    files: files.filter((_file, index) => index % count === part),
    ...(count > 1 ? { part: `${part + 1} of ${count}` } : {}),
  }));
}

/**
 * The entries of several lists by turns, so that what is alike is not all at once: the shorter a list, the rarer its turn.
 * @template T
 * @param {readonly (readonly T[])[]} lists
 * @returns {T[]}
 */
export function turns(...lists) {
  const placed = lists.flatMap((list) => list.map((entry, index) => ({ entry, at: (index + 0.5) / list.length })));
  return placed.toSorted((one, other) => one.at - other.at).map(({ entry }) => entry);
}

/**
 * @param {string} folder relative to the root
 * @returns {string[]}
 */
function walk(folder) {
  return readdirSync(join(paths.root, folder), { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === 'node_modules' || entry.name.startsWith('.')) return [];
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? walk(path) : [path];
  });
}
