/**
 * A process that removes the run's folder when the rig was killed with -9. It waits some seconds for the servers to end. After
 * a normal end the rig stops it and removes the folder itself.
 */
import { spawnGuarded } from '../../../scripts/lib/process/guard.mjs';

/**
 * Servers may take 5 s to end and write to the folder until then, so it is removed several times. Files of libfaketime in
 * shared memory are removed when the process of their number is gone.
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

/** Starts the process. @returns a function that stops it and leaves the folder alone */
export async function watchFolder(folder: string): Promise<() => Promise<void>> {
  const { kill } = await spawnGuarded({
    command: '/bin/sh', args: ['-c', SCRIPT, folder], env: { PATH: '/usr/bin:/bin' }, patienceMs: PATIENCE_MS,
  });
  return kill;
}
