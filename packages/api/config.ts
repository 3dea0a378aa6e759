/** The configuration of the api, read from its environment. */
import { problemOfDatabaseUrl } from '@inventory/db/session/target.ts';
import { DEFAULT_LIMITS } from '@inventory/domain/limits.ts';
import type { Limits } from '@inventory/domain/limits.ts';
import {
  commonShape, defineConfig, durationMs, flag, listOf, oneOf, orFile, port, positiveInt, secret, text, url,
} from '@inventory/runtime/config/config.ts';
import type { ConfigSpec } from '@inventory/runtime/config/config.ts';
import type { EdgeRules } from './app.ts';
import { DEFAULT_BATCH, MAX_BATCH } from './commit/queue.ts';
import { isRecognised } from './http/context.ts';
import { addressKey, isOrigin, isProvider, isProxy, trusting } from './http/edge/addresses.ts';
import type { SeatRules } from './http/server/seats.ts';
import { isPublicKey } from './http/auth/verifier.ts';
import type { FeedRules } from './stream/live-feed.ts';
import type { BoardRules } from './pages/board.ts';

/** The connection that sends hints, and the one that hears them while somebody watches. */
const HINTS = 2;
const LEAST_POOL = 2;

const THIS_MACHINE: readonly string[] = ['127.0.0.1', '::1', 'localhost'];

/** Of PG_POOL_MAX, those that are not the pool's: the lanes, and the connections of hints. */
export function reservedConnections({ COMMIT_LANES: lanes }: { readonly COMMIT_LANES: number }): number {
  return lanes + HINTS;
}

/** Of the board's requests to an identity provider. */
const OWN_PARAMETERS = new Set([
  'response_type', 'client_id', 'redirect_uri', 'scope', 'state', 'nonce', 'code_challenge', 'code_challenge_method', 'grant_type', 'code',
  'code_verifier', 'refresh_token', 'response_mode', 'request', 'request_uri',
]);

const rate = () => positiveInt(1_000_000_000);

export const apiConfig = defineConfig({
  name: 'api',
  shape: {
    ...commonShape(9464, problemOfDatabaseUrl),
    REDIS_URL: secret(url(['redis:', 'rediss:'])).meta({
      description: 'Redis, the availability view', examples: ['redis://127.0.0.1:6379'],
    }),
    HOST: text({ maxLength: 255 }).default('127.0.0.1').describe('Address of the API'),
    PORT: port().default(3000).describe('Port of the API; 0 takes any free one'),
    JWT_PUBLIC_KEY: orFile(text({ maxLength: 8192, multiline: true })).optional()
      .describe('Public key that tokens are verified with, as PEM or JWK'),
    JWT_JWKS_URL: url(['https:', 'http:']).optional().describe('Key set of the identity provider, instead of one key'),
    JWT_ISSUER: text({ maxLength: 200 }).default('inventory-dev').describe('Required iss of tokens'),
    JWT_AUDIENCE: text({ maxLength: 200 }).default('inventory').describe('Required aud of tokens'),
    BOARD: oneOf('off', 'read', 'full').default('full')
      .describe('The pages below /api/v1/board: off, or read to refuse whatever operators change by them, the same requests of others included; what a person sees is what the token allows'),
    BOARD_SIGN_IN: text({ maxLength: 1000 }).optional()
      .describe('A file with the tokens that the board offers for signing in, as npm start writes it; only where HOST is this machine alone'),
    BOARD_OIDC_CLIENT: text({ maxLength: 200 }).optional()
      .describe('Id of the board at the identity provider, whose address is JWT_ISSUER: a public client with PKCE. People sign in there'),
    BOARD_OIDC_SCOPE: text({ maxLength: 500 }).default('openid')
      .describe('Scopes that the board asks for; most providers want offline_access for tokens that are renewed'),
    BOARD_OIDC_PARAMETERS: text({ maxLength: 1000 }).optional()
      .describe('More parameters of its requests, as a query: audience=inventory, or resource=https://inventory.example'),
    BOARD_OIDC_ORIGINS: listOf('origin', 'origins such as https://login.example', isOrigin).optional()
      .describe('Origins of endpoints of the provider that are not on that of JWT_ISSUER'),
    PSEUDONYM_KEY: secret(text({ maxLength: 200 })).optional()
      .describe('Key of the hashes that stand for what names a person; the same for all apis, and kept. Without it they are made with the id of the log'),
    COMMIT_LANES: positiveInt(8).default(1).describe('Group commits that may run at once'),
    COMMIT_MAX_COMMANDS: positiveInt(MAX_BATCH).default(DEFAULT_BATCH)
      .describe('Changes in one group commit, at most; 1 switches grouping off, to measure what it is worth'),
    HOLD_MAX_UNITS: positiveInt(1_000_000).default(DEFAULT_LIMITS.customer.units)
      .describe('Units that one customer may hold at once'),
    HOLD_MAX_RESERVATIONS: positiveInt(1_000_000).default(DEFAULT_LIMITS.customer.reservations)
      .describe('Open reservations that one customer may have at once'),
    VENDOR_HOLD_MAX_UNITS: positiveInt(1_000_000).default(DEFAULT_LIMITS.vendor.units)
      .describe('Units that one vendor may hold at once for others'),
    VENDOR_HOLD_MAX_RESERVATIONS: positiveInt(1_000_000).default(DEFAULT_LIMITS.vendor.reservations)
      .describe('Open reservations that one vendor may have made at once'),
    CONFIRM_MAX_UNITS_PER_DAY: positiveInt(1_000_000).default(DEFAULT_LIMITS.unitsSoldPerDay)
      .describe('Units that one customer may confirm in 24 hours with a token of his own'),
    CUSTOMERS_MAY_CONFIRM: flag().default(true)
      .describe('false where payment decides: then only the service, vendors and admins confirm'),
    HTTP_MAX_CONNECTIONS: positiveInt(1_000_000).default(8000)
      .describe('Open connections, at most; more are refused, and fewer are taken where the limit of open files (ulimit -n) asks for it'),
    HTTP_MAX_CONNECTIONS_PER_ADDRESS: positiveInt(1_000_000).optional()
      .describe('Those of one address that have shown no valid token, at most; a quarter of HTTP_MAX_CONNECTIONS where it is left out'),
    HTTP_DRAIN_MS: durationMs(600_000).default(250)
      .describe('While stopping: how long open connections may still send requests; longer than the idle time-out of a proxy'),
    TRUST_PROXY: listOf('address', 'IP addresses or networks such as 10.0.0.0/8', isProxy).optional()
      .describe('Proxies whose X-Forwarded-For is trusted'),
    CORS_ORIGINS: listOf('origin', 'origins such as https://shop.example', isOrigin).optional()
      .describe('Web pages of these origins may call the API'),
    STREAM_MAX: positiveInt(100_000).default(2000).describe('Viewers of the live feed on this instance, at most'),
    STREAM_MAX_PER_USER: positiveInt(100_000).default(5).describe('Those of one user, at most'),
    LOW_STOCK: positiveInt(1_000_000).default(3).describe('Units up to which a level is LOW in the live feed'),
    RATE_LIMIT_WINDOW_SECONDS: positiveInt(86_400).default(60).describe('The time window of the rate limits'),
    RATE_LIMIT_IP: rate().default(100).describe('Requests without a valid token, for each address'),
    RATE_LIMIT_USER: rate().default(500).describe('Requests of each user whose role has no limit of its own'),
    RATE_LIMIT_ADMIN: rate().optional().describe('Requests of each admin'),
    RATE_LIMIT_VENDOR: rate().optional().describe('Requests of each vendor'),
    RATE_LIMIT_CUSTOMER: rate().optional().describe('Requests of each customer'),
    RATE_LIMIT_SERVICE: rate().default(5000).describe('Requests of each service, such as the server of a web shop'),
  },
  rules: [
    {
      of: ['PG_POOL_MAX', 'COMMIT_LANES'],
      holds: (config) => config.PG_POOL_MAX >= reservedConnections(config) + LEAST_POOL,
      problem: `PG_POOL_MAX must be at least COMMIT_LANES + ${HINTS + LEAST_POOL}: one connection for each lane, two for hints, `
        + 'two for all else',
    },
    {
      of: ['BOARD_SIGN_IN', 'HOST'],
      holds: (config) => config.BOARD_SIGN_IN === undefined || THIS_MACHINE.includes(config.HOST),
      problem: 'BOARD_SIGN_IN is for a HOST of 127.0.0.1, ::1 or localhost: it gives its tokens to whoever reaches the board',
    },
    {
      of: ['BOARD_OIDC_CLIENT', 'JWT_ISSUER'],
      holds: (config) => config.BOARD_OIDC_CLIENT === undefined || isProvider(config.JWT_ISSUER),
      problem: 'BOARD_OIDC_CLIENT is for a JWT_ISSUER that is the address of a provider of OpenID Connect: https, or http on this machine',
    },
    {
      of: ['BOARD_OIDC_SCOPE'],
      holds: (config) => config.BOARD_OIDC_SCOPE.split(' ').includes('openid'),
      problem: 'BOARD_OIDC_SCOPE must name openid',
    },
    {
      of: ['BOARD_OIDC_PARAMETERS'],
      holds: (config) => ![...new URLSearchParams(config.BOARD_OIDC_PARAMETERS).keys()].some((name) => OWN_PARAMETERS.has(name)),
      problem: `BOARD_OIDC_PARAMETERS must not name what the board sets itself: ${[...OWN_PARAMETERS].join(', ')}`,
    },
    {
      of: ['JWT_PUBLIC_KEY', 'JWT_JWKS_URL'],
      holds: (config) => (config.JWT_PUBLIC_KEY === undefined) !== (config.JWT_JWKS_URL === undefined),
      problem: 'exactly one of JWT_PUBLIC_KEY and JWT_JWKS_URL must be set: tokens are verified with it',
    },
    {
      of: ['JWT_PUBLIC_KEY'],
      holds: (config) => config.JWT_PUBLIC_KEY === undefined || isPublicKey(config.JWT_PUBLIC_KEY),
      problem: 'JWT_PUBLIC_KEY is neither a PEM nor a JWK of a public key',
    },
  ],
});

type ApiConfig = typeof apiConfig extends ConfigSpec<infer C> ? C : never;

/** Who of those that show no token may keep a connection. */
export function seatsOf(config: ApiConfig): Pick<SeatRules, 'perAddress' | 'isProxy' | 'addressKey' | 'isRecognised'> {
  return {
    perAddress: config.HTTP_MAX_CONNECTIONS_PER_ADDRESS ?? Math.ceil(config.HTTP_MAX_CONNECTIONS / 4),
    isProxy: trusting(config.TRUST_PROXY ?? []), addressKey, isRecognised,
  };
}

/** What customers and vendors may hold and buy. */
export function limitsOf(config: ApiConfig): Limits {
  return {
    customer: { units: config.HOLD_MAX_UNITS, reservations: config.HOLD_MAX_RESERVATIONS },
    vendor: { units: config.VENDOR_HOLD_MAX_UNITS, reservations: config.VENDOR_HOLD_MAX_RESERVATIONS },
    unitsSoldPerDay: config.CONFIRM_MAX_UNITS_PER_DAY,
  };
}

/** How many may watch the live feed, and what is little. */
export function feedRulesOf(config: ApiConfig): FeedRules {
  return { most: config.STREAM_MAX, mostOfUser: config.STREAM_MAX_PER_USER, lowStock: config.LOW_STOCK };
}

/** The pages that are served. */
export function boardOf(config: ApiConfig): BoardRules | undefined {
  const { BOARD: mode, BOARD_SIGN_IN: tokensFile, BOARD_OIDC_CLIENT: client } = config;
  const provider = client === undefined ? undefined : {
    issuer: config.JWT_ISSUER, client, scope: config.BOARD_OIDC_SCOPE, parameters: config.BOARD_OIDC_PARAMETERS ?? '',
    origins: config.BOARD_OIDC_ORIGINS ?? [],
  };
  return mode === 'off' ? undefined : { mode, tokensFile, provider };
}

/** The part of it that the edge of the app needs. */
export function edgeOf(config: ApiConfig): EdgeRules {
  return {
    trustProxy: config.TRUST_PROXY ?? [],
    corsOrigins: config.CORS_ORIGINS ?? [],
    rateLimits: {
      windowSeconds: config.RATE_LIMIT_WINDOW_SECONDS,
      ip: config.RATE_LIMIT_IP,
      user: {
        admin: config.RATE_LIMIT_ADMIN ?? config.RATE_LIMIT_USER,
        vendor: config.RATE_LIMIT_VENDOR ?? config.RATE_LIMIT_USER,
        customer: config.RATE_LIMIT_CUSTOMER ?? config.RATE_LIMIT_USER,
        service: config.RATE_LIMIT_SERVICE,
      },
    },
  };
}
