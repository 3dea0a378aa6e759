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

export interface ScriptCall {
  readonly keys: readonly string[];
  readonly args: readonly (string | number)[];
}

/** Scripts of one go: each takes some 15 microseconds, and others want to be served in between. */
const CALLS_IN_ONE_GO = 250;

/** How long an answer may take. Nobody waits for the projector, but a seal must be done within two seconds. */
export const COMMAND_TIMEOUT_MS = 1_000;

/**
 * Runs a script for each call, pipelined, and returns the answers in the order of the calls. A server that does not
 * know the script is told and asked again, so the script must bear being run twice.
 * @throws the first error that any call was answered with; the others may have taken effect
 */
export async function runScript(redis: Redis, { lua, sha }: Script, calls: readonly ScriptCall[]): Promise<readonly unknown[]> {
  const answers: unknown[] = [];
  for (let from = 0; from < calls.length; from += CALLS_IN_ONE_GO) {
    const some = calls.slice(from, from + CALLS_IN_ONE_GO);
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
