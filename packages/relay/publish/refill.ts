/**
 * JetStream writes to disk every two minutes unless told otherwise: after a power loss, or from an old copy of its
 * store, it comes back without messages that it had acknowledged. The log knows them by their sequence. They are put
 * back in that order, each behind its own predecessor, so that every event regains its own sequence: a consumer that
 * was behind reads on, and one that had seen them does not see them again.
 */
import type { Database } from '@inventory/db/pool.ts';
import { makeMessage } from './message.ts';
import type { Message } from './message.ts';
import { fetchPublishedAbove } from './outbox.ts';
import { PublishInterrupted } from './chain.ts';
import type { PublishOutcome } from './chain.ts';
import { StreamConflict } from '../stream/stream.ts';

interface RefillDeps {
  readonly db: Database;
  readonly publish: (messages: readonly Message[], base: number) => Promise<PublishOutcome>;
  maxPayload(): number;
  readonly batchSize: number;
}

/**
 * Publishes again what the log has at sequences above `last`.
 * @returns the stream's last sequence afterwards
 * @throws {StreamConflict} when a sequence in between belongs to no event; {PublishInterrupted} to be tried again
 */
export async function refill(deps: RefillDeps, last: number, signal: AbortSignal): Promise<number> {
  let sequence = last;
  for (;;) {
    signal.throwIfAborted();
    const rows = await fetchPublishedAbove(deps.db, { sequence, limit: deps.batchSize });
    if (rows.length === 0) return sequence;
    const messages = rows.map((row, i) => {
      const expected = sequence + i + 1;
      if (row.published_seq !== expected) {
        throw new StreamConflict(`the stream has lost sequence ${expected}, and the log has no event for it`);
      }
      const made = makeMessage(row, { maxPayload: deps.maxPayload() });
      if ('poison' in made) {
        throw new StreamConflict(
          `the stream has lost sequence ${expected}, and its event can no longer be published: ${made.poison}`,
        );
      }
      return made.message;
    });
    const { accepted, failure } = await deps.publish(messages, sequence);
    if (failure !== undefined) {
      throw new PublishInterrupted(`put back ${accepted} of ${rows.length} events`, { cause: failure });
    }
    sequence += accepted;
  }
}
