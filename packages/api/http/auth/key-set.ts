/**
 * The identity provider's keys: jose's remote key set, with a refresh in the background every five minutes. While the
 * provider is away, slow or confused the last good set serves, for up to 24 hours, and no request waits for it. Only a
 * token that names an unknown key makes it look at once, at most every ten seconds. What cannot be decided for want of a
 * set is 503, never 401.
 */
import { InventoryError } from '@inventory/domain/errors.ts';
import type { Logger } from '@inventory/runtime/log.ts';
import { startLoop } from '@inventory/runtime/loop.ts';
import { safeParse } from '@inventory/runtime/safe-parse.ts';
import { createRemoteJWKSet, customFetch, errors } from 'jose';
import type { FetchImplementation, JWTVerifyGetKey } from 'jose';
import { z } from 'zod';

const REFRESH_MS = 300_000;
const BACKOFF = { minMs: 1000, maxMs: 30_000 } as const;
/** How long a set serves without a newer one. */
const MAX_STALE_MS = 24 * 3_600_000;
/** Between looks that tokens cause: a sender of made-up key ids must not make the api flood the provider. */
const COOLDOWN_MS = 10_000;
/** The same while there is no set at all, and every request waits for one. */
const COOLDOWN_WITHOUT_SET_MS = 1000;
const TIMEOUT_MS = 3000;
const MAX_BYTES = 65_536;
const MAX_KEYS = 100;

/** Public keys for signatures only: a shared or private key in the set is a mistake, and is not used. */
const publicKey = z.looseObject({
  kty: z.enum(['OKP', 'EC', 'RSA']),
  use: z.literal('sig').optional(),
  // RSA of 2 048 to 8 192 bits: a short one can be broken, a very long one takes seconds to verify with.
  n: z.string().min(340).max(1370).optional(),
}).refine((key) => !Object.hasOwn(key, 'd'));
const keySet = z.object({ keys: z.array(z.unknown()).max(MAX_KEYS) });

interface KeySetDeps {
  readonly url: string;
  readonly log: Logger;
  /** Called when the set has changed: what was verified with the old one must be verified again. */
  readonly onChange: () => void;
  /** A clock in milliseconds that never goes back; a test travels in time with it. */
  readonly now?: () => number;
}

interface KeySet {
  /** For jwtVerify. Throws {InventoryError} dependency_unavailable where no set can tell. */
  readonly key: JWTVerifyGetKey;
  /** False when the set is older than a day: what was verified with it counts no longer either. */
  isUsable(): boolean;
  stop(): Promise<void>;
}

/** Starts reading the set. */
export function createKeySet({ url, log, onChange, now = () => performance.now() }: KeySetDeps): KeySet {
  // When to read it is decided here: by jose's own ages, which go by the wall clock, a request would wait for the provider.
  const remote = createRemoteJWKSet(new URL(url), {
    timeoutDuration: TIMEOUT_MS, cacheMaxAge: Infinity, cooldownDuration: Infinity, [customFetch]: fetchUsable,
  });
  let readAt = -Infinity;
  let lastLook = { at: -Infinity, ok: false };

  const refresh = async (): Promise<void> => {
    const before = JSON.stringify(remote.jwks());
    try {
      await remote.reload();
      readAt = now();
      lastLook = { at: readAt, ok: true };
    } catch (error) {
      lastLook = { at: now(), ok: false };
      throw error;
    }
    if (before !== undefined && before !== JSON.stringify(remote.jwks())) onChange();
  };
  /** Looks because a token needs it, together with a look that is under way, unless the last one was just now. */
  const look = async (cooldownMs: number): Promise<void> => {
    if (!remote.reloading && now() - lastLook.at < cooldownMs) return;
    // How it ended is in lastLook; the loop writes the log line.
    await refresh().catch(() => undefined);
  };
  const isUsable = (): boolean => now() - readAt < MAX_STALE_MS;

  const loop = startLoop({
    name: 'key set', step: () => refresh().then(() => 'idle'), idleMs: REFRESH_MS, backoff: BACKOFF, log,
  });
  return {
    isUsable,
    stop: () => loop.stop(),
    key: async (header, token) => {
      if (!isUsable()) await look(COOLDOWN_WITHOUT_SET_MS);
      if (!isUsable()) throw unavailable();
      try {
        return await remote(header, token);
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      }
      await look(COOLDOWN_MS);
      // An unknown key may be a new one: as long as the set cannot be seen, the token is not known to be wrong.
      if (!lastLook.ok) throw unavailable();
      return remote(header, token);
    },
  };
}

function unavailable(): InventoryError {
  return new InventoryError('dependency_unavailable', 'The key set of the identity provider cannot be had.', {
    retry_after_seconds: 5,
  });
}

/**
 * Fetches the set and leaves only its usable keys. No redirect is followed (jose asks so): it could lead anywhere, to the
 * metadata service of a cloud for one. @throws when there is no answer, or one that is too large or has no usable key
 */
const fetchUsable: FetchImplementation = async (url, options) => {
  const response = await fetch(url, options);
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw new Error(`the key set was answered with ${response.status}`);
  }
  const { keys } = keySet.parse(JSON.parse(await readBounded(response.body)));
  const usable = keys.filter((key) => safeParse(publicKey, key).success);
  if (usable.length === 0) throw new Error('the key set has no key that tokens could be verified with');
  return Response.json({ keys: usable });
};

async function readBounded(body: ReadableStream<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > MAX_BYTES) throw new Error(`the key set has more than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
