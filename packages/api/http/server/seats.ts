/**
 * Who keeps a connection. Connections are few, and one address without a token must not take those of everybody else:
 *
 *   a new connection beyond the share of its address   → the oldest idle one of the address gives way, or the new one
 *   no valid token for as long as a seat lasts         → closed once it is idle; an answer, such as a 404, renews nothing
 *
 * A connection that carried a valid token is counted against nobody, for as long as a seat lasts; neither is one whose request
 * in hand shows one, such as that of a viewer who watches for an hour. A trusted proxy speaks for many clients, and has as many
 * connections as it opens.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export interface SeatRules {
  /** Connections of one address that have shown no valid token, at most. */
  readonly perAddress: number;
  /** How long a connection may stay without a valid token, in ms. */
  readonly seatMs: number;
  /** Tells the proxies, whose connections carry others. */
  readonly isProxy: (address: string) => boolean;
  /** What an address is counted as: a network, for IPv6. */
  readonly addressKey: (address: string) => string;
  /** True when the request showed a valid token. */
  readonly isRecognised: (req: IncomingMessage) => boolean;
}

interface Seat {
  readonly key: string;
  /** When it was taken, or a valid token was last shown. */
  since: number;
  /** Requests that are being done on it. */
  readonly inHand: Set<IncomingMessage>;
}

interface Seats {
  /** Gives a new connection its seat, or destroys it. */
  take(socket: Socket): void;
  /** Notes a request of a connection, until its answer has left. */
  watch(req: IncomingMessage, res: ServerResponse): void;
  stop(): void;
}

export function createSeats({ perAddress, seatMs, isProxy, addressKey, isRecognised }: SeatRules): Seats {
  const seats = new Map<Socket, Seat>();
  /** The connections without a valid token, by address, the oldest first. */
  const strangers = new Map<string, Set<Socket>>();
  const sit = (socket: Socket, { key }: Seat): void => {
    const others = strangers.get(key) ?? new Set<Socket>();
    strangers.set(key, others);
    others.add(socket);
  };
  const rise = (socket: Socket, { key }: Seat): void => {
    const others = strangers.get(key);
    others?.delete(socket);
    if (others?.size === 0) strangers.delete(key);
  };
  const sweep = (): void => {
    const before = performance.now() - seatMs;
    for (const [socket, seat] of seats) {
      if (seat.since > before) continue;
      if (seat.inHand.size === 0) socket.destroy();
      else sit(socket, seat);
    }
  };
  const timer = setInterval(sweep, Math.min(1000, seatMs)).unref();
  return {
    take: (socket) => {
      const address = socket.remoteAddress ?? '';
      if (isProxy(address)) return;
      const seat: Seat = { key: addressKey(address), since: performance.now(), inHand: new Set() };
      const others = strangers.get(seat.key);
      if (others !== undefined && others.size >= perAddress) {
        // Whether a request shows a token was not known when it began.
        for (const other of others) if ([...seats.get(other)?.inHand ?? []].some(isRecognised)) rise(other, seat);
      }
      if (others !== undefined && others.size >= perAddress) {
        const idle = [...others].find((other) => seats.get(other)?.inHand.size === 0);
        (idle ?? socket).destroy();
        if (idle === undefined) return;
        // Its close comes later, and the next connection must not find it here.
        rise(idle, seat);
      }
      seats.set(socket, seat);
      sit(socket, seat);
      socket.once('close', () => {
        seats.delete(socket);
        rise(socket, seat);
      });
    },
    watch: (req, res) => {
      const { socket } = req;
      const seat = seats.get(socket);
      if (seat === undefined) return;
      seat.inHand.add(req);
      res.once('close', () => {
        seat.inHand.delete(req);
        if (!isRecognised(req)) return;
        seat.since = performance.now();
        rise(socket, seat);
      });
    },
    stop: () => { clearInterval(timer); },
  };
}
