/** The durable consumer receives each event once, apart from redelivery, and the versions of each row in rising order. */
import type { Delivery } from '../load/durable.ts';
import type { Finding } from './finding.ts';
import type { Log } from './log.ts';
import type { Stream } from './stream.ts';

/**
 * Judged at rest, when the consumer has had the time to reach the end.
 * @param departed ids of events that a promotion has taken out of the log
 */
export function checkDurable(
  log: Log, stream: Stream | undefined, deliveries: readonly Delivery[], departed: ReadonlySet<string>,
): readonly Finding[] {
  // Deliveries of an earlier stream were judged while that stream was there.
  const current = deliveries.filter((delivery) => delivery.stream === stream?.created && delivery.id !== '');
  return [...eachOnce(current), ...allOfThem(stream, current), ...rising(current), ...known(log, deliveries, departed)];
}

/** An event under two sequences is published twice; a redelivery keeps its sequence. */
function eachOnce(deliveries: readonly Delivery[]): readonly Finding[] {
  const at = new Map<string, number>();
  return deliveries.flatMap(({ id, sequence }): readonly Finding[] => {
    const before = at.get(id) ?? sequence;
    at.set(id, before);
    return before === sequence ? [] : [{
      promise: 'durable', subject: `event ${id}`, detail: `came as message ${before} and as ${sequence}`, sort: 'doubled',
    }];
  });
}

function allOfThem(stream: Stream | undefined, deliveries: readonly Delivery[]): readonly Finding[] {
  const came = new Map(deliveries.map(({ sequence, id }) => [sequence, id]));
  return (stream?.messages ?? []).flatMap(({ sequence, id }): readonly Finding[] => {
    if (id === '') return [];
    const told = came.get(sequence);
    if (told === id) return [];
    return [{ promise: 'durable', subject: `message ${sequence}`, sort: told === undefined ? 'lost' : 'wrong',
      detail: told === undefined ? `event ${id} never came` : `came as event ${told}, and is event ${id}` }];
  });
}

/**
 * Each message that is newer than all before. What comes behind a newer one is delivered again, and a server that has lost its
 * newest data does not say so: it has forgotten what it delivered.
 */
function rising(deliveries: readonly Delivery[]): readonly Finding[] {
  const last = new Map<string, number>();
  let newest = 0;
  return deliveries.flatMap(({ row, version, sequence, repair }): readonly Finding[] => {
    if (sequence <= newest) return [];
    newest = sequence;
    if (version === undefined || repair) return [];
    const before = last.get(row) ?? 0;
    last.set(row, Math.max(before, version));
    return version > before ? [] : [{
      promise: 'durable', subject: `message ${sequence}`, detail: `brought version ${version} of row ${row} behind ${before}`, sort: 'wrong',
    }];
  });
}

function known({ byId }: Log, deliveries: readonly Delivery[], departed: ReadonlySet<string>): readonly Finding[] {
  return deliveries.filter(({ id }) => id !== '' && !byId.has(id) && !departed.has(id)).map(({ id, sequence }): Finding => ({
    promise: 'durable', subject: `event ${id}`, detail: `came as message ${sequence}; the log does not know it`, sort: 'wrong',
  }));
}
