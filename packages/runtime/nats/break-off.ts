/** Ending the socket under a connection to NATS, so that the client makes a new one. */
import { Socket } from 'node:net';
import type { NatsConnection } from 'nats';

/**
 * Destroys the socket, if the client still keeps it where it does now, in private fields. The client itself waits until all
 * that was written has gone out, before it closes: towards a peer that takes nothing any more that is a quarter of an hour.
 * The client connects anew then, as after any loss of its connection.
 */
export function breakOff(nats: NatsConnection): void {
  let at: unknown = nats;
  for (const name of ['protocol', 'transport', 'socket']) {
    if (typeof at !== 'object' || at === null) return;
    at = Reflect.get(at, name);
  }
  if (at instanceof Socket) at.destroy();
}
