/** A TCP proxy with the faults of a network: delay, black hole, reset, refusal, lost answers, a cut after n bytes. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export type Direction = 'to_server' | 'to_client';

/** What becomes of a chunk: another one, nothing (null swallows it), or itself after so many milliseconds. */
type Transform = (chunk: Buffer, direction: Direction) => Buffer | null | number;

/** A TCP proxy between a process and a server, and the faults that a network has. */
export type Proxy = {
  readonly port: number;
  /** Connections open now. */
  connections(): number;
  /** Connections accepted so far, those that were refused left out. */
  accepted(): number;
  /** New connections go to this port from now on; those that are open stay where they are. */
  retarget(port: number): void;
  /** Every chunk waits at least this long, in both directions. */
  delay(ms: number): void;
  /** Nothing passes any more, not even the end of a connection; new connections are accepted and as dead. */
  blackhole(): void;
  /** Resets all connections now; new ones are welcome. */
  cut(): void;
  /** Half-open: the connections of now carry nothing any more, not even their end, until `heal` resets them; new ones are welcome. */
  strand(): void;
  /** Resets all connections, and new ones as they come. */
  refuse(): void;
  /** What is sent reaches the server, its answers are swallowed: the outcome stays unknown to the client. */
  dropReplies(): void;
  /** Lets so many more bytes go to the server, then ends the connection that sent them, once. */
  cutAfter(bytes: number): void;
  /** A hook for each chunk, for seeded tests; undefined takes it away. */
  transform(hook: Transform | undefined): void;
  /**
   * No more faults: what a blackhole held back is passed on. Connections of which bytes were swallowed, and stranded ones,
   * are reset, because the rest would not be understood.
   */
  heal(): void;
  close(): Promise<void>;
};

type Pair = {
  readonly client: Socket;
  readonly upstream: Socket;
  maimed: boolean;
  stranded: boolean;
  /** Resolves when the proxy itself has broken the connection off. */
  readonly broken: Promise<void>;
  readonly breakOff: () => void;
};

type Faults = {
  refuse: boolean;
  dropReplies: boolean;
  delayMs: number;
  bytesLeft: number;
  hook: Transform | undefined;
  /** Resolves at once, or at the end of a blackhole. */
  gate: Promise<void>;
};

/**
 * Starts a proxy on a free port of 127.0.0.1. `rewrite` is for what the proxy always changes, faults or not: such as
 * addresses of servers in what they say.
 */
export async function startProxy({ targetPort, rewrite = (chunk) => chunk }: {
  readonly targetPort: number; readonly rewrite?: (chunk: Buffer, direction: Direction) => Buffer;
}): Promise<Proxy> {
  const pairs = new Set<Pair>();
  let target = targetPort;
  let accepted = 0;
  const faults: Faults = {
    refuse: false, dropReplies: false, delayMs: 0, bytesLeft: Infinity, hook: undefined, gate: Promise.resolve(),
  };
  let openGate = (): void => undefined;

  const server = createServer((client) => {
    client.on('error', () => undefined);
    if (faults.refuse) {
      breakOff(client);
      return;
    }
    accepted += 1;
    const upstream = connect({ host: '127.0.0.1', port: target });
    upstream.on('error', () => undefined);
    const { promise: broken, resolve } = Promise.withResolvers<void>();
    const pair = { client, upstream, maimed: false, stranded: false, broken, breakOff: () => { resolve(); } };
    pairs.add(pair);
    Promise.all([pump(pair, 'to_server', faults, rewrite), pump(pair, 'to_client', faults, rewrite)])
      .catch(() => { reset(pair); })
      .finally(() => { pairs.delete(pair); });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');

  const cut = (): void => { pairs.forEach(reset); };
  return {
    port: address.port,
    connections: () => pairs.size,
    accepted: () => accepted,
    retarget(port) { target = port; },
    strand() { for (const pair of pairs) pair.stranded = true; },
    delay(ms) { faults.delayMs = ms; },
    blackhole() {
      openGate();
      faults.gate = new Promise((resolve) => { openGate = resolve; });
    },
    cut,
    refuse() {
      faults.refuse = true;
      cut();
    },
    dropReplies() { faults.dropReplies = true; },
    cutAfter(bytes) { faults.bytesLeft = bytes; },
    transform(hook) { faults.hook = hook; },
    heal() {
      Object.assign(faults, { refuse: false, dropReplies: false, delayMs: 0, bytesLeft: Infinity, hook: undefined });
      for (const pair of pairs) if (pair.maimed || pair.stranded) reset(pair);
      openGate();
    },
    async close() {
      server.close();
      cut();
      openGate();
      if (server.listening) await once(server, 'close');
    },
  };
}

/** Carries one direction of a connection from its first byte to its end. Rejects when the connection breaks. */
async function pump(
  pair: Pair, direction: Direction, faults: Faults, rewrite: (chunk: Buffer, direction: Direction) => Buffer,
): Promise<void> {
  const [from, to] = direction === 'to_server' ? [pair.client, pair.upstream] : [pair.upstream, pair.client];
  // Reading only when the chunk before is written is the backpressure, and what makes a blackhole cost no memory.
  for await (const original of chunks(from)) {
    await faults.gate;
    if (pair.stranded) continue;
    const chunk = rewrite(original, direction);
    const result = faults.hook === undefined ? chunk : faults.hook(chunk, direction);
    if (result === null || (faults.dropReplies && direction === 'to_client')) {
      pair.maimed = true;
      continue;
    }
    const waitMs = faults.delayMs + (typeof result === 'number' ? result : 0);
    if (waitMs > 0) await delay(waitMs);
    const bytes = typeof result === 'number' ? chunk : result;
    if (direction === 'to_server' && bytes.length >= faults.bytesLeft) {
      const last = bytes.subarray(0, faults.bytesLeft);
      faults.bytesLeft = Infinity;
      await write(to, last);
      // An orderly end towards the server, because a reset could throw away what it has not read yet.
      to.end();
      breakOff(from);
      return;
    }
    if (direction === 'to_server') faults.bytesLeft -= bytes.length;
    await write(to, bytes);
  }
  await faults.gate;
  // Nobody hears of the end of a stranded one until the proxy breaks it off.
  if (pair.stranded) await pair.broken;
  else to.end();
}

/** Resolves when the system has taken the bytes; rejects, other than a wait for 'drain', when the socket is gone. */
function write(socket: Socket, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write(bytes, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

async function* chunks(socket: Socket): AsyncGenerator<Buffer> {
  for await (const chunk of socket) {
    if (Buffer.isBuffer(chunk)) yield chunk;
  }
}

function reset(pair: Pair): void {
  breakOff(pair.client);
  breakOff(pair.upstream);
  pair.breakOff();
}

/**
 * Ends a socket with a reset where that is possible. While its own end is on the way the system refuses a reset, and
 * Node then leaves the socket open for ever: seen as a test process that spins at its exit.
 */
function breakOff(socket: Socket): void {
  if (socket.connecting || socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}
