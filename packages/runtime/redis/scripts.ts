/**
 * Running Lua in Redis: one call, many calls, and a script of one key for many keys. A call goes by the hash of its
 * text; a server that does not know the hash is told the text, so a restart or SCRIPT FLUSH costs a round trip.
 *
 * ioredis' `defineCommand` is as good for single calls [155 a millisecond either way; two cores, Node 24, Redis 7.0]. In
 * a pipeline it sends the whole text each time [7 % fewer keys a second, a third more processor time here], and its
 * commands have no types.
 */
import { createHash } from 'node:crypto';
import type { Redis } from './link.ts';

type Script = { readonly lua: string; readonly sha: string };

export function script(lua: string): Script {
  return { lua, sha: createHash('sha1').update(lua).digest('hex') };
}

type Argument = string | number;
type ScriptCall = { readonly keys: readonly string[]; readonly args: readonly Argument[] };
type KeyCall = { readonly key: string; readonly args: readonly Argument[] };

/** A script takes some 15 microseconds; between two pipelines of so many calls other clients are served. */
const CALLS_IN_A_PIPELINE = 250;
/**
 * Keys and arguments of one call for many keys: most of the cost of a script is that it is a command. No other client is
 * served while it runs.
 */
const KEYS_IN_A_CALL = 25;
const ARGS_IN_A_CALL = 200;

/**
 * Runs a script once and returns its answer.
 * @throws what Redis answers or ioredis throws; after a time-out or a lost connection the effect is unknown
 */
export async function runScript(redis: Redis, { lua, sha }: Script, { keys, args }: ScriptCall): Promise<unknown> {
  try {
    return await redis.evalsha(sha, keys.length, ...keys, ...args);
  } catch (error) {
    if (!isUnknownScript(error)) throw error;
    return redis.eval(lua, keys.length, ...keys, ...args);
  }
}

/**
 * Runs a script for each call, in pipelines, and returns the answers in the order of the calls. When the server turns
 * out not to know the script, a whole pipeline is sent again: the script must bear being run twice.
 * @throws the first error that any call was answered with; the others may have taken effect
 */
export async function runScripts(
  redis: Redis, { lua, sha }: Script, calls: readonly ScriptCall[], callsInAPipeline = CALLS_IN_A_PIPELINE,
): Promise<readonly unknown[]> {
  const answers: unknown[] = [];
  for (let from = 0; from < calls.length; from += callsInAPipeline) {
    const some = calls.slice(from, from + callsInAPipeline);
    const send = (): Promise<readonly unknown[]> => answersOf(redis, (pipeline) => {
      for (const { keys, args } of some) pipeline.evalsha(sha, keys.length, ...keys, ...args);
    });
    try {
      answers.push(...await send());
    } catch (error) {
      if (!isUnknownScript(error)) throw error;
      await redis.script('LOAD', lua);
      answers.push(...await send());
    }
  }
  return answers;
}

/** A script of one key: `one` runs it for a key, `many` for each of many keys in a single call. */
type KeyScript = { readonly one: Script; readonly many: Script };

export function keyScript(lua: string): KeyScript {
  return { one: script(lua), many: script(forManyKeys(lua)) };
}

/**
 * Runs a script of one key for each call, many keys at a time, and returns the answers in the order of the calls.
 * @throws like runScripts
 */
export async function runForKeys(redis: Redis, { many }: KeyScript, calls: readonly KeyCall[]): Promise<readonly unknown[]> {
  const answers = await runScripts(redis, many, groupsOf(calls).map((group) => ({
    keys: group.map(({ key }) => key), args: group.flatMap(({ args }) => [args.length, ...args]),
  })), CALLS_IN_A_PIPELINE / KEYS_IN_A_CALL);
  return answers.flat();
}

/**
 * Like runForKeys, for a few keys that somebody waits for: a command for each group of keys, without a pipeline, and for a single
 * key the shorter script.
 * @throws like runScript
 */
export async function runForKeysNow(redis: Redis, { one, many }: KeyScript, calls: readonly KeyCall[]): Promise<readonly unknown[]> {
  const [only, ...others] = calls;
  if (only === undefined) return [];
  if (others.length === 0) return [await runScript(redis, one, { keys: [only.key], args: only.args })];
  const answers = await Promise.all(groupsOf(calls).map((group) => runScript(redis, many, {
    keys: group.map(({ key }) => key), args: group.flatMap(({ args }) => [args.length, ...args]),
  })));
  return answers.flat();
}

/** The answer to a command whose key has another type than the command is for. */
export const WRONG_TYPE: unique symbol = Symbol('wrong type');

/**
 * Sends the commands of a pipeline and returns their answers, WRONG_TYPE among them: one such key must not fail the rest.
 * @throws the first other error among them
 */
export function pipelined(redis: Redis, fill: Fill): Promise<readonly unknown[]> {
  return answersOf(redis, fill, (error) => {
    if (isWrongType(error)) return WRONG_TYPE;
    throw error;
  });
}

type Fill = (pipeline: ReturnType<Redis['pipeline']>) => void;

async function answersOf(
  redis: Redis, fill: Fill, insteadOf: (error: Error) => unknown = (error) => { throw error; },
): Promise<readonly unknown[]> {
  const pipeline = redis.pipeline();
  fill(pipeline);
  const answers = await pipeline.exec() ?? [];
  return answers.map(([error, answer]) => (error === null ? answer : insteadOf(error)));
}

/** True for the error of a command whose key has another type than the command is for. */
export function isWrongType(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('WRONGTYPE');
}

function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT');
}

/**
 * The script for each of KEYS. ARGV holds, for each key, a count and then as many arguments. A key that fails does not
 * keep the others from being done; the call then fails with the first error.
 */
function forManyKeys(lua: string): string {
  return `
local function one(KEYS, ARGV)
${lua}
end
local answers, failed, at = {}, nil, 1
for k = 1, #KEYS do
  local count, own = tonumber(ARGV[at]), {}
  for n = 1, count do own[n] = ARGV[at + n] end
  at = at + count + 1
  local well, answer = pcall(one, {KEYS[k]}, own)
  if well then answers[k] = answer else answers[k], failed = false, failed or answer end
end
if failed then return redis.error_reply(type(failed) == 'table' and failed.err or failed) end
return answers
`;
}

/** The calls in groups, each as large as one call for many keys may be. */
function groupsOf(calls: readonly KeyCall[]): readonly (readonly KeyCall[])[] {
  const groups: KeyCall[][] = [];
  let room = 0;
  for (const call of calls) {
    const group = groups.at(-1);
    if (group === undefined || group.length === KEYS_IN_A_CALL || call.args.length > room) {
      groups.push([call]);
      room = ARGS_IN_A_CALL;
    } else group.push(call);
    room -= call.args.length;
  }
  return groups;
}
