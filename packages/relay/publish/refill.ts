/**
 * Puts back what JetStream has lost. It syncs to disk every two minutes unless told otherwise, so after a power loss, or
 * from an old copy of its store, it comes back without messages that it had acknowledged. The log knows their sequences.
 * They are published in that order, each behind its own predecessor, and every event regains its sequence: a consumer
 * that was behind reads on, and one that had read them does not get them again.
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
 * @throws {StreamConflict} when a sequence in between belongs to no event; {PublishInterrupted}, which may be repeated
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
      if ('unpublishable' in made) {
        throw new StreamConflict(
          `the stream has lost sequence ${expected}, and its event can no longer be published: ${made.unpublishable}`,
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
