/**
 * From a token to the actor. A token is verified once and then known by its hash until it expires: to verify EdDSA for
 * every request halves the write rate. Every reason for a refusal gets the same 401; a key set that cannot be had is 503.
 */
import { createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { permissions, roles } from '@inventory/domain/access.ts';
import type { Actor } from '@inventory/domain/access.ts';
import { InventoryError } from '@inventory/domain/errors.ts';
import { customerId, storeId } from '@inventory/domain/values.ts';
import type { Logger } from '@inventory/runtime/log.ts';
import { safeParse } from '@inventory/runtime/safe-parse.ts';
import { errors, jwtVerify } from 'jose';
import type { JWTPayload } from 'jose';
import { z } from 'zod';
import { createKeySet } from './key-set.ts';
import type { Presented } from './revocations.ts';
import { createTokenCache } from './token-cache.ts';

const MAX_TOKEN_BYTES = 4096;
const MAX_CACHED = 10_000;
const MAX_TOKEN_AGE_SECONDS = 30 * 86_400;
const ALGORITHMS = ['EdDSA', 'RS256', 'ES256'];
/** The types of tokens for an API. A token for logging out, for example, is another type. */
const TYPES = /^(application\/)?(at\+)?jwt$/i;
/** By the type of the key: jose reports a token with another algorithm than its key's as a mistake of the caller. */
const ALGORITHM_OF: Readonly<Record<string, string>> = { ed25519: 'EdDSA', rsa: 'RS256', ec: 'ES256' };

/** The errors of jose that are the token's fault. All others are ours: the key, or the set that it should be in. */
const BAD_TOKEN = new Set([
  'ERR_JWS_INVALID', 'ERR_JWT_INVALID', 'ERR_JWT_EXPIRED', 'ERR_JWT_CLAIM_VALIDATION_FAILED',
  'ERR_JWS_SIGNATURE_VERIFICATION_FAILED', 'ERR_JOSE_ALG_NOT_ALLOWED', 'ERR_JOSE_NOT_SUPPORTED',
  'ERR_JWKS_NO_MATCHING_KEY', 'ERR_JWKS_MULTIPLE_MATCHING_KEYS',
]);

interface TokenRules {
  readonly publicKey: string | undefined;
  readonly jwksUrl: string | undefined;
  readonly issuer: string;
  readonly audience: string;
}

/**
 * Only the composed form (NFC), unlike a request's: an identity provider may know two users whose names differ in nothing
 * else, and the second one must not become the first one here.
 */
const userId = z.string().refine((id) => id === id.normalize('NFC')).pipe(customerId);

const claims = z
  .object({
    sub: userId.optional(),
    user_id: userId.optional(),
    role: z.enum(roles),
    store_ids: z.array(storeId).max(1000).optional(),
    // Names that are unknown here give nothing here: an identity provider may list rights of other systems, too.
    permissions: z.array(z.string().max(200)).max(1000).optional(),
    jti: z.string().normalize('NFC').max(255).optional(),
    exp: z.number(),
    iat: z.number(),
  })
  .refine((c) => (c.user_id ?? c.sub) !== undefined && (c.sub ?? c.user_id) === (c.user_id ?? c.sub))
  .refine((c) => c.role !== 'vendor' || c.store_ids !== undefined);

/** @throws {Error} when the text is neither a PEM nor a JWK of a public key */
function parsePublicKey(source: string): KeyObject {
  return source.trimStart().startsWith('{')
    ? createPublicKey({ key: JSON.parse(source), format: 'jwk' })
    : createPublicKey(source);
}

/** True when the text is a public key that tokens can be verified with. */
export function isPublicKey(source: string): boolean {
  try {
    parsePublicKey(source);
    return true;
  } catch {
    return false;
  }
}

/** The one 401: it never says why a token is refused. */
export function unauthenticated(cause?: unknown): InventoryError {
  return new InventoryError('unauthenticated', 'A valid bearer token is needed.', {}, cause);
}

/** What a verified token says. */
export interface Verified {
  readonly actor: Actor;
  readonly jti: string | undefined;
  /** When it was issued, and its end: ms since 1970. */
  readonly issuedAtMs: number;
  readonly untilMs: number;
}

export interface Verifier {
  /** @throws {InventoryError} unauthenticated, dependency_unavailable */
  verify(token: string): Promise<Actor>;
  /** The same, with what else the token says. */
  look(token: string): Promise<Verified>;
  stop(): Promise<void>;
}

interface VerifierDeps {
  readonly log: Logger;
  /** True for a token that is refused although it is valid. Asked at every use, also for a known token. */
  readonly isRevoked: (token: Presented) => boolean;
  /** The clock by which the key set ages: milliseconds that never go back. */
  readonly now?: () => number;
}

/** Makes a verifier; with a URL it starts to read the key set. */
export function createVerifier(rules: TokenRules, { log, isRevoked, ...clock }: VerifierDeps): Verifier {
  const known = createTokenCache<Verified>(MAX_CACHED);
  const remote = rules.jwksUrl === undefined ? undefined
    : createKeySet({ url: rules.jwksUrl, log, onChange: () => { known.clear(); }, ...clock });
  const local = rules.publicKey === undefined ? undefined : parsePublicKey(rules.publicKey);
  const algorithm = ALGORITHM_OF[local?.asymmetricKeyType ?? ''];
  const options = {
    issuer: rules.issuer, audience: rules.audience,
    algorithms: algorithm === undefined ? ALGORITHMS : [algorithm], maxTokenAge: MAX_TOKEN_AGE_SECONDS,
    requiredClaims: ['exp', 'iat'], clockTolerance: 5,
  };

  const verified = async (token: string): Promise<JWTPayload> => {
    try {
      const { payload, protectedHeader: { typ } } = await (local === undefined
        ? jwtVerify(token, remote?.key ?? noKey, options) : jwtVerify(token, local, options));
      if (typ !== undefined && (typeof typ !== 'string' || !TYPES.test(typ))) throw unauthenticated();
      return payload;
    } catch (error) {
      if (error instanceof InventoryError) throw error;
      if (error instanceof errors.JOSEError && BAD_TOKEN.has(error.code)) throw unauthenticated(error);
      throw new InventoryError('dependency_unavailable', 'The key that tokens are verified with cannot be used.', {
        retry_after_seconds: 5,
      }, error);
    }
  };
  const lookAt = async (token: string): Promise<Verified> => {
    const cached = remote?.isUsable() === false ? undefined : known.get(token);
    if (cached !== undefined) return cached;
    if (!isCanonical(token)) throw unauthenticated();
    const parsed = safeParse(claims, ownMembers(await verified(token)));
    if (!parsed.success) throw unauthenticated(parsed.error);
    const { data } = parsed;
    const id = data.user_id ?? data.sub ?? '';
    const storeIds = new Set(data.role === 'vendor' ? data.store_ids : []);
    // The age has its limit here too: a token that is known is not verified again.
    const untilMs = Math.min(data.exp, data.iat + MAX_TOKEN_AGE_SECONDS) * 1000;
    const narrowed = data.permissions === undefined ? {}
      : { permissions: new Set(permissions.filter((permission) => data.permissions?.includes(permission))) };
    const issuedAtMs = data.iat * 1000;
    const issued = data.role === 'customer' ? { issuedAtMs } : {};
    const fresh = { actor: { id, role: data.role, storeIds, ...narrowed, ...issued }, jti: data.jti, issuedAtMs, untilMs };
    known.set(token, fresh, untilMs);
    return fresh;
  };

  const look = async (token: string): Promise<Verified> => {
    if (Buffer.byteLength(token) > MAX_TOKEN_BYTES) throw unauthenticated();
    const seen = await lookAt(token);
    if (isRevoked({ jti: seen.jti, sub: seen.actor.id, issuedAtMs: seen.issuedAtMs })) throw unauthenticated();
    return seen;
  };

  return {
    look,
    verify: async (token) => (await look(token)).actor,
    stop: async () => { await remote?.stop(); },
  };
}

/**
 * False for another spelling of the same signature: padding, the characters of plain base64, unused bits that are set. One
 * token would have many texts, and each would take a place in the cache.
 */
function isCanonical(token: string): boolean {
  const signature = token.slice(token.lastIndexOf('.') + 1);
  return Buffer.from(signature, 'base64url').toString('base64url') === signature;
}

/** The claims that the token itself has: none comes from a prototype. */
function ownMembers(payload: JWTPayload): object {
  return Object.assign(Object.create(null), payload);
}

function noKey(): never {
  throw new Error('no key to verify tokens with');
}
