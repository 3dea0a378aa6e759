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
 * First deliveries, as long as the server counts on: each is of a later message than the one before, and of a newer version of
 * its row. Where the count goes back, a server has taken over that knows less of what was delivered, or has lost its newest
 * data. It begins again from there, and what was under way to nobody comes for the first time behind newer messages.
 */
function rising(deliveries: readonly Delivery[]): readonly Finding[] {
  let last = new Map<string, number>();
  let newest = 0;
  let count = 0;
  const wrong = ({ sequence }: Delivery, detail: string): Finding => (
    { promise: 'durable', subject: `message ${sequence}`, detail, sort: 'wrong' });
  return deliveries.flatMap((delivery): readonly Finding[] => {
    const { row, version, sequence, again, repair, nth } = delivery;
    if (nth <= count) [last, newest] = [new Map(), 0];
    count = nth;
    if (again) return [];
    if (sequence <= newest) return [wrong(delivery, `came for the first time behind message ${newest}`)];
    newest = sequence;
    if (version === undefined || repair) return [];
    const before = last.get(row) ?? 0;
    last.set(row, Math.max(before, version));
    return version > before ? [] : [wrong(delivery, `brought version ${version} of row ${row} behind ${before}`)];
  });
}

function known({ byId }: Log, deliveries: readonly Delivery[], departed: ReadonlySet<string>): readonly Finding[] {
  return deliveries.filter(({ id }) => id !== '' && !byId.has(id) && !departed.has(id)).map(({ id, sequence }): Finding => ({
    promise: 'durable', subject: `event ${id}`, detail: `came as message ${sequence}; the log does not know it`, sort: 'wrong',
  }));
}
