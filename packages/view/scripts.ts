/**
 * The Lua texts that alone may write the view: what has to be decided and written in one step stands here. A script of
 * one key can be run for many keys at once (runForKeys).
 */
import { keyScript, script } from '@inventory/runtime/redis/scripts.ts';
import { ABSENT_TTL_SECONDS, FILL_FIELD, FULL_FIELD, LAST_SEALED_TTL_MS, WATERMARK_TTL_MS } from './keys.ts';
import { SOURCE_LUA } from './source.ts';

/**
 * Writes fields whose version is newer than what stands there.
 * KEYS[1] the hash; ARGV: field, value, field, value, … (a value begins with its version and a colon).
 * Returns the version that the last field had before (0: it was not there), or -1 when it was as new.
 */
export const applyScript = keyScript(`
local before = -1
for i = 1, #ARGV, 2 do
  local now = redis.call('HGET', KEYS[1], ARGV[i])
  local new = tonumber(string.match(ARGV[i + 1], '^%d+'))
  local old = now and tonumber(string.match(now, '^%d+')) or 0
  before = -1
  if not now or old < new then
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
    before = old
  end
end
return before
`);

/** Takes the lease of a fill, before its reading. KEYS[1] the hash; ARGV[1] a nonce. Returns 1. */
export const leaseScript = keyScript(`
redis.call('HSET', KEYS[1], '${FILL_FIELD}', ARGV[1])
return 1
`);

/**
 * Ends a fill: merges what was read from Postgres by version, and declares the hash a view only if the lease that was
 * taken before that read still stands (a FLUSHALL, or another filler, in between has removed it).
 * KEYS[1] the hash; ARGV[1] the nonce; then field, value, … (none: there is no such product, and the key goes by itself).
 * Returns 1 when the hash is a view now, else 0.
 */
export const fillScript = keyScript(`
for i = 2, #ARGV, 2 do
  local now = redis.call('HGET', KEYS[1], ARGV[i])
  local new = tonumber(string.match(ARGV[i + 1], '^%d+'))
  if not now or (tonumber(string.match(now, '^%d+')) or 0) < new then
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
  end
end
if redis.call('HGET', KEYS[1], '${FILL_FIELD}') ~= ARGV[1] then return 0 end
redis.call('HDEL', KEYS[1], '${FILL_FIELD}')
redis.call('HSET', KEYS[1], '${FULL_FIELD}', '1')
if #ARGV == 1 then redis.call('EXPIRE', KEYS[1], ${ABSENT_TTL_SECONDS}) else redis.call('PERSIST', KEYS[1]) end
return 1
`);

/**
 * Raises the watermark and P, if the cycle that proves them was quick enough and the view is still the one it read.
 * KEYS: watermark, last_sealed, position, source. ARGV: epoch, t0 in ms (Postgres clock), r0 in ms (Redis clock at the
 * cycle's start), F, source.
 *
 * 'lost' when P is gone, or Redis is another one than it was: a FLUSHALL or a restart within the cycle has taken writes
 * with it. 'slow' once 2 000 ms have gone by since r0 (or the clock was set back): P moves, so that a long backlog gets
 * shorter, but a frozen sealer must not wake up and vouch for an old view. Else 'sealed'; a watermark of an older epoch,
 * or of an older instant of the same one, never replaces a newer one, nor does an older P.
 */
export const sealScript = script(`${SOURCE_LUA}
local position = redis.call('GET', KEYS[3])
if not position or redis.call('GET', KEYS[4]) ~= ARGV[5] or source() ~= ARGV[5] then return 'lost' end
if (tonumber(position) or 0) < tonumber(ARGV[4]) then redis.call('SET', KEYS[3], ARGV[4]) end
local t = redis.call('TIME')
local spent = t[1] * 1000 + math.floor(t[2] / 1000) - ARGV[3]
if spent < 0 or spent >= ${WATERMARK_TTL_MS} then return 'slow' end
local epoch, at = tonumber(ARGV[1]), tonumber(ARGV[2])
local function raise(key, ttl)
  local now = redis.call('GET', key)
  if now then
    local e, a = string.match(now, '^(%d+):(%d+)$')
    e, a = tonumber(e) or 0, tonumber(a) or 0
    if e > epoch or (e == epoch and a > at) then return end
  end
  redis.call('SET', key, ARGV[1] .. ':' .. ARGV[2], 'PX', ttl)
end
raise(KEYS[1], ${WATERMARK_TTL_MS} - spent)
raise(KEYS[2], ${LAST_SEALED_TTL_MS} - spent)
return 'sealed'
`);

/**
 * Ends a rebuild: declares P, if nothing that it wrote was lost meanwhile (a FLUSHALL takes its mark, a restart changes
 * the source). KEYS: mark, position, source. ARGV: F, source. Returns 1 when the view stands, else 0: rebuild again.
 */
export const endRebuildScript = script(`${SOURCE_LUA}
if redis.call('DEL', KEYS[1]) == 0 or source() ~= ARGV[2] then return 0 end
local position = tonumber(redis.call('GET', KEYS[2]) or '') or 0
if redis.call('GET', KEYS[3]) ~= ARGV[2] or position < tonumber(ARGV[1]) then redis.call('SET', KEYS[2], ARGV[1]) end
redis.call('SET', KEYS[3], ARGV[2])
return 1
`);

/**
 * Takes fields away that were found to be wrong, each only if it still holds what was seen, and with them the claim to
 * be full and the lease of a filler who may have read it: a fill puts the truth back, whatever its version.
 * KEYS[1] the hash; ARGV: field, value seen, …  Returns the number of fields taken away.
 */
export const removeWrongScript = script(`
local removed = 0
for i = 1, #ARGV, 2 do
  if redis.call('HGET', KEYS[1], ARGV[i]) == ARGV[i + 1] then removed = removed + redis.call('HDEL', KEYS[1], ARGV[i]) end
end
redis.call('HDEL', KEYS[1], '${FULL_FIELD}', '${FILL_FIELD}')
return removed
`);
