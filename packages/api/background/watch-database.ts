/**
 * The api is ready when Postgres answers and takes changes, whatever Redis does: a dead cache must not close the shop. That it
 * answers proves little: a full disk, a limit of connections or a server that was demoted answers too.
 */
import type { Logger } from '@inventory/runtime/log.ts';
import { startLoop } from '@inventory/runtime/loop.ts';
import type { Loop } from '@inventory/runtime/loop.ts';
import type { Readiness } from '@inventory/runtime/readiness.ts';

const RETRY = { minMs: 500, maxMs: 1000 };

/** Asks now and every `everyMs`, and sets the check `name`. Resolves after the first answer or failure. */
async function watch({ name, ok, ask, everyMs, readiness, log }: WatchDeps & {
  readonly name: string;
  /** What the check says where all is well. */
  readonly ok: string;
  readonly ask: () => Promise<unknown>;
  readonly everyMs: number;
}): Promise<Loop> {
  const look = async (): Promise<void> => {
    try {
      await ask();
      readiness.set(name, { ok: true, required: true, detail: ok });
    } catch (error) {
      readiness.set(name, { ok: false, required: true, detail: error instanceof Error ? error.message : String(error) });
      throw error;
    }
  };
  await look().catch((error: unknown) => { log.warn('Postgres does not answer yet', { error }); });
  return startLoop({ name: `${name} check`, step: () => look().then(() => 'idle'), idleMs: everyMs, backoff: RETRY, log });
}

interface WatchDeps {
  readonly readiness: Readiness;
  readonly log: Logger;
}

/** Whether Postgres answers: the check `postgres`, once a second. */
export function watchDatabase({ ping, ...deps }: WatchDeps & { readonly ping: () => Promise<unknown> }): Promise<Loop> {
  return watch({ ...deps, name: 'postgres', ok: 'answers', ask: ping, everyMs: 1000 });
}

/** Whether it takes changes: the check `writes`, every three seconds. */
export function watchWrites({ prove, ...deps }: WatchDeps & { readonly prove: () => Promise<void> }): Promise<Loop> {
  return watch({ ...deps, name: 'writes', ok: 'changes are committed', ask: prove, everyMs: 3000 });
}
