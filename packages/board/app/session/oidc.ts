/**
 * Signing in by OpenID Connect: the authorisation code with PKCE, state and nonce. What the page has to remember on the way to the provider
 * and back is in sessionStorage, and serves once. The access token that comes is the one that the API verifies. A token to renew it with
 * is kept in memory alone: a tab that is copied copies its sessionStorage, and a provider that hands out a new one each time would
 * take the second use of an old one for theft.
 */
import {
  allowInsecureRequests, authorizationCodeGrantRequest, calculatePKCECodeChallenge, clockSkew, discoveryRequest, generateRandomCodeVerifier,
  generateRandomNonce, generateRandomState, None, processAuthorizationCodeResponse, processDiscoveryResponse, processRefreshTokenResponse,
  refreshTokenGrantRequest, ResponseBodyError, revocationRequest, validateAuthResponse,
} from 'oauth4webapi';
import type { AuthorizationServer, Client } from 'oauth4webapi';
import { BASE } from '../place.ts';
import type { Provider } from './provider.ts';

const KEY = 'inventory.board.sign-in';
const TIMEOUT_MS = 10_000;

interface Pending { readonly verifier: string; readonly state: string; readonly nonce: string; readonly back: string }

interface Renewable { readonly server: AuthorizationServer; readonly refreshToken: string }

let renewable: Renewable | undefined;

/** The configuration allows a provider without TLS on this machine alone. */
const optionsFor = ({ issuer }: Provider) => ({
  [allowInsecureRequests]: issuer.startsWith('http:'), signal: () => AbortSignal.timeout(TIMEOUT_MS),
});
const requestFor = (provider: Provider) => ({ ...optionsFor(provider), additionalParameters: new URLSearchParams(provider.parameters) });

async function discover(provider: Provider): Promise<AuthorizationServer> {
  const issuer = new URL(provider.issuer);
  return processDiscoveryResponse(issuer, await discoveryRequest(issuer, optionsFor(provider)));
}

/** The board as the provider knows it. By its own server's time: on a machine whose clock is an hour wrong every token would be of another time. */
async function clientOf({ client }: Provider): Promise<Client> {
  const date = await fetch(BASE, { method: 'HEAD', cache: 'no-store' }).then(({ headers }) => headers.get('date'), () => null);
  return { client_id: client, [clockSkew]: date === null ? 0 : Math.round((Date.parse(date) - Date.now()) / 1000) };
}

/** Where the provider sends people to, signed in or out: it has to know this address. */
const redirectUri = (): string => `${location.origin}${BASE}`;

function go(to: string, parameters: Readonly<Record<string, string>>, more = ''): void {
  const url = new URL(to);
  for (const [name, value] of [...new URLSearchParams(more), ...Object.entries(parameters)]) url.searchParams.set(name, value);
  location.assign(url);
}

/** Leaves for the provider. @param back the path, with its query, to come back to */
export async function leaveFor(provider: Provider, back: string): Promise<void> {
  const { authorization_endpoint: endpoint } = await discover(provider);
  if (endpoint === undefined) throw new Error('the provider has no authorization endpoint');
  const pending: Pending = { verifier: generateRandomCodeVerifier(), state: generateRandomState(), nonce: generateRandomNonce(), back };
  sessionStorage.setItem(KEY, JSON.stringify(pending));
  const { verifier, state, nonce } = pending;
  go(endpoint, {
    response_type: 'code', client_id: provider.client, redirect_uri: redirectUri(), scope: provider.scope, state, nonce,
    code_challenge: await calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
  }, provider.parameters);
}

/**
 * Comes back from the provider.
 * @param query what it has put into the URL
 * @returns the access token, and where to go back to
 * @throws what the provider says, or an Error where this tab has not left for it
 */
export async function comeBack(provider: Provider, query: URLSearchParams): Promise<{ readonly token: string; readonly back: string }> {
  const kept = sessionStorage.getItem(KEY);
  sessionStorage.removeItem(KEY);
  if (kept === null) throw new Error('this tab has not left for the provider');
  const { verifier, state, nonce, back }: Pending = JSON.parse(kept);
  const server = await discover(provider);
  const client = await clientOf(provider);
  const answer = validateAuthResponse(server, client, query, state);
  const response = await authorizationCodeGrantRequest(server, client, None(), answer, redirectUri(), verifier, requestFor(provider));
  const { access_token: token, refresh_token: refreshToken } = await processAuthorizationCodeResponse(server, client, response, { expectedNonce: nonce });
  renewable = refreshToken === undefined ? undefined : { server, refreshToken };
  return { token, back };
}

/**
 * Asks for another access token.
 * @returns it; undefined where the provider has given nothing to renew it with, or the page was loaded anew since
 * @throws what the provider says, or where it does not answer
 */
export async function renewToken(provider: Provider): Promise<string | undefined> {
  const kept = renewable;
  if (kept === undefined) return undefined;
  const { server, refreshToken } = kept;
  const client = await clientOf(provider);
  try {
    const response = await refreshTokenGrantRequest(server, client, None(), refreshToken, requestFor(provider));
    const { access_token: token, refresh_token: next = refreshToken } = await processRefreshTokenResponse(server, client, response);
    if (renewable === kept) {
      renewable = { server, refreshToken: next };
      return token;
    }
    // Its user has signed out meanwhile: nobody is to go on by what came.
    await revoke(provider, { server, refreshToken: next });
    return undefined;
  } catch (error) {
    // What it refuses now it refuses the next time, too.
    if (error instanceof ResponseBodyError && renewable === kept) renewable = undefined;
    throw error;
  }
}

/** Without an answer it ends by itself, as it would in a tab that was closed. */
async function revoke(provider: Provider, { server, refreshToken }: Renewable): Promise<void> {
  if (server.revocation_endpoint === undefined) return;
  await revocationRequest(server, { client_id: provider.client }, None(), refreshToken, optionsFor(provider)).catch(() => undefined);
}

/**
 * Signs out at the provider, which comes back to the board where it has an address for that. No token goes with it: it would stand
 * in a URL. So the provider asks its user whether it was meant.
 */
export async function leaveProvider(provider: Provider): Promise<void> {
  const kept = renewable;
  renewable = undefined;
  const server = kept?.server ?? await discover(provider);
  const { end_session_endpoint: end } = server;
  if (kept !== undefined) await revoke(provider, kept);
  if (end !== undefined) go(end, { client_id: provider.client, post_logout_redirect_uri: redirectUri() });
}
