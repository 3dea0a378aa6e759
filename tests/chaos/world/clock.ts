/**
 * The clock of one process, moved by libfaketime where the machine has it: the library is loaded into the process and
 * reads an offset from a file at every look at the clock. Clocks that only measure time stay as they are.
 */
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDERS = ['/usr/lib/x86_64-linux-gnu/faketime', '/usr/lib/aarch64-linux-gnu/faketime', '/usr/lib/faketime',
  '/usr/local/lib/faketime'];
const LIBRARY = 'libfaketime.so.1';

/** Where it is; LIBFAKETIME names another place. Undefined where the machine has none. */
export function findFaketime(named = process.env['LIBFAKETIME']): string | undefined {
  const places = named === undefined ? FOLDERS.map((folder) => join(folder, LIBRARY)) : [named];
  return places.find((path) => existsSync(path));
}

/** Why clocks cannot be moved here; empty where they can. */
export function noFaketime(): string {
  return findFaketime() === undefined ? 'this machine does not have libfaketime, of Debian\'s package libfaketime' : '';
}

export interface Clock {
  /** What a process is started with to have this clock. */
  readonly env: Readonly<Record<string, string>>;
  /** Moves it by so many seconds against the machine's; 0 brings it back. */
  move(seconds: number): void;
}

/** @param folder where the file with the offset lies. @returns undefined where the machine has no libfaketime */
export function createClock(folder: string, name: string): Clock | undefined {
  const library = findFaketime();
  if (library === undefined) return undefined;
  const file = join(folder, `clock-${name}`);
  const move = (seconds: number): void => { writeFileSync(file, `${seconds < 0 ? '' : '+'}${seconds}\n`); };
  move(0);
  return {
    env: {
      LD_PRELOAD: library, FAKETIME_TIMESTAMP_FILE: file, FAKETIME_NO_CACHE: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1',
    },
    move,
  };
}

const SHARED = '/dev/shm';

/** Removes what the library of a process that was killed has left in shared memory: files that bear its number. */
export function sweepShared(): void {
  if (!existsSync(SHARED)) return;
  for (const name of readdirSync(SHARED)) {
    const pid = /^(?:faketime_shm|sem\.faketime_sem)_(\d+)$/.exec(name)?.[1];
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) rmSync(join(SHARED, name), { force: true });
  }
}
