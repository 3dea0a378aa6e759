/**
 * The files of the pages, made of their sources in memory when they are first asked for: there is no folder of built files to commit
 * or to forget. An image brings them built (build.ts), because there the sources cannot change any more.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const SOURCES = join(import.meta.dirname, 'app');
const BUILT = join(import.meta.dirname, 'built');

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml',
};

/** A file as it is served, with a strong ETag for each of its two forms. */
export interface BoardFile {
  readonly type: string;
  readonly body: Buffer;
  readonly etag: string;
  readonly gzip: { readonly body: Buffer; readonly etag: string };
}

/** Makes a file of its content. @param name tells its type by its ending, unless `type` does */
export function boardFile(name: string, body: Buffer, type = TYPES[/\.\w+$/.exec(name)?.[0] ?? ''] ?? 'application/octet-stream'): BoardFile {
  const tag = createHash('sha256').update(type).update(body).digest('base64url').slice(0, 22);
  return { type, body, etag: `"${tag}"`, gzip: { body: gzipSync(body, { level: 9 }), etag: `"${tag}.gz"` } };
}

/** The files of the pages by name: those that were built into an image, else those of the sources. Throws what esbuild does. */
export async function readBoard(): Promise<ReadonlyMap<string, BoardFile>> {
  const found = existsSync(BUILT)
    ? readdirSync(BUILT).map((name) => [name, readFileSync(join(BUILT, name))] as const)
    : await bundle();
  return new Map(found.map(([name, body]) => [name, boardFile(name, body)]));
}

/** Builds them into the folder that readBoard looks at first. @returns their names */
export async function buildBoard(): Promise<readonly string[]> {
  const files = await bundle();
  rmSync(BUILT, { recursive: true, force: true });
  mkdirSync(BUILT);
  for (const [name, body] of files) writeFileSync(join(BUILT, name), body);
  return files.map(([name]) => name);
}

async function bundle(): Promise<readonly (readonly [string, Buffer])[]> {
  // An image has the files and needs no bundler.
  const { build, stop } = await import('esbuild');
  const { outputFiles } = await build({
    absWorkingDir: SOURCES, entryPoints: { start: 'start.tsx', look: 'look.css' }, outdir: BUILT, write: false,
    bundle: true, splitting: true, format: 'esm', minify: true, target: ['es2022'], jsx: 'automatic', jsxImportSource: 'preact',
    // Pages that draw plots load them when they are opened.
    chunkNames: '[name]-[hash]', tsconfigRaw: {}, logLevel: 'silent', legalComments: 'none',
  }).finally(stop);
  return [
    ...outputFiles.map(({ path, contents }) => [path.slice(BUILT.length + 1), Buffer.from(contents)] as const),
    ['mark.svg', readFileSync(join(SOURCES, 'mark.svg'))],
  ];
}
