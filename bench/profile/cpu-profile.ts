/** What V8's sampling profiler (`node --cpu-prof`) has written: which functions ran, for how long, called by whom. */
import { z } from 'zod';

const cpuProfile = z.object({
  nodes: z.array(z.object({
    id: z.number(),
    callFrame: z.object({ functionName: z.string(), url: z.string(), lineNumber: z.number() }),
    children: z.array(z.number()).default([]),
  })),
  /** Microseconds of the machine's monotonic clock. */
  startTime: z.number(),
  samples: z.array(z.number()),
  /** Microseconds between a sample and the one before. */
  timeDeltas: z.array(z.number()),
});

/** A function as it was called on one way; its time holds that of what it called. */
export interface Frame {
  readonly name: string;
  /** Where it stands: `packages/api/app.ts:12`, `node:net`, the name of a package; empty for V8's own, such as its garbage collector. */
  readonly place: string;
  /** Microseconds in the function itself. */
  readonly self: number;
  /** Microseconds in it and in what it called. */
  readonly total: number;
  /** The dearest first. */
  readonly children: readonly Frame[];
}

const IDLE = '(idle)';

/**
 * Reads a profile as one tree, without the time in which the process waited.
 * @param text a .cpuprofile file
 * @param window microseconds of the machine's monotonic clock (process.hrtime); samples outside are left out, such as those of a start
 * @param root the folder of the sources; places are told from there
 * @throws {z.ZodError} when it is no profile
 */
export function readProfile(text: string, window: { readonly from: number; readonly to: number }, root: string): Frame {
  const { nodes, startTime, samples, timeDeltas } = cpuProfile.parse(JSON.parse(text));
  const selfOf = new Map<number, number>();
  let at = startTime;
  for (const [nth, id] of samples.entries()) {
    at += timeDeltas[nth] ?? 0;
    // A sample stands for the time until the next one.
    if (at >= window.from && at <= window.to) selfOf.set(id, (selfOf.get(id) ?? 0) + Math.max(0, timeDeltas[nth + 1] ?? 0));
  }
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const frameOf = (id: number): Frame | undefined => {
    const node = byId.get(id);
    if (node === undefined || node.callFrame.functionName === IDLE) return undefined;
    const children = merged(node.children.flatMap((child) => frameOf(child) ?? []));
    const self = selfOf.get(id) ?? 0;
    const total = children.reduce((sum, child) => sum + child.total, self);
    if (total === 0) return undefined;
    const { functionName, url, lineNumber } = node.callFrame;
    return { name: functionName === '' ? '(anonymous)' : functionName, place: placeOf(url, lineNumber, root), self, total, children };
  };
  const [top] = nodes;
  return (top === undefined ? undefined : frameOf(top.id)) ?? { name: '(root)', place: '', self: 0, total: 0, children: [] };
}

/** V8 tells a function apart by how it was compiled, too; a reader wants it once. */
function merged(frames: readonly Frame[]): readonly Frame[] {
  const alike = Map.groupBy(frames, ({ name, place }) => `${name} ${place}`);
  return [...alike.values()].flatMap((same): Frame[] => {
    const [first] = same;
    if (first === undefined || same.length === 1) return [...same];
    return [{
      ...first, self: sum(same, 'self'), total: sum(same, 'total'), children: merged(same.flatMap(({ children }) => children)),
    }];
  }).toSorted((a, b) => b.total - a.total);
}

function sum(frames: readonly Frame[], what: 'self' | 'total'): number {
  return frames.reduce((all, frame) => all + frame[what], 0);
}

function placeOf(url: string, line: number, root: string): string {
  const path = url.replace(/^file:\/\//, '').replace(`${root}/`, '');
  const installed = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1];
  if (installed !== undefined) return installed;
  return path === '' || path.startsWith('node:') ? path : `${path}:${line + 1}`;
}

/** Where the time of a tree went, by the home of each function: a folder of ours, a package, `node` or V8. */
export function homesOf(root: Frame): ReadonlyMap<string, number> {
  const homes = new Map<string, number>();
  const visit = (frame: Frame): void => {
    if (frame.self > 0) {
      const home = homeOf(frame);
      homes.set(home, (homes.get(home) ?? 0) + frame.self);
    }
    for (const child of frame.children) visit(child);
  };
  visit(root);
  return new Map([...homes].toSorted(([, a], [, b]) => b - a));
}

function homeOf({ name, place }: Frame): string {
  if (name === '(garbage collector)') return 'garbage collection';
  // What V8 calls the program is native code that no function of JavaScript has called: sockets, timers, the loop itself.
  if (place === '') return name === '(program)' ? 'native code' : 'v8';
  if (place.startsWith('node:')) return 'node';
  const file = place.replace(/:\d+$/, '');
  return file.includes('/') && file.endsWith('.ts') ? file.slice(0, file.lastIndexOf('/')) : file;
}
