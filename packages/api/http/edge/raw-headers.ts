/** Headers as they came: `req.headers` keeps the first of two Host, Authorization or Content-Type headers, and drops the other. */
import type { IncomingMessage } from 'node:http';

/** How often a request carries a header. @param name in lower case */
export function countHeader({ rawHeaders }: IncomingMessage, name: string): number {
  let count = 0;
  for (let nth = 0; nth < rawHeaders.length; nth += 2) {
    const raw = rawHeaders[nth];
    if (raw?.length === name.length && raw.toLowerCase() === name) count += 1;
  }
  return count;
}
