/** A small disk that a test may fill, where this machine lets it mount one: a tmpfs, which only root may. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { chmod, mkdtemp, open, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SmallDisk {
  readonly path: string;
  /** Takes all the room that is left. */
  fill(): Promise<void>;
  /** Gives it back. */
  free(): Promise<void>;
  /** No process may have a file open there any more. */
  remove(): Promise<void>;
}

/** Why makeSmallDisk cannot work here; empty where it can. */
export function noSmallDisk(): string {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'only root may mount a small disk';
  const folder = mkdtempSync(join(tmpdir(), 'testkit-disk-'));
  try {
    execFileSync('mount', mountArguments(folder, 1), { stdio: 'pipe' });
    execFileSync('umount', [folder]);
    return '';
  } catch {
    return 'this machine lets nobody mount a small disk';
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function mountArguments(folder: string, mebibytes: number): readonly string[] {
  return ['-t', 'tmpfs', '-o', `size=${mebibytes}m,mode=0755`, 'tmpfs', folder];
}

/** The caller removes it; it also goes with the test's process, however that ends. */
export async function makeSmallDisk(mebibytes: number): Promise<SmallDisk> {
  const path = await mkdtemp(join(tmpdir(), 'testkit-disk-'));
  await chmod(path, 0o755);
  execFileSync('mount', mountArguments(path, mebibytes), { stdio: 'pipe' });
  // It is in a group of its own: when the test's group is killed it lives on, sees the end of its input, and unmounts.
  const keeper = spawn('sh', ['-c', 'read _; umount -l "$0"', path], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  const filler = join(path, 'filler');
  return {
    path,
    fill: async () => {
      const file = await open(filler, 'w');
      try {
        for (let size = 1 << 20; size >= 4096;) {
          const full = await file.write(Buffer.alloc(size)).then(({ bytesWritten }) => bytesWritten < size, () => true);
          if (full) size >>= 1;
        }
      } finally {
        await file.close();
      }
    },
    free: () => rm(filler, { force: true }),
    remove: async () => {
      const ended = once(keeper, 'exit');
      keeper.stdin.end();
      await ended;
      await rmdir(path);
    },
  };
}
