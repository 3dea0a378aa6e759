// @ts-check
/* Free TCP ports of 127.0.0.1. */
import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';

const HOST = '127.0.0.1';
/** Below it stand the ports that people know services by. */
const FIRST = 20_000;
const ATTEMPTS = 50;
/** What this process has handed out, and what may not listen yet. */
const handedOut = new Set();

/**
 * The first port that the system gives to whoever asks for none in particular: each outgoing connection, each listener on
 * port 0. On a busy machine such a port is taken between two looks, also that of a server that is just being restarted.
 * @returns {number} Linux' default where the system does not say
 */
function firstEphemeral() {
  try {
    return Number(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').trim().split(/\s+/)[0]) || 32_768;
  } catch {
    return 32_768;
  }
}

/**
 * Listens for a moment to learn whether a port can be had.
 * @param {number} port 0 asks the system for any free one
 * @returns {Promise<number | undefined>} the port that was free, undefined when it is taken
 */
function probe(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ host: HOST, port, exclusive: true }, () => {
      const address = server.address();
      const found = address !== null && typeof address === 'object' ? address.port : undefined;
      server.close(() => resolve(found));
    });
  });
}

/**
 * A port of 127.0.0.1 that was free a moment ago, and that nobody is given who does not ask for this very one: a server keeps it
 * over a restart. It is drawn, so that two processes hardly find the same one at once; this process finds each one once.
 * @returns {Promise<number>}
 */
export async function freePort() {
  const end = firstEphemeral();
  for (let attempt = 0; attempt < ATTEMPTS && end > FIRST; attempt += 1) {
    const drawn = randomInt(FIRST, end);
    if (handedOut.has(drawn)) continue;
    handedOut.add(drawn);
    if ((await probe(drawn)) !== undefined) return drawn;
  }
  // A system that gives out all ports, or has none left below.
  const port = await probe(0);
  if (port === undefined) throw new Error('no free TCP port on 127.0.0.1');
  return port;
}

/**
 * The wanted port, or the next free one above it. Gives up after 200, and then takes whatever the system offers.
 * @param {number} wanted
 * @param {ReadonlySet<number>} [taken] ports that this run has promised to another server, although nothing listens there yet
 * @returns {Promise<number>}
 */
export async function nextFreePort(wanted, taken = new Set()) {
  for (let port = wanted; port < Math.min(wanted + 200, 65_536); port += 1) {
    if (!taken.has(port) && (await probe(port)) !== undefined) return port;
  }
  return freePort();
}

/**
 * The ports of one run: no two claims get the same one, however many are made at once, and before anything listens there.
 * @returns {(wanted: number) => Promise<number>} the wanted port, or the next free one above it
 */
export function createPortClaims() {
  /** @type {Set<number>} */
  const promised = new Set();
  /** @type {Promise<unknown>} */
  let before = Promise.resolve();
  return (wanted) => {
    // One after the other: what a claim finds free must be promised before the next one looks.
    const claim = before.then(async () => {
      const port = await nextFreePort(wanted, promised);
      promised.add(port);
      return port;
    });
    before = claim.catch(() => undefined);
    return claim;
  };
}
