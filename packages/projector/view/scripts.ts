/** Sending scripts and commands to Redis in one go, and waiting until every one of them was answered. */
import { createHash } from 'node:crypto';
import type { Redis } from '@inventory/runtime/redis.ts';

export interface Script {
  readonly lua: string;
  readonly sha: string;
}

export function script(lua: string): Script {
  return { lua, sha: createHash('sha1').update(lua).digest('hex') };
}

/** A script of one key, that is run for many: each call of it goes alone, or a number of them as one. */
export interface KeyScript {
  readonly alone: Script;
  readonly together: Script;
}

export function keyScript(lua: string): KeyScript {
  return { alone: script(lua), together: script(togetherLua(lua)) };
}

/**
 * The same script for each of KEYS, to which ARGV has a count and then so many arguments. A key that fails is no reason
 * to leave out the others.
 */
function togetherLua(lua: string): string {
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

export interface KeyCall {
  readonly key: string;
  readonly args: readonly (string | number)[];
}

export interface ScriptCall {
  readonly keys: readonly string[];
  readonly args: readonly (string | number)[];
}

/** Scripts of one go: each takes some 15 microseconds, and others want to be served in between. */
const CALLS_IN_ONE_GO = 250;

/**
 * Keys of one script, and their arguments at most: most of what a script costs, here more than there, is that it is one
 * more command. Nobody is served while it runs.
 */
const KEYS_TOGETHER = 25;
const ARGS_TOGETHER = 200;

/** Redis Cluster wants the keys of a script to be of one slot. */
const clusters = new WeakSet<Redis>();

/** How long an answer may take. Nobody waits for the projector, but a seal must be done within two seconds. */
export const COMMAND_TIMEOUT_MS = 1_000;

/**
 * Runs a script for each call, pipelined, and returns the answers in the order of the calls. A server that does not
 * know the script is told and asked again, so the script must bear being run twice.
 * @throws the first error that any call was answered with; the others may have taken effect
 */
export async function runScript(
  redis: Redis, { lua, sha }: Script, calls: readonly ScriptCall[], callsInOneGo = CALLS_IN_ONE_GO,
): Promise<readonly unknown[]> {
  const answers: unknown[] = [];
  for (let from = 0; from < calls.length; from += callsInOneGo) {
    const some = calls.slice(from, from + callsInOneGo);
    const send = (): Promise<readonly unknown[]> => inOneGo(redis, (pipeline) => {
      for (const { keys, args } of some) pipeline.evalsha(sha, keys.length, ...keys, ...args);
    });
    try {
      answers.push(...await send());
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      await redis.script('LOAD', lua);
      answers.push(...await send());
    }
  }
  return answers;
}

/**
 * Runs a script of one key for each call, a number of keys at once, and returns the answers in the order of the calls.
 * @throws like runScript
 */
export async function runForKeys(redis: Redis, { alone, together }: KeyScript, calls: readonly KeyCall[]): Promise<readonly unknown[]> {
  if (!clusters.has(redis)) {
    try {
      const answers = await runScript(redis, together, groupsOf(calls).map((group) => ({
        keys: group.map(({ key }) => key), args: group.flatMap(({ args }) => [args.length, ...args]),
      })), CALLS_IN_ONE_GO / KEYS_TOGETHER);
      return answers.flat();
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('CROSSSLOT')) throw error;
      clusters.add(redis);
    }
  }
  return runScript(redis, alone, calls.map(({ key, args }) => ({ keys: [key], args })));
}

function groupsOf(calls: readonly KeyCall[]): readonly (readonly KeyCall[])[] {
  const groups: KeyCall[][] = [];
  let room = 0;
  for (const call of calls) {
    const group = groups.at(-1);
    if (group === undefined || group.length === KEYS_TOGETHER || call.args.length > room) {
      groups.push([call]);
      room = ARGS_TOGETHER;
    } else group.push(call);
    room -= call.args.length;
  }
  return groups;
}

/** Sends the commands of a pipeline and returns their answers. @throws the first error among them */
export async function inOneGo(
  redis: Redis, fill: (pipeline: ReturnType<Redis['pipeline']>) => void,
): Promise<readonly unknown[]> {
  const pipeline = redis.pipeline();
  fill(pipeline);
  const answers = await pipeline.exec() ?? [];
  return answers.map(([error, answer]) => {
    if (error !== null) throw error;
    return answer;
  });
}
