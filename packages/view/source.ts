/**
 * Which Redis a view was built on: `run_id:master_replid`. Another source than before means another process, another
 * master or other data, so acknowledged writes may be gone.
 */
import { pipelined } from '@inventory/runtime/redis/scripts.ts';
import type { Redis } from '@inventory/runtime/redis/link.ts';

/** The source of this Redis, as the scripts that seal make it too (SOURCE_LUA). @throws what Redis throws */
export async function readSource(redis: Redis): Promise<string> {
  const [server, replication] = await pipelined(redis, (pipeline) => { pipeline.info('server').info('replication'); });
  return sourceOf(server, replication);
}

/** The source from the two sections of INFO. @throws {Error} when they do not name it */
export function sourceOf(server: unknown, replication: unknown): string {
  const [, runId] = /^run_id:([0-9a-f]+)/m.exec(String(server)) ?? [];
  const [, replicationId] = /^master_replid:([0-9a-f]+)/m.exec(String(replication)) ?? [];
  if (runId === undefined || replicationId === undefined) throw new Error('INFO names no run_id or master_replid');
  return `${runId}:${replicationId}`;
}

/** The Lua function `source()`, for scripts that write only while Redis is still the one that the view was built on. */
export const SOURCE_LUA = `
local function source()
  local id = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
  local replid = string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
  return (id or '') .. ':' .. (replid or '')
end
`;
