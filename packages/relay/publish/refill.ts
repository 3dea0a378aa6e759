/**
 * Puts back what JetStream has lost. It syncs to disk every two minutes unless told otherwise, so after a power loss, or
 * from an old copy of its store, it comes back without messages that it had acknowledged. The runs know their sequences.
 * They are published in that order, each behind its own predecessor, and every event regains its sequence: a consumer
 * that was behind reads on, and one that had read them does not get them again. Where a stranger's message was, or an event
 * that can no longer be sent, an empty message holds the place.
 */
import type { Database } from '@inventory/db/pool.ts';
import { FILLER_SUBJECT } from '@inventory/domain/subjects.ts';
import { makeMessage, REPAIR } from './message.ts';
import type { Message } from './message.ts';
import { fetchPlacedAbove } from './outbox.ts';
import { PublishInterrupted } from './chain.ts';
import type { PublishOutcome } from './chain.ts';

interface RefillDeps {
  readonly db: Database;
  readonly publish: (messages: readonly Message[], base: number) => Promise<PublishOutcome>;
  maxPayload(): number;
  readonly batchSize: number;
}

const FILLER: Message = { subject: FILLER_SUBJECT, headers: [], data: new Uint8Array() };

/**
 * Publishes again what the runs of the stream place at sequences above `last`.
 * @returns the stream's last sequence afterwards @throws {PublishInterrupted}, which may be repeated
 */
export async function refill(
  deps: RefillDeps,
  { stream, epoch, last }: { readonly stream: string; readonly epoch: number; readonly last: number },
  signal: AbortSignal,
): Promise<number> {
  let sequence = last;
  for (;;) {
    signal.throwIfAborted();
    const rows = await fetchPlacedAbove(deps.db, { stream, sequence, limit: deps.batchSize });
    const end = rows.at(-1)?.sequence;
    if (end === undefined) return sequence;
    const upTo = Math.min(end, sequence + deps.batchSize);
    const placed = new Map(rows.map((row) => [row.sequence, row]));
    const messages = Array.from({ length: upTo - sequence }, (_, i): Message => {
      const row = placed.get(sequence + i + 1);
      if (row === undefined) return FILLER;
      const made = makeMessage(row, { maxPayload: deps.maxPayload(), epoch, marks: row.repair ? [REPAIR] : [] });
      return 'message' in made ? made.message : FILLER;
    });
    const { accepted, failure } = await deps.publish(messages, sequence);
    if (failure !== undefined) {
      throw new PublishInterrupted(`put back ${accepted} of ${messages.length} events`, { cause: failure });
    }
    sequence += accepted;
  }
}
