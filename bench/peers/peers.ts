/**
 * What others reach on the same machine, in the same run: two libraries of npm, fetched into a folder that is thrown
 * away and called in process by peer.ts. They are no dependencies of ours.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { processEnv } from '@inventory/runtime/config/config.ts';
import { npmFetch } from '../../scripts/lib/install/npm.mjs';
import { startPostgres } from '@inventory/testkit/servers/services.ts';
import type { Effort } from '../system/system.ts';

const PEERS = {
  emmett: ['@event-driven-io/emmett-postgresql@0.42.0', '@event-driven-io/emmett@0.42.0', '@event-driven-io/pongo@0.16.11'],
  medusa: ['@medusajs/inventory@2.21.2', '@medusajs/framework@2.21.2'],
} as const;
type PeerName = keyof typeof PEERS;

/** How many calls are under way at once. The best of these counts, so that no peer is measured at a bad number. */
const AT_ONCE = [1, 8, 64];

export interface PeerResult {
  /** Calls that succeeded, a second. */
  readonly perSecond: number;
  readonly atOnce: number;
  /** What else is to be said. */
  readonly also: string;
}

/** Measures a peer on a Postgres of its own, with fsync on as ours. @throws when it cannot be fetched, or fails */
export async function measurePeer(name: PeerName, { rows, durationMs }: Effort): Promise<PeerResult> {
  const folder = await mkdtemp(join(tmpdir(), `bench-${name}-`));
  const postgres = await startPostgres({ fsync: true, settings: ['shared_buffers=1GB', 'max_wal_size=8GB'] });
  try {
    await npmFetch(folder, [...PEERS[name]], processEnv());
    const spec = { name, folder, url: postgres.url, rows, atOnce: AT_ONCE, durationMs };
    const child = spawn(process.execPath, [join(import.meta.dirname, 'peer.ts'), JSON.stringify(spec)], {
      cwd: folder, stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [said, complained, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
    // A library may print other lines first; the result is the last one.
    const last = said.trimEnd().split('\n').at(-1) ?? '';
    if (code !== 0 || !last.startsWith('{')) throw new Error(`${name} ended with ${code}: ${(complained || said).slice(-2_000)}`);
    const result: PeerResult = JSON.parse(last);
    return result;
  } finally {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
