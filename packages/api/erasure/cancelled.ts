/** What became of holds that were to be cancelled. */
import type { Settled } from '../commit/command.ts';

/** How many holds a command has cancelled: others of its holds had lapsed, or were sold meanwhile. */
export function cancelledIn(settled: Settled): number {
  if (settled.kind !== 'decided' || !settled.outcome.ok) return 0;
  return settled.outcome.results.filter(({ reservation }) => reservation?.status === 'CANCELLED').length;
}
