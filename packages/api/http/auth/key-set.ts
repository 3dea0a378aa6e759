/**
 * The identity provider's keys, read in the background every five minutes. While it is away, slow or confused the last
 * good set is used, for up to 24 hours, and no request waits for it: only a token that names a key which is not there
 * makes us look at once, at most every ten seconds. What cannot be decided for want of a set is 503, never 401.
 */
import { InventoryError } from '@inventory/domain/errors.ts';
import type { Logger } from '@inventory/runtime/log.ts';
import { startLoop } from '@inventory/runtime/loop.ts';
import { createLocalJWKSet, errors } from 'jose';
import type { JWK, JWTVerifyGetKey } from 'jose';
import { z } from 'zod';

const REFRESH_MS = 300_000;
const BACKOFF = { minMs: 1000, maxMs: 30_000 } as const;
/** How long a set is good without another one. */
const MAX_STALE_MS = 24 * 3_600_000;
/** Between looks that tokens make us take: one sender of made-up key ids must not make us flood the provider. */
const COOLDOWN_MS = 10_000;
/** The same while there is no set at all, and everybody waits for one. */
const COOLDOWN_WITHOUT_SET_MS = 1000;
const TIMEOUT_MS = 3000;
const MAX_BYTES = 65_536;
const MAX_KEYS = 100;

/** Public keys for signatures only: a shared or private key in the set is somebody's mistake, and not used. */
const publicKey = z.looseObject({
  kty: z.enum(['OKP', 'EC', 'RSA']),
  use: z.literal('sig').optional(),
  // RSA of 2 048 to 8 192 bits: a short one can be broken, a very long one takes seconds to verify with.
  n: z.string().min(340).max(1370).optional(),
}).refine((key) => !Object.hasOwn(key, 'd'));
const keySet = z.object({ keys: z.array(z.unknown()).max(MAX_KEYS) });

export interface KeySetDeps {
  readonly url: string;
  readonly log: Logger;
  /** Told when the set is another than before: what was verified with the old one must be verified again. */
  readonly onChange: () => void;
  /** A clock in milliseconds that never goes back; a test travels in time with it. */
  readonly now?: () => number;
}

export interface KeySet {
  /** For jwtVerify. Throws {InventoryError} dependency_unavailable where no set can tell. */
  readonly key: JWTVerifyGetKey;
  /** Reads the set; rejects when it cannot be had, and the one before stays. */
  refresh(): Promise<void>;
  stop(): Promise<void>;
}

interface Known { readonly text: string; readonly key: JWTVerifyGetKey; readonly at: number }

/** Starts reading the set. */
export function createKeySet({ url, log, onChange, now = () => performance.now() }: KeySetDeps): KeySet {
  let known: Known | undefined;
  let lastLook = { at: -Infinity, ok: false };
  let underWay: Promise<void> | undefined;

  const read = async (): Promise<void> => {
    try {
      const text = await fetchKeys(url);
      const keys: JWK[] = JSON.parse(text);
      const changed = known !== undefined && known.text !== text;
      known = { text, key: changed || known === undefined ? createLocalJWKSet({ keys }) : known.key, at: now() };
      lastLook = { at: now(), ok: true };
      if (changed) onChange();
    } catch (error) {
      lastLook = { at: now(), ok: false };
      throw error;
    }
  };
  const refresh = (): Promise<void> => {
    underWay ??= read().finally(() => { underWay = undefined; });
    return underWay;
  };
  /** Looks again because a token needs it, unless somebody has just looked. */
  const look = async (cooldownMs: number): Promise<void> => {
    if (underWay === undefined && now() - lastLook.at < cooldownMs) return;
    // How it ended is in lastLook; the loop has the log line.
    await refresh().catch(() => undefined);
  };
  const usable = (): Known | undefined => (known !== undefined && now() - known.at < MAX_STALE_MS ? known : undefined);

  const loop = startLoop({
    name: 'key set', step: () => refresh().then(() => 'idle'), idleMs: REFRESH_MS, backoff: BACKOFF, log,
  });
  return {
    refresh,
    stop: () => loop.stop(),
    key: async (header, token) => {
      if (usable() === undefined) await look(COOLDOWN_WITHOUT_SET_MS);
      const set = usable();
      if (set === undefined) throw unavailable();
      try {
        return await set.key(header, token);
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      }
      await look(COOLDOWN_MS);
      // A key that we do not know may be new: as long as we cannot see the set, it is not the token that is wrong.
      if (!lastLook.ok || known === undefined) throw unavailable();
      return known.key(header, token);
    },
  };
}

function unavailable(): InventoryError {
  return new InventoryError('dependency_unavailable', 'The key set of the identity provider cannot be had.', {
    retry_after_seconds: 5,
  });
}

/** The usable keys of the set, as JSON. @throws when there is no answer, or one that has no usable key */
async function fetchKeys(url: string): Promise<string> {
  // A redirect could lead anywhere, the metadata service of a cloud for one.
  const response = await fetch(url, {
    signal: AbortSignal.timeout(TIMEOUT_MS), redirect: 'error', headers: { accept: 'application/json' },
  });
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw new Error(`the key set was answered with ${response.status}`);
  }
  const { keys } = keySet.parse(JSON.parse(await readBounded(response.body)));
  const usable = keys.flatMap((key) => {
    const parsed = publicKey.safeParse(key);
    return parsed.success ? [parsed.data] : [];
  });
  if (usable.length === 0) throw new Error('the key set has no key that tokens could be verified with');
  return JSON.stringify(usable);
}

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
