/** The api is ready when Postgres answers, whatever Redis does: a dead cache must not close the shop. */
import type { Logger } from '@inventory/runtime/log.ts';
import { startLoop } from '@inventory/runtime/loop.ts';
import type { Loop } from '@inventory/runtime/loop.ts';
import type { Readiness } from '@inventory/runtime/readiness.ts';

const EVERY_MS = 1000;

/** Asks the database now and once a second, and sets the check `postgres`. Resolves after the first answer or failure. */
export async function watchDatabase(deps: {
  readonly ping: () => Promise<unknown>; readonly readiness: Readiness; readonly log: Logger;
}): Promise<Loop> {
  const look = async (): Promise<void> => {
    try {
      await deps.ping();
      deps.readiness.set('postgres', { ok: true, required: true, detail: 'answers' });
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      deps.readiness.set('postgres', { ok: false, required: true, detail });
      throw error;
    }
  };
  await look().catch((error: unknown) => { deps.log.warn('Postgres does not answer yet', { error }); });
  return startLoop({
    name: 'postgres check', step: () => look().then(() => 'idle'), idleMs: EVERY_MS,
    backoff: { minMs: 500, maxMs: EVERY_MS }, log: deps.log,
  });
}
