/** What may stand in TRUST_PROXY and in CORS_ORIGINS. */
import { isIP } from 'node:net';

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

/** True for an origin as browsers send it: scheme, host and port, and nothing else. */
export function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.origin === text && !text.includes('*');
}
