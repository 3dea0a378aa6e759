/**
 * The clock of one process, moved by libfaketime. The library is loaded into the process and reads an offset from a file each
 * time the process reads the clock. Monotonic clocks stay as they are.
 */
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDERS = ['/usr/lib/x86_64-linux-gnu/faketime', '/usr/lib/aarch64-linux-gnu/faketime', '/usr/lib/faketime',
  '/usr/local/lib/faketime'];
const LIBRARY = 'libfaketime.so.1';

/** The path of the library; LIBFAKETIME may name another one. Undefined when the machine has none. */
function findFaketime(named = process.env['LIBFAKETIME']): string | undefined {
  const places = named === undefined ? FOLDERS.map((folder) => join(folder, LIBRARY)) : [named];
  return places.find((path) => existsSync(path));
}

/** Why clocks cannot be moved here; empty where they can. */
export function noFaketime(): string {
  return findFaketime() === undefined ? 'this machine does not have libfaketime, of Debian\'s package libfaketime' : '';
}

export interface Clock {
  /** The variables that give a process this clock. */
  readonly env: Readonly<Record<string, string>>;
  /** Sets the clock so many seconds ahead of the machine's; 0 resets it. */
  move(seconds: number): void;
}

/** Makes a clock whose offset is kept in `folder`. @returns undefined when the machine has no libfaketime */
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

/** Removes files in shared memory that libfaketime has left behind in killed processes; their names end in the pid. */
export function sweepShared(): void {
  if (!existsSync(SHARED)) return;
  for (const name of readdirSync(SHARED)) {
    const pid = /^(?:faketime_shm|sem\.faketime_sem)_(\d+)$/.exec(name)?.[1];
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) rmSync(join(SHARED, name), { force: true });
  }
}
