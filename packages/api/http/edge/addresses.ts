/** What may stand in the lists of proxies and of origins. */
import { isIP } from 'node:net';

/** A network wider than these holds strangers: whoever is in it could name any address as his own. */
const WIDEST = { 4: 8, 6: 32 } as const;

/** True for an IP address, or a network that is not the whole internet: TRAPS 24. */
export function isProxy(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/');
  const family = isIP(address);
  if ((family !== 4 && family !== 6) || rest.length > 0) return false;
  if (prefix === undefined) return true;
  const bits = /^\d{1,3}$/.test(prefix) ? Number(prefix) : -1;
  return bits >= WIDEST[family] && bits <= (family === 4 ? 32 : 128);
}

/** True for an origin as browsers send it: scheme, host and port, nothing else. */
export function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.origin === text && !text.includes('*');
}
