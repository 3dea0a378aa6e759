/**
 * The identity provider that the server says people may sign in at, as it stands in the page. The protocol is in oidc.ts, which is
 * loaded by whoever signs in so.
 */
export interface Provider {
  readonly issuer: string;
  /** The id of the board as a client of it. */
  readonly client: string;
  readonly scope: string;
  /** More parameters of each request, as a query. */
  readonly parameters: string;
}

/** @param page the data of the root element; undefined where the server names no provider */
export function providerOf({ issuer, client, scope = 'openid', parameters = '' }: Readonly<Record<string, string | undefined>>): Provider | undefined {
  return issuer === undefined || client === undefined ? undefined : { issuer, client, scope, parameters };
}

/** The provider of this page. */
export const providerHere = (): Provider | undefined => providerOf(document.documentElement.dataset);

/** Whether a URL is one that a provider sends people back with. */
export const isReturn = (query: URLSearchParams): boolean => query.has('state') && (query.has('code') || query.has('error'));
