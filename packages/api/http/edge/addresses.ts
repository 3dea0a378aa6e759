/** What may stand in TRUST_PROXY and in CORS_ORIGINS, and addresses as proxies write them. */
import { BlockList, isIP } from 'node:net';
import { ipKeyGenerator } from 'express-rate-limit';

/** A wider network holds strangers, who could name any address as their own: the shortest prefix, in bits. */
const WIDEST = { 4: 8, 6: 32 } as const;

/** True for an IP address, or a network that is not the whole internet (docs/traps.md, 24). */
export function isProxy(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/');
  const family = isIP(address);
  if ((family !== 4 && family !== 6) || rest.length > 0) return false;
  if (prefix === undefined) return true;
  const bits = /^\d{1,3}$/.test(prefix) ? Number(prefix) : -1;
  return bits >= WIDEST[family] && bits <= (family === 4 ? 32 : 128);
}

/** The address in an entry of X-Forwarded-For: proxies also write `192.0.2.1:4711` and `[2001:db8::1]:443`. */
export function addressIn(entry: string): string {
  const [, bracketed, plain] = /^"?(?:\[([^\]]+)\](?::\d+)?|(\d+\.\d+\.\d+\.\d+):\d+)"?$/.exec(entry) ?? [];
  return bracketed ?? plain ?? entry;
}

/** One IPv6 subscriber has a whole network, and may use another address of it for each request. */
const IPV6_SUBNET = 56;

/** What an address is counted as: an IPv6 network of /56, or an IPv4 address; a text that is neither stands for itself. */
export function addressKey(address: string): string {
  return isIP(address) === 0 ? `text ${address}` : ipKeyGenerator(address, IPV6_SUBNET);
}

/** Tells whether an entry of X-Forwarded-For, or a peer, is one of these proxies. @param proxies as `isProxy` takes them */
export function trusting(proxies: readonly string[]): (entry: string) => boolean {
  const known = new BlockList();
  for (const proxy of proxies) {
    const [address = '', prefix] = proxy.split('/');
    const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
    if (prefix === undefined) known.addAddress(address, family);
    else known.addSubnet(address, Number(prefix), family);
  }
  return (entry) => {
    const address = addressIn(entry);
    const family = isIP(address);
    return family !== 0 && known.check(address, family === 4 ? 'ipv4' : 'ipv6');
  };
}

/** True for an origin as browsers send it: scheme, host and port, and nothing else. */
export function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.origin === text && !text.includes('*');
}

/** True for the address of an identity provider: what is asked for there is a secret, which only this machine may send in the clear. */
export function isProvider(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || url.search !== '' || url.hash !== '' || url.username !== '') return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname));
}
