import { inOneGo } from './scripts.ts';
import type { Redis } from '@inventory/runtime/redis.ts';

/**
 * Which Redis this is: `run_id:master_replid`. Another answer than before means another process, another master or other
 * data, and so that acknowledged writes may be gone. The scripts that seal make the same text (SOURCE_LUA).
 */
export async function readSource(redis: Redis): Promise<string> {
  const [server, replication] = await inOneGo(redis, (pipeline) => { pipeline.info('server').info('replication'); });
  return sourceOf(server, replication);
}

/** The source from the two sections of INFO. @throws {Error} when they do not name it */
export function sourceOf(server: unknown, replication: unknown): string {
  const [, runId] = /^run_id:([0-9a-f]+)/m.exec(String(server)) ?? [];
  const [, replicationId] = /^master_replid:([0-9a-f]+)/m.exec(String(replication)) ?? [];
  if (runId === undefined || replicationId === undefined) throw new Error('INFO names no run_id or master_replid');
  return `${runId}:${replicationId}`;
}
