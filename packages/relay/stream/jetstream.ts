/** JetStream as all of the relay speaks to it: one way to its management, and what it takes in one message. */
import type { JetStreamManager, NatsConnection } from 'nats';

/** How long a call of the management may take while the relay leads: meanwhile nothing is published. */
export const LEADER_TIMEOUT_MS = 2000;
/** The same for a command, which nobody but a person waits for. */
const COMMAND_TIMEOUT_MS = 5000;
/** What a server takes unless told otherwise; before a connection is made, nobody has said. */
const DEFAULT_MAX_PAYLOAD = 1_048_576;

/** JetStream's management. Not asked first whether it is there (checkAPI): the call that comes next says so as well. */
export function managerOf(
  nats: NatsConnection, { timeoutMs = COMMAND_TIMEOUT_MS }: { readonly timeoutMs?: number } = {},
): Promise<JetStreamManager> {
  return nats.jetstreamManager({ timeout: timeoutMs, checkAPI: false });
}

/** What the server takes in one message, headers included, in bytes, as it says now. */
export function maxPayloadOf(nats: NatsConnection): number {
  return nats.info?.max_payload ?? DEFAULT_MAX_PAYLOAD;
}
