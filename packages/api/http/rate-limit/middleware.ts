/**
 * Rate limits: by address for requests without a valid token, by user for the others. Users may share an address, so a
 * user with a token never pays for strangers at the same address.
 *
 * What is limited is work. A request counts as 1 at the door, where nothing else is known of it. Once it is read, and found
 * to cost more, the rest is counted too, before anything is done.
 */
import { hash } from 'node:crypto';
import type { Role } from '@inventory/domain/access.ts';
import { InventoryError } from '@inventory/domain/errors.ts';
import type { Metrics } from '@inventory/runtime/metrics.ts';
import type { Request, RequestHandler, Response } from 'express';
import { rateLimit } from 'express-rate-limit';
import type { Store } from 'express-rate-limit';
import type { Pseudonym } from '../../commit/names.ts';
import { actorOf, contextOf } from '../context.ts';
import { addressIn, addressKey } from '../edge/addresses.ts';
import type { Count } from './counter.ts';

export interface RateLimits {
  readonly windowSeconds: number;
  /** For each address: requests without a valid token. */
  readonly ip: number;
  /** For each user, by the role in the token. */
  readonly user: Readonly<Record<Role, number>>;
}

/**
 * @returns what a limit is kept by: an IPv6 network of /56, or an IPv4 address. Where a trusted proxy writes something
 * else (`unknown`, a name of its own), that text: such clients must not share the limit of all others behind the proxy
 */
function addressOf(req: Request): string {
  return addressKey(addressIn(req.ip ?? '') || req.socket.remoteAddress || 'unknown');
}

interface LimitDeps {
  readonly count: Count;
  readonly limits: RateLimits;
  readonly metrics: Metrics;
  readonly pseudonym: Pseudonym;
}

/** Counts the rest of what a request costs. @throws {InventoryError} quota_exceeded; it then counts nothing at all */
export type Charge = (req: Request, res: Response, cost: number) => Promise<void>;

interface RateLimiter {
  /** Counts each request as 1, and refuses it beyond its limit. Sets RateLimit and RateLimit-Policy on every answer. */
  readonly atTheDoor: RequestHandler;
  /** For a user with a token. Brings RateLimit up to date. */
  readonly charge: Charge;
}

/** Makes the limits of this process. */
export function createRateLimiter(deps: LimitDeps): RateLimiter {
  const { count, limits, pseudonym } = deps;
  /** @param whose a pseudonym: ids and addresses are personal, and may contain any character */
  const keyOf = (policy: string, whose: string): string =>
    `v1:limit:${policy}:{${hash('sha256', whose, 'base64url').slice(0, 22)}}`;
  const refused = deps.metrics.counter({
    name: 'rate_limited_requests_total', help: 'Requests that were over a rate limit', labels: ['policy'],
  });
  const windowMs = limits.windowSeconds * 1000;
  const refusal = (policy: string, message: string, details: { readonly retry_after_seconds?: number } = {}) => {
    refused.inc({ policy });
    return new InventoryError('quota_exceeded', message, { violated_policies: [policy], ...details });
  };
  const limiter = (policy: string, limit: number, whose: (req: Request) => string): RequestHandler => {
    const store: Store = {
      increment: async (key) => {
        const { used, waitMs } = await count(key, { limit, windowMs });
        return { totalHits: used, resetTime: new Date(Date.now() + waitMs) };
      },
      decrement: () => undefined,
      resetKey: () => undefined,
    };
    return rateLimit({
      windowMs, limit, store, identifier: policy, standardHeaders: 'draft-8', legacyHeaders: false,
      keyGenerator: (req) => keyOf(policy, whose(req)),
      // config.ts checks the same, and the library would write to the console.
      validate: false,
      handler: (_req, _res, next) => { next(refusal(policy, `More than ${limit} requests in ${limits.windowSeconds} s: see Retry-After.`)); },
    });
  };
  const byAddress = limiter('ip', limits.ip, (req) => pseudonym(addressOf(req)));
  const ofUser = (role: Role) => limiter(role, limits.user[role], (req) => contextOf(req).user ?? '');
  const byRole = {
    admin: ofUser('admin'), vendor: ofUser('vendor'), customer: ofUser('customer'), service: ofUser('service'),
  };

  const charge: Charge = async (req, res, cost) => {
    const { role } = actorOf(req);
    const { admitted, left, waitMs } = await count(keyOf(role, contextOf(req).user ?? ''), { limit: limits.user[role], windowMs, cost, paid: 1 });
    const seconds = Math.ceil(waitMs / 1000);
    res.setHeader('RateLimit', `"${role}"; r=${left}; t=${seconds}`);
    if (admitted) return;
    throw refusal(role, `This request counts as ${cost}, and ${left} of ${limits.user[role]} in ${limits.windowSeconds} s are left: see Retry-After.`,
      { retry_after_seconds: seconds });
  };

  return {
    atTheDoor: (req, res, next) => {
      const { actor } = contextOf(req);
      return (actor === undefined ? byAddress : byRole[actor.role])(req, res, next);
    },
    charge,
  };
}
