/**
 * Two versions of nats-server, for tests of what differs between them: the 2.9 of Debian bookworm where this machine has it, and
 * the 2.10 of Debian trixie. That one is fetched once, from the archive of Debian that this machine's apt uses, checked
 * against a hash in this file, and unpacked below .dev. Nothing is installed.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findBinaries, findUnpacked } from '../../../scripts/lib/servers/binaries.mjs';
import type { Binary } from '../../../scripts/lib/servers/binaries.mjs';
import { paths } from '../../../scripts/lib/base/paths.mjs';
import { missingPrograms } from '../processes/programs.ts';

const VERSION = '2.10.27-1+b2';
/** SHA-256 of the package, as Debian's signed list of packages has it, by the kind of machine. */
const HASHES: Readonly<Record<string, readonly [architecture: string, hash: string]>> = {
  x64: ['amd64', '6d913ac987b78734c08537c2adeb1526cf735f216173a9170d94b185fcfe6f8a'],
  arm64: ['arm64', '0c9a617510b28c1b4fb4a38aabea6ab8cd7f026247f2abdff8b955b2278ce049'],
};
const FETCH_MS = 60_000;

const run = promisify(execFile);

/** A program, or why this machine has none, in words for a title. */
type Found = Binary | { readonly missing: string };

export function findNats29(): Found {
  const { nats } = findBinaries();
  if (nats?.version.startsWith('2.9.') === true) return nats;
  return { missing: `this machine's nats-server is ${nats?.version ?? 'none'}, and not 2.9` };
}

/** Never rejects. */
export async function fetchNats210(): Promise<Found> {
  const folder = join(paths.dev, `nats-${VERSION}`);
  const there = findUnpacked('nats', folder);
  if (there !== undefined) return there;
  const [architecture, hash] = HASHES[process.arch] ?? [];
  const missing = process.platform !== 'linux' || architecture === undefined
    ? `no package for ${process.platform} on ${process.arch}` : missingPrograms({ 'dpkg-deb': 'dpkg', 'apt-get': 'apt' });
  if (missing !== '') return { missing };
  try {
    const file = `nats-server_${VERSION.replace('+', '%2B')}_${architecture}.deb`;
    await unpack(`${await archive()}pool/main/n/nats-server/${file}`, hash ?? '', folder);
  } catch (error) {
    return { missing: `nats-server ${VERSION} could not be fetched: ${error instanceof Error ? error.message : String(error)}` };
  }
  return findUnpacked('nats', folder) ?? { missing: `nats-server ${VERSION} does not run on this machine` };
}

/** Debian's archive, as the lists of this machine's apt name it. @throws {Error} when they name none */
async function archive(): Promise<string> {
  const { stdout } = await run('apt-get', ['indextargets', '--format', '$(ORIGIN) $(REPO_URI)', 'Created-By: Packages']);
  const url = stdout.split('\n').map((line) => /^Debian (https?:.*\/debian\/)$/.exec(line)?.[1]).find((found) => found !== undefined);
  if (url === undefined) throw new Error('apt knows no archive of Debian here');
  return url;
}

/** @throws {Error} when it is not to be had, or is another file than the hash says; nothing is left then */
async function unpack(url: string, hash: string, folder: string): Promise<void> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(FETCH_MS) });
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}`);
  const bytes = Buffer.from(await answer.arrayBuffer());
  if (createHash('sha256').update(bytes).digest('hex') !== hash) throw new Error(`${url} has another hash`);
  await mkdir(paths.dev, { recursive: true });
  const made = await mkdtemp(`${folder}.`);
  try {
    const file = join(made, 'nats-server.deb');
    await writeFile(file, bytes);
    await run('dpkg-deb', ['--extract', file, made]);
    await rm(file);
    // Another run may have been quicker.
    await rename(made, folder).catch(() => undefined);
  } finally {
    await rm(made, { recursive: true, force: true });
  }
}
