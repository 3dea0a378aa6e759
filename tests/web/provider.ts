/** A real identity provider on this machine: oidc-provider, with a page on which people say who they are. Whoever signs in is an admin. */
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import Provider from 'oidc-provider';

export interface TestProvider {
  readonly issuer: string;
  /** What it gives from now on: tokens of so many seconds, and something to renew them with or not. */
  readonly give: (what: { readonly seconds: number; readonly renews: boolean }) => void;
  /** Whether it answers nobody from now on. */
  readonly away: (isAway: boolean) => void;
  readonly stop: () => Promise<void>;
}

const page = (title: string, body: string): string =>
  `<!doctype html><html lang="en"><head><title>${title}</title><link rel="icon" href="data:,"></head><body><h1>${title}</h1>${body}</body></html>`;
const WHO = page('Who are you?', '<form method="post"><label>Name <input name="name"></label><button>Go on</button><button name="cancel" value="yes">Cancel</button></form>');

/** @param board the address of the board, to which it sends people back. It stands for one client: `board` */
export async function startProvider(board: string): Promise<TestProvider> {
  let given = { seconds: 3600, renews: false };
  let nobodyThere = false;
  let handle: (req: IncomingMessage, res: ServerResponse) => void = (_req, res) => { res.writeHead(503).end(); };
  const server = createServer((req, res) => { handle(req, res); });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('it has no port');
  const issuer = `http://127.0.0.1:${address.port}`;

  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const provider = new Provider(issuer, {
    clients: [{
      client_id: 'board', token_endpoint_auth_method: 'none', grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'],
      redirect_uris: [board], post_logout_redirect_uris: [board], id_token_signed_response_alg: 'ES256',
    }],
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kty: 'EC', alg: 'ES256', use: 'sig', kid: 'only' }] },
    cookies: { keys: [randomUUID()] },
    ttl: { AccessToken: () => given.seconds, AuthorizationCode: 60, Grant: 3600, IdToken: 3600, Interaction: 600, RefreshToken: 3600, Session: 3600 },
    clientBasedCORS: (_ctx, origin) => origin === new URL(board).origin,
    findAccount: (_ctx, id) => ({ accountId: id, claims: () => Promise.resolve({ sub: id }) }),
    issueRefreshToken: () => Promise.resolve(given.renews),
    // Nobody is asked what the board may do.
    loadExistingGrant: async ({ oidc }) => {
      const { client, session } = oidc;
      const grant = new oidc.provider.Grant({ clientId: client?.clientId, accountId: session?.accountId });
      grant.addOIDCScope('openid');
      await grant.save();
      return grant;
    },
    extraTokenClaims: () => ({ role: 'admin' }),
    interactions: { url: (_ctx, { uid }) => `/who/${uid}` },
    features: {
      devInteractions: { enabled: false },
      revocation: { enabled: true, allowedPolicy: () => Promise.resolve(true) },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: () => ({
          scope: '', audience: 'inventory', accessTokenFormat: 'jwt', jwt: { sign: { alg: 'ES256' } },
        }),
      },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => { ctx.body = page('Sign out?', `${form}<button form="op.logoutForm" name="logout" value="yes">Yes</button>`); },
      },
    },
  });
  const usual = provider.callback();
  const who = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    if (req.method !== 'POST') {
      await provider.interactionDetails(req, res);
      res.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(WHO);
      return;
    }
    const said = new URLSearchParams(await text(req));
    await provider.interactionFinished(req, res, said.has('cancel') ? { error: 'access_denied' } : { login: { accountId: said.get('name') ?? '' } });
  };
  handle = (req, res) => {
    if (nobodyThere) res.writeHead(503).end();
    else if (req.url?.startsWith('/who/') !== true) void usual(req, res);
    else who(req, res).catch((error: unknown) => { res.writeHead(500).end(String(error)); });
  };
  return {
    issuer, give: (what) => { given = what; }, away: (isAway) => { nobodyThere = isAway; },
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
