/** The servers of a NATS URL as options of the client, which ignores user, password, token and protocol in a URL. */
import { isIP } from 'node:net';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import type { ConnectionOptions } from 'nats';
import { splitUrls } from '../config/url-list.ts';

/**
 * The options by which the client reaches the servers of `url` (variables.ts, urlList). The user of any of them holds for
 * all. Each of several servers is named twice: before its first connection the client drops one that does not answer from
 * its list, and would never try it again.
 */
export function addressesOf(url: string): ConnectionOptions & { readonly servers: string[] } {
  const parsed = splitUrls(url).map((text) => new URL(text));
  const hosts = parsed.map(({ host }) => host);
  const withUser = parsed.find(({ username, password }) => username !== '' || password !== '');
  const [user, pass] = [decodeURIComponent(withUser?.username ?? ''), decodeURIComponent(withUser?.password ?? '')];
  return {
    servers: hosts.length === 1 ? hosts : [...hosts, ...hosts],
    // In the order given: who lists the nearest first is served by it.
    noRandomize: true,
    ...(pass === '' ? (user === '' ? {} : { token: user }) : { user, pass }),
    ...(parsed[0]?.protocol === 'tls:' ? { tls: tlsTo(parsed.map(({ hostname }) => hostname.replace(/^\[|\]$/g, ''))) } : {}),
  };
}

/**
 * For a server with an address in place of a name the client gives Node no name to check the certificate against, and Node
 * would take `localhost`. Of several such servers any one's certificate will do: all of them are the cluster that was asked for.
 */
function tlsTo(names: readonly string[]): NonNullable<ConnectionOptions['tls']> {
  const addresses = names.filter((name) => isIP(name) !== 0);
  if (addresses.length === 0) return {};
  const options = {
    handshakeFirst: false,
    checkServerIdentity: (name: string, certificate: PeerCertificate) => {
      if (isIP(name) === 0 && names.includes(name)) return checkServerIdentity(name, certificate);
      const failures = addresses.map((address) => checkServerIdentity(address, certificate));
      return failures.includes(undefined) ? undefined : failures[0];
    },
  };
  return options;
}
