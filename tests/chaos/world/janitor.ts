/**
 * Removes the run's folder when the run cannot: it outlives a kill -9 of the rig by some seconds, in which the servers
 * end, and leaves nothing behind. After a good end it is told to go at once.
 */
import { spawnGuarded } from '../../../scripts/lib/process/guard.mjs';

/**
 * Servers have up to 5 s for their end. The folder may be written to until then, so it is removed more than once. With it
 * go the shared files of libfaketime that bear the number of a process which is no more.
 */
const SCRIPT = `
sweep() {
  rm -rf "$1"
  for file in /dev/shm/faketime_shm_* /dev/shm/sem.faketime_sem_*; do
    [ -e "$file" ] && [ ! -e "/proc/\${file##*_}" ] && rm -f "$file"
  done
}
trap 'for i in 1 2 3 4 5 6 7 8 9 10; do sleep 1; sweep "$0"; done; exit 0' TERM
while :; do sleep 1; done
`;
const PATIENCE_MS = 20_000;

/** @param folder what goes with the run. @returns what ends the watch and leaves the folder alone */
export async function watchFolder(folder: string): Promise<() => Promise<void>> {
  const { kill } = await spawnGuarded({
    command: '/bin/sh', args: ['-c', SCRIPT, folder], env: { PATH: '/usr/bin:/bin' }, patienceMs: PATIENCE_MS,
  });
  return kill;
}
