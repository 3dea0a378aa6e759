/** The stream against the log: I7 all of it and nothing else, I8 once, I9 where the marks say, I10 each row in order. */
import type { Copy, LoggedEvent } from './copy.ts';
import type { Finding } from './finding.ts';
import type { Log } from './log.ts';

export interface Message {
  readonly sequence: number;
  readonly subject: string;
  /** `ce-id`; empty for a message that bears none. */
  readonly id: string;
  /** `ce-sequence`. */
  readonly position: number;
  /** `ce-partitionkey`. */
  readonly row: string;
  /** MD5 of what it carries. */
  readonly body: string;
  /** Published again by a repair: it may stand behind later events of its row. */
  readonly repair: boolean;
}

export interface Stream {
  /** When it was made. */
  readonly created: string;
  readonly messages: readonly Message[];
}

/**
 * @param stream as it was read after the copy was taken, at rest; undefined where there is none
 * @param departed ids of events that a promotion has taken out of the log: the stream may still have them
 */
export function checkStream(
  { marks }: Pick<Copy, 'marks'>, log: Log, stream: Stream | undefined, departed: ReadonlySet<string>,
): readonly Finding[] {
  if (stream === undefined) {
    return log.events.length === 0 ? [] : [{ promise: 'I7', subject: 'stream', detail: 'there is none', sort: 'lost' }];
  }
  if (stream.created !== marks.stream) {
    return [{ promise: 'I7', subject: 'stream', sort: 'wrong',
      detail: `was made ${stream.created}; the log is published to that of ${String(marks.stream)}` }];
  }
  const known = stream.messages.filter(({ id }) => id !== '');
  return [...nothingMissing(marks, log, known), ...nothingElse(log, known, departed), ...once(known), ...inOrder(known, log)];
}

/** I7 and I9: each event of the log that is not set aside is there, at the sequence that the relay has marked. */
function nothingMissing(marks: Copy['marks'], { events }: Log, messages: readonly Message[]): readonly Finding[] {
  const at = new Map(messages.map(({ id, sequence }) => [id, sequence]));
  return events.flatMap((event): readonly Finding[] => {
    const subject = `event ${event.id}`;
    const sequence = at.get(event.id);
    const marked = marks.published.get(event.id);
    if (sequence === undefined) {
      if (marks.setAside.has(event.id)) return [];
      const how = marked === undefined ? 'was never published' : `is marked as published at ${String(marked)}`;
      return [{
        promise: 'I7', subject, detail: `${event.type} at position ${event.position} is not in the stream; it ${how}`, sort: 'lost',
      }];
    }
    // An event without a mark yet is not marked wrongly; `all clear` checks that marks come.
    if (marked === sequence || marked === undefined) return [];
    return [{ promise: 'I9', subject, detail: `stands at sequence ${sequence}, is marked ${String(marked)}`, sort: 'wrong' }];
  });
}

/** I7: each message is an event of the log, byte for byte. */
function nothingElse({ byId }: Log, messages: readonly Message[], departed: ReadonlySet<string>): readonly Finding[] {
  return messages.flatMap((message): readonly Finding[] => {
    const event = byId.get(message.id);
    const subject = `message ${message.sequence}`;
    if (event === undefined) {
      const why = departed.has(message.id) ? 'a promotion took it out of the log' : 'the log does not know it';
      return [{ promise: 'I7', subject, detail: `tells of event ${message.id}: ${why}`, sort: 'wrong' }];
    }
    const told = [message.subject, message.position, message.row, message.body].join(' ');
    const logged = [`${event.type}.${event.store}`, event.position, event.row, event.body].join(' ');
    return told === logged ? [] : [{ promise: 'I7', subject, detail: `tells ${told}, the log says ${logged}`, sort: 'wrong' }];
  });
}

/** I8: no event twice. */
function once(messages: readonly Message[]): readonly Finding[] {
  return [...Map.groupBy(messages, ({ id }) => id)].flatMap(([id, copies]): readonly Finding[] =>
    (copies.length === 1 ? [] : [{
      promise: 'I8', subject: `event ${id}`, sort: 'doubled',
      detail: `stands at sequences ${copies.map(({ sequence }) => sequence).join(' and ')}`,
    }]));
}

/** I10: versions of a row rise with the sequence; copies that a repair has made are exempt. */
function inOrder(messages: readonly Message[], { byId }: Log): readonly Finding[] {
  const last = new Map<string, number>();
  return messages.flatMap(({ id, row, sequence, repair }): readonly Finding[] => {
    const version = versionOf(byId.get(id));
    if (repair || version === undefined) return [];
    const before = last.get(row) ?? 0;
    last.set(row, Math.max(before, version));
    return version > before ? [] : [{
      promise: 'I10', subject: `message ${sequence}`, detail: `has version ${version} of row ${row} behind version ${before}`, sort: 'wrong',
    }];
  });
}

function versionOf(event: LoggedEvent | undefined): number | undefined {
  return event?.version ?? undefined;
}
