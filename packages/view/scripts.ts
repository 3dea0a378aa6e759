/**
 * The Lua texts that alone may write the view: what has to be decided and written in one step stands here. A script of
 * one key can be run for many keys at once (runForKeys).
 *
 * A key of another type than the view's is nobody's value: the script that meets it removes it, and goes on as if it had not
 * been there. An error would keep all that is written together with it from being written, again and again.
 */
import { keyScript, script } from '@inventory/runtime/redis/scripts.ts';
import {
  ABSENT_TTL_SECONDS, FILL_FIELD, FULL_FIELD, LAST_SEALED_TTL_MS, MAX_CLOCK_SKEW_MS, WATERMARK_TTL_MS,
} from './keys.ts';
import { SOURCE_LUA } from './source.ts';

/** Lua: the answer of a command; false where the key has another type, and is removed. */
const OR_REMOVE_LUA = `
local function askOrRemove(command, key, ...)
  local answer = redis.pcall(command, key, ...)
  if type(answer) ~= 'table' or not answer.err then return answer end
  if not string.find(answer.err, 'WRONGTYPE', 1, true) then error(answer.err) end
  redis.call('DEL', key)
  return false
end
`;

/**
 * Writes fields whose version is newer than what stands there.
 * KEYS[1] the hash; ARGV: field, value, field, value, … (a value begins with its version and a colon).
 * Returns the version that the last field had before (0: it was not there), or -1 when it was as new.
 */
export const applyScript = keyScript(`${OR_REMOVE_LUA}
local before = -1
for i = 1, #ARGV, 2 do
  local now = askOrRemove('HGET', KEYS[1], ARGV[i])
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
export const leaseScript = keyScript(`${OR_REMOVE_LUA}
askOrRemove('HLEN', KEYS[1])
redis.call('HSET', KEYS[1], '${FILL_FIELD}', ARGV[1])
return 1
`);

/** The answer of fillScript when the hash holds something besides what was filled in. */
export const FULL_AND_MORE = 2;

/**
 * Ends a fill: merges what was read from Postgres by version, and declares the hash a view only if the lease that was
 * taken before that read still stands (a FLUSHALL, or another filler, in between has removed it).
 * KEYS[1] the hash; ARGV[1] the nonce; then field, value, … (none: there is no such product, and the key goes by itself).
 * Returns 0 when the hash is no view now, 1 when it is one, and 2 when it is one and holds something that was not read: a
 * newer event, which is on its way, or what nobody should have written.
 */
export const fillScript = keyScript(`${OR_REMOVE_LUA}
local other = false
for i = 2, #ARGV, 2 do
  local now = askOrRemove('HGET', KEYS[1], ARGV[i])
  local new = tonumber(string.match(ARGV[i + 1], '^%d+'))
  if not now or (tonumber(string.match(now, '^%d+')) or 0) < new then
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
  elseif now ~= ARGV[i + 1] then
    other = true
  end
end
if askOrRemove('HGET', KEYS[1], '${FILL_FIELD}') ~= ARGV[1] then return 0 end
redis.call('HDEL', KEYS[1], '${FILL_FIELD}')
redis.call('HSET', KEYS[1], '${FULL_FIELD}', '1')
if #ARGV == 1 then redis.call('EXPIRE', KEYS[1], ${ABSENT_TTL_SECONDS}) else redis.call('PERSIST', KEYS[1]) end
if other or redis.call('HLEN', KEYS[1]) ~= (#ARGV + 1) / 2 then return ${FULL_AND_MORE} end
return 1
`);

/**
 * Raises the watermark and P, if the cycle that proves them was quick enough and the view is still the one it read.
 * KEYS: watermark, last_sealed, position, source. ARGV: name of the epoch, t0 in ms (Postgres clock), r0 in ms (Redis clock at the
 * cycle's start), F, source.
 *
 * 'foreign' while another log's view is sealed in this Redis: whoever was first keeps it.
 * 'lost' when P is gone, or Redis is another one than it was: a FLUSHALL or a restart within the cycle has taken writes
 * with it. 'slow' once 2 000 ms have gone by since r0 (or the clock was set back): P moves, so that a long backlog gets
 * shorter, but a frozen sealer must not wake up and vouch for an old view. Else 'sealed'; a watermark of an older epoch,
 * or of an older instant of the same one, never replaces a newer one, nor does an older P. A seal that no projector can
 * have written is no newer one: it lasts longer than a seal does, or its instant is far ahead of t0.
 */
export const sealScript = script(`${SOURCE_LUA}${OR_REMOVE_LUA}
local position = askOrRemove('GET', KEYS[3])
if not position or askOrRemove('GET', KEYS[4]) ~= ARGV[5] or source() ~= ARGV[5] then return 'lost' end
local log, epoch = string.match(ARGV[1], '^(%x+)%.(%d+)$')
epoch = tonumber(epoch)
local function sealAt(key, ttl)
  local now = askOrRemove('GET', key)
  local left = redis.call('PTTL', key)
  if not now or left <= 0 or left > ttl then return end
  local l, e, a = string.match(now, '^(%x+)%.(%d+):(%d+)$')
  return l, tonumber(e) or 0, tonumber(a) or 0
end
local other, _, instant = sealAt(KEYS[1], ${WATERMARK_TTL_MS})
if other and other ~= log and instant <= tonumber(ARGV[2]) + ${MAX_CLOCK_SKEW_MS} then return 'foreign' end
if (tonumber(position) or 0) < tonumber(ARGV[4]) then redis.call('SET', KEYS[3], ARGV[4]) end
local t = redis.call('TIME')
local spent = t[1] * 1000 + math.floor(t[2] / 1000) - ARGV[3]
if spent < 0 or spent >= ${WATERMARK_TTL_MS} then return 'slow' end
local at = tonumber(ARGV[2])
local function raise(key, ttl)
  local l, e, a = sealAt(key, ttl)
  if l == log and (e > epoch or (e == epoch and a > at and a <= at + ${MAX_CLOCK_SKEW_MS})) then return end
  redis.call('SET', key, ARGV[1] .. ':' .. ARGV[2], 'PX', ttl - spent)
end
raise(KEYS[1], ${WATERMARK_TTL_MS})
raise(KEYS[2], ${LAST_SEALED_TTL_MS})
return 'sealed'
`);

/**
 * Ends a rebuild: declares P, if nothing that it wrote was lost meanwhile (a FLUSHALL takes its mark, a restart changes
 * the source). P becomes F in any case: the next seal reads on from there, and an older P costs that only time, but a P
 * that somebody has made up would let it pass over events. KEYS: mark, position, source. ARGV: F, source. Returns 1 when
 * the view stands, else 0: rebuild again.
 */
export const endRebuildScript = script(`${SOURCE_LUA}
if redis.call('DEL', KEYS[1]) == 0 or source() ~= ARGV[2] then return 0 end
redis.call('SET', KEYS[2], ARGV[1])
redis.call('SET', KEYS[3], ARGV[2])
return 1
`);

/**
 * Takes fields away that were found to be wrong, each only if it still holds what was seen, and with them the claim to
 * be full and the lease of a filler who may have read it: a fill puts the truth back, whatever its version.
 * KEYS[1] the hash; ARGV: field, value seen, …  Returns the number of fields taken away.
 */
export const removeWrongScript = script(`${OR_REMOVE_LUA}
local removed = 0
askOrRemove('HLEN', KEYS[1])
for i = 1, #ARGV, 2 do
  if redis.call('HGET', KEYS[1], ARGV[i]) == ARGV[i + 1] then removed = removed + redis.call('HDEL', KEYS[1], ARGV[i]) end
end
redis.call('HDEL', KEYS[1], '${FULL_FIELD}', '${FILL_FIELD}')
return removed
`);
