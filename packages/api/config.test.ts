import { DEFAULT_LIMITS } from '@inventory/domain/limits.ts';
import { ConfigError, readConfig } from '@inventory/runtime/config/config.ts';
import { createTestKeys } from '@inventory/testkit/http/tokens.ts';
import { expect } from 'chai';
import { apiConfig, boardOf, edgeOf, limitsOf } from './config.ts';

describe('the configuration of the edge', () => {
  let env: Readonly<Record<string, string>>;
  before(async () => {
    const { publicKeyPem } = await createTestKeys();
    env = { DATABASE_URL: 'postgres://h/d', REDIS_URL: 'redis://h', JWT_PUBLIC_KEY: publicKeyPem };
  });
  const edge = (more: Readonly<Record<string, string>>) => edgeOf(readConfig(apiConfig, { ...env, ...more }));

  it('trusts no proxy, allows no origin, and has the seed\'s limits by default', () => {
    expect(edge({})).to.deep.equal({
      trustProxy: [], corsOrigins: [],
      rateLimits: { windowSeconds: 60, ip: 100, user: { admin: 500, vendor: 500, customer: 500, service: 5000 } },
    });
  });

  it('gives a role a limit of its own', () => {
    expect(edge({ RATE_LIMIT_USER: '50', RATE_LIMIT_VENDOR: '9000', RATE_LIMIT_SERVICE: '70' }).rateLimits.user).to.deep.equal(
      { admin: 50, vendor: 9000, customer: 50, service: 70 });
  });

  it('limits what customers hold and buy, and what vendors hold for others, each by a variable', () => {
    expect(limitsOf(readConfig(apiConfig, env))).to.deep.equal(DEFAULT_LIMITS);
    expect(limitsOf(readConfig(apiConfig, {
      ...env, HOLD_MAX_UNITS: '1', HOLD_MAX_RESERVATIONS: '2', VENDOR_HOLD_MAX_UNITS: '3', VENDOR_HOLD_MAX_RESERVATIONS: '4',
      CONFIRM_MAX_UNITS_PER_DAY: '5',
    }))).to.deep.equal({
      customer: { units: 1, reservations: 2 }, vendor: { units: 3, reservations: 4 }, unitsSoldPerDay: 5,
    });
    expect(readConfig(apiConfig, { ...env, CUSTOMERS_MAY_CONFIRM: 'false' }).CUSTOMERS_MAY_CONFIRM).to.equal(false);
  });

  it('accepts exact proxies and origins, and nothing that means everybody', () => {
    expect(edge({ TRUST_PROXY: '10.0.0.0/8, ::1,192.0.2.1', CORS_ORIGINS: 'https://a.example,http://b.example:8080' }))
      .to.deep.include({
        trustProxy: ['10.0.0.0/8', '::1', '192.0.2.1'], corsOrigins: ['https://a.example', 'http://b.example:8080'],
      });
    const wrong = [
      ...['true', '1', '*', '0.0.0.0/0', '::/0', 'loopback', '10.0.0.0/33', 'proxy.example', '']
        .map((value) => ({ TRUST_PROXY: value })),
      ...['*', 'null', 'https://a.example/', 'https://*.example', 'a.example', 'https://a.example/x', 'ftp://a.example']
        .map((value) => ({ CORS_ORIGINS: value })),
      { RATE_LIMIT_IP: '0' }, { RATE_LIMIT_USER: '-1' }, { RATE_LIMIT_WINDOW_SECONDS: '1e3' },
    ];
    for (const more of wrong) expect(() => edge(more), JSON.stringify(more)).to.throw(ConfigError);
  });

  it('lets the board sign people in at the issuer of the tokens, if that is the address of a provider', () => {
    const board = (more: Readonly<Record<string, string>>) => boardOf(readConfig(apiConfig, { ...env, ...more }));
    const provider = { JWT_ISSUER: 'https://id.example/realms/shops', BOARD_OIDC_CLIENT: 'board' };
    expect(board({})?.provider).to.equal(undefined);
    expect(board({ ...provider, BOARD: 'off' })).to.equal(undefined);
    expect(board(provider)?.provider).to.deep.equal({ issuer: provider.JWT_ISSUER, client: 'board', scope: 'openid', parameters: '', origins: [] });
    expect(board({
      ...provider, JWT_ISSUER: 'http://127.0.0.1:9000', BOARD_OIDC_SCOPE: 'openid offline_access', BOARD_OIDC_PARAMETERS: 'audience=inventory',
      BOARD_OIDC_ORIGINS: 'https://login.example',
    })?.provider).to.deep.include({ scope: 'openid offline_access', parameters: 'audience=inventory', origins: ['https://login.example'] });
    const wrong = [
      ...['inventory-dev', 'http://id.example', 'https://id.example/?x', 'https://user@id.example'].map((JWT_ISSUER) => ({ JWT_ISSUER })),
      { BOARD_OIDC_SCOPE: 'profile' }, { BOARD_OIDC_PARAMETERS: 'audience=a&state=b' }, { BOARD_OIDC_ORIGINS: 'https://*.example' },
    ];
    for (const more of wrong) expect(() => board({ ...provider, ...more }), JSON.stringify(more)).to.throw(ConfigError, '1 problem');
  });
});
