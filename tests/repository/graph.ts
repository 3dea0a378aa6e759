/**
 * Who imports whom, as a graph: files by their paths, and for each folder its children as rooms. Circles are found as
 * strongly connected parts (Tarjan), so that a finding names each member of a circle and no other file.
 */
import { posix } from 'node:path';
import type { CodeFile } from './sources.ts';
import { exists } from './sources.ts';

/** From a path to the paths that it imports, types included. A path without imports has an entry too. */
type Graph = ReadonlyMap<string, ReadonlySet<string>>;

/** `packages/api`, `db`: where the files of `@inventory/<name>/…` are. */
function folderOf(name: string): string {
  return exists(`packages/${name}`) ? `packages/${name}` : name;
}

/** The repository's file that a specifier names, seen from a file; undefined for libraries and for what is not there. */
export function targetOf(from: string, specifier: string): string | undefined {
  const ours = /^@inventory\/([^/]+)\/(.+)$/.exec(specifier);
  if (ours !== null) return posix.join(folderOf(ours[1] ?? ''), ours[2] ?? '');
  if (!specifier.startsWith('.')) return undefined;
  const path = posix.join(posix.dirname(from), specifier);
  return exists(path) ? path : undefined;
}

/** The graph of these files; imports of other files are left out. */
export function fileGraph(files: readonly CodeFile[]): Graph {
  const paths = new Set(files.map(({ path }) => path));
  return new Map(files.map(({ path, imports }) => {
    const targets = imports.map((specifier) => targetOf(path, specifier));
    return [path, new Set(targets.filter((target) => target !== undefined && target !== path && paths.has(target))
      .filter((target) => target !== undefined))];
  }));
}

/** Groups of paths that import each other in a circle, each sorted; empty when every arrow points down. */
export function circlesOf(graph: Graph): readonly (readonly string[])[] {
  const numbers = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const circles: string[][] = [];
  const visit = (path: string): void => {
    const number = numbers.size;
    numbers.set(path, number);
    lowest.set(path, number);
    stack.push(path);
    for (const target of graph.get(path) ?? []) {
      if (!numbers.has(target)) visit(target);
      if (stack.includes(target)) lowest.set(path, Math.min(lowest.get(path) ?? number, lowest.get(target) ?? number));
    }
    if (lowest.get(path) !== number) return;
    const part = stack.splice(stack.indexOf(path));
    if (part.length > 1) circles.push(part.sort());
  };
  for (const path of graph.keys()) if (!numbers.has(path)) visit(path);
  return circles;
}

/** A folder's children as rooms: each file directly in it and each subfolder, with the arrows between them. */
export function roomsOf(folder: string, graph: Graph): Graph {
  const roomOf = (path: string): string | undefined => {
    if (!path.startsWith(`${folder}/`)) return undefined;
    return `${folder}/${path.slice(folder.length + 1).split('/')[0] ?? ''}`;
  };
  const rooms = new Map<string, Set<string>>();
  for (const [path, targets] of graph) {
    const from = roomOf(path);
    if (from === undefined) continue;
    const arrows = rooms.get(from) ?? new Set<string>();
    rooms.set(from, arrows);
    for (const to of [...targets].map(roomOf)) if (to !== undefined && to !== from) arrows.add(to);
  }
  return rooms;
}

/** Every folder that holds one of these paths, at any depth, without the root. */
export function foldersOf(paths: Iterable<string>): readonly string[] {
  const folders = new Set<string>();
  for (const path of paths) {
    for (let folder = posix.dirname(path); folder !== '.'; folder = posix.dirname(folder)) folders.add(folder);
  }
  return [...folders].sort();
}

/** The arrows that lead from one room of a circle to another, as `file → file`: what has to go for the circle to open. */
export function arrowsWithin(circle: readonly string[], graph: Graph): readonly string[] {
  const roomOf = (path: string): string | undefined => circle.find((room) => path === room || path.startsWith(`${room}/`));
  return [...graph].flatMap(([path, targets]) => [...targets].filter((target) => {
    const [from, to] = [roomOf(path), roomOf(target)];
    return from !== undefined && to !== undefined && from !== to;
  }).map((target) => `${path} → ${target}`));
}
