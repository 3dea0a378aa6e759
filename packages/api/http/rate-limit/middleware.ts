/**
 * Rate limits: by address for requests without a valid token, by user for the others. Users may share an address, so a
 * user with a token never pays for strangers at the same address.
 */
import { hash } from 'node:crypto';
import type { Role } from '@inventory/domain/access.ts';
import { InventoryError } from '@inventory/domain/errors.ts';
import type { Metrics } from '@inventory/runtime/metrics.ts';
import type { Request, RequestHandler } from 'express';
import { rateLimit } from 'express-rate-limit';
import type { Store } from 'express-rate-limit';
import { contextOf } from '../context.ts';
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

/** Hashed, because ids are personal and may contain any character. */
function keyOf(policy: string, whose: string): string {
  return `v1:limit:${policy}:{${hash('sha256', whose, 'base64url').slice(0, 22)}}`;
}

/** Counts each request and refuses it beyond its limit. Sets RateLimit and RateLimit-Policy on every answer. */
export function limitRequests(deps: {
  readonly count: Count; readonly limits: RateLimits; readonly metrics: Metrics;
}): RequestHandler {
  const { count, limits } = deps;
  const refused = deps.metrics.counter({
    name: 'rate_limited_requests_total', help: 'Requests that were over a rate limit', labels: ['policy'],
  });
  const windowMs = limits.windowSeconds * 1000;
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
      handler: (_req, _res, next) => {
        refused.inc({ policy });
        next(new InventoryError(
          'quota_exceeded', `More than ${limit} requests in ${limits.windowSeconds} s: see Retry-After.`,
          { violated_policies: [policy] },
        ));
      },
    });
  };
  const byAddress = limiter('ip', limits.ip, addressOf);
  const ofUser = (role: Role) => limiter(role, limits.user[role], (req) => contextOf(req).actor?.id ?? '');
  const byRole = {
    admin: ofUser('admin'), vendor: ofUser('vendor'), customer: ofUser('customer'), service: ofUser('service'),
  };

  return (req, res, next) => {
    const { actor } = contextOf(req);
    return (actor === undefined ? byAddress : byRole[actor.role])(req, res, next);
  };
}
