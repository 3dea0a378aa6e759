/**
 * How long a leader puts up with a broker that answers nothing. The server that it is connected to may be cut off from a
 * healthy majority, and the connection shows nothing of that: all the relay sees are time-outs and 503. So it goes to another
 * server after 4 s, and again each 4 s. After 12 s it gives up the lead, because another relay may reach what it does not.
 */
import { NatsError } from 'nats';
import { PolicyError } from '@inventory/runtime/policies.ts';
import { classifyPublishError } from '../publish/broker-failures.ts';
import { PublishInterrupted } from '../publish/chain.ts';

const MOVE_MS = 4_000;
const GIVE_UP_MS = 12_000;

/** No server answers this relay. Another one may be luckier, so the lead is given up. */
export class BrokerOutOfReach extends Error {
  override readonly name = 'BrokerOutOfReach';
}

interface Patience {
  /** A step has succeeded. */
  well(): void;
  /** A step has failed. What to do about its server; undefined while there is nothing to do. */
  failed(error: unknown): 'move' | 'give_up' | undefined;
}

export function createPatience(nowMs: () => number = () => performance.now()): Patience {
  let silentSince: number | undefined;
  let moveAt = 0;
  return {
    well() { silentSince = undefined; },
    failed(error) {
      const kind = kindOf(error);
      // What says no is there. What fails elsewhere, in Postgres, says nothing.
      if (kind === 'answer') silentSince = undefined;
      if (kind === 'silence' && silentSince === undefined) {
        silentSince = nowMs();
        moveAt = silentSince + MOVE_MS;
      }
      if (silentSince === undefined) return undefined;
      if (nowMs() - silentSince >= GIVE_UP_MS) return 'give_up';
      if (nowMs() < moveAt) return undefined;
      moveAt = nowMs() + MOVE_MS;
      return 'move';
    },
  };
}

function kindOf(error: unknown): 'silence' | 'answer' | 'other' {
  const outcome = error instanceof PublishInterrupted ? error.cause : error;
  if (!(outcome instanceof NatsError) && !(outcome instanceof PolicyError)) return 'other';
  const kind = classifyPublishError(outcome);
  if (kind === 'unknown') return 'silence';
  return kind === 'breaker' ? 'other' : 'answer';
}
