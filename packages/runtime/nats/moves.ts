/** Moving a connection from one server of a cluster to another, by the client's own reconnect. */
import { isIP } from 'node:net';
import type { NatsConnection } from 'nats';
import { sleep } from '../sleep.ts';
import { breakOff } from './break-off.ts';

const PATIENCE_MS = 5_000;

interface Moves {
  /** As NatsLink has it, for a connection that is up. Never rejects. */
  moveOn(nats: NatsConnection, reason: string, signal: AbortSignal): Promise<string | undefined>;
  /** Why the server is being left; undefined outside of a move. */
  reason(): string | undefined;
  /** To be told of every reconnect. */
  arrived(): void;
}

/** @param hosts the servers that were asked for, as `host` or `host:port` */
export function createMoves(hosts: readonly string[]): Moves {
  let leaving: string | undefined;
  let onArrival: (() => void) | undefined;

  /** Servers that the client may go to. A name may stand for several. */
  const known = ({ info }: NatsConnection): number => {
    const all = new Set([...hosts, ...info?.connect_urls ?? []]);
    const [only = ''] = all;
    return all.size > 1 || isIP(only.replace(/:\d+$/, '').replace(/^\[|\]$/g, '')) !== 0 ? all.size : 2;
  };

  return {
    reason: () => leaving,
    arrived() { onArrival?.(); },
    async moveOn(nats, reason, signal) {
      if (leaving !== undefined) return undefined;
      const left = nats.info?.server_id;
      const others = known(nats) - 1;
      const deadline = performance.now() + PATIENCE_MS;
      leaving = `left ${nats.getServer()} for another server: ${reason}`;
      try {
        // The client goes through its list in order. Its first reconnect leads to the server that it comes from, and a name
        // may lead there again, too.
        for (let tries = 0; others > 0 && tries <= others && performance.now() < deadline && !signal.aborted; tries += 1) {
          const arrival = Promise.withResolvers<undefined>();
          const patience = new AbortController();
          onArrival = () => { arrival.resolve(undefined); };
          await nats.reconnect();
          breakOff(nats);
          await Promise.race([arrival.promise, sleep(deadline - performance.now(), AbortSignal.any([signal, patience.signal]))]);
          patience.abort();
          if (nats.info !== undefined && nats.info.server_id !== left) return nats.getServer();
        }
        return undefined;
      } catch {
        // It is closed, or about to be.
        return undefined;
      } finally {
        leaving = undefined;
        onArrival = undefined;
      }
    },
  };
}
