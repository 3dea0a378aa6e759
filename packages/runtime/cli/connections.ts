/** What a command connects to. A person waits for it, so it is there within seconds, or the command says that it is not. */
import { NatsError } from 'nats';
import type { NatsConnection } from 'nats';
import type { Logger } from '../log.ts';
import { connectNats } from '../nats/link.ts';
import type { LinkState } from '../nats/link.ts';
import { closeRedis, createRedis } from '../redis/link.ts';
import type { Redis } from '../redis/link.ts';

const NATS_TIMEOUT_MS = 3000;
const REDIS_TIMEOUT_MS = 5000;

/** NATS or Redis is not to be had. The message names it and says why. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

/** The logger of a command's connections, which logs nothing: a command says by itself what went wrong. */
export const quiet: Logger = {
  error: () => undefined, warn: () => undefined, info: () => undefined, debug: () => undefined, child: () => quiet,
};

/** Does the work with NATS, reached within 3 s and kept up until the work ends. @throws {Unreachable} */
export async function withNats<T>(
  { url, name, onState }: {
    readonly url: string;
    readonly name: string;
    /** At the first connection, and whenever it is lost or there again. */
    readonly onState?: (state: LinkState, detail: string) => void;
  },
  work: (nats: NatsConnection) => Promise<T>,
): Promise<T> {
  let reason = 'no answer';
  let reached = false;
  const link = connectNats({
    url, name, log: quiet,
    onState: (state, detail) => {
      reason = detail;
      reached ||= state === 'connected';
      if (reached) onState?.(state, detail);
    },
  });
  try {
    const nats = await link.connection(AbortSignal.timeout(NATS_TIMEOUT_MS)).catch((error: unknown) => {
      throw new Unreachable(`NATS does not answer: ${reason}`, { cause: error });
    });
    return await work(nats).catch((error: unknown) => {
      const hint = error instanceof NatsError ? link.hint() : undefined;
      throw hint === undefined ? error : new Unreachable(hint, { cause: error });
    });
  } finally {
    await link.close();
  }
}

/** Does the work with Redis, reached within 5 s and kept up until the work ends. @throws {Unreachable} */
export async function withRedis<T>(
  { url, name, commandTimeoutMs }: { readonly url: string; readonly name: string; readonly commandTimeoutMs: number },
  work: (redis: Redis) => Promise<T>,
): Promise<T> {
  let reason = 'no answer';
  const reached = Promise.withResolvers<undefined>();
  const redis = createRedis({
    url, name, log: quiet, commandTimeoutMs,
    onState: (state, detail) => {
      reason = detail;
      if (state === 'connected') reached.resolve(undefined);
    },
  });
  const late = AbortSignal.timeout(REDIS_TIMEOUT_MS);
  late.addEventListener('abort', () => { reached.reject(new Unreachable(`Redis does not answer: ${reason}`)); });
  try {
    await reached.promise;
    return await work(redis);
  } finally {
    await closeRedis(redis);
  }
}
