/** The store of a NATS server that a test copies while it is stopped. */
import { glob, stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import type { Service } from '@inventory/testkit/servers/service.ts';

/** A server writes how far a consumer has come ten times a second at most, so by then it has begun to write the last of it. */
const BEGUN_MS = 1000;
/** What was not written for so long is written. */
const QUIET_MS = 500;

/**
 * Stops a server in good order, with all that its consumers have acknowledged on disk. A stop that comes while the server writes
 * that does not wait for it, and leaves a consumer behind that begins anew.
 */
export async function haltWithConsumers(server: Service): Promise<void> {
  await delay(BEGUN_MS);
  await eventually(async () => {
    for await (const path of glob('jetstream/**/obs/*/o.dat', { cwd: server.local?.dir ?? '' })) {
      const { size, mtimeMs } = await stat(`${server.local?.dir ?? ''}/${path}`);
      if (size === 0 || Date.now() - mtimeMs < QUIET_MS) throw new Error(`${path} is being written`);
    }
  }, { timeoutMs: 20_000, everyMs: 100 });
  await server.halt();
}
