/** The one wait for SIGSTOP to take effect: until then a "frozen" process may answer, and a test would judge that answer. */
import { isStopped } from '../../../scripts/lib/process/proc.mjs';
import { eventually } from '../waiting/eventually.ts';

/** Resolves when every thread of these processes is stopped, or they have ended; rejects after 10 s. */
export function untilStopped(pids: readonly number[]): Promise<void> {
  return eventually(() => {
    const running = pids.filter((pid) => !isStopped(pid));
    if (running.length > 0) throw new Error(`running: ${running.join(', ')}`);
  }, { everyMs: 1, what: 'SIGSTOP to take effect' });
}
