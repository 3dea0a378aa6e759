/** The log by itself: I4 versions count up, I6 events state what they add up to, I16 an ended hold stays ended. */
import type { LoggedEvent } from './copy.ts';
import type { Finding } from './finding.ts';
import { changesStock, stateKey } from './log.ts';
import type { Log } from './log.ts';

export function checkFold(log: Log): readonly Finding[] {
  return [...versionsCount(log), ...statesAddUp(log), ...endingsAreFinal(log)];
}

/** I4: per row, versions are 1, 2, 3 … in the order of positions. */
function versionsCount({ events }: Log): readonly Finding[] {
  const findings: Finding[] = [];
  const last = new Map<string, number>();
  for (const { row, version, position } of events) {
    if (version === null) continue;
    const expected = (last.get(row) ?? 0) + 1;
    if (version !== expected) {
      findings.push({
        promise: 'I4', subject: `row ${row}`, sort: version < expected ? 'doubled' : 'lost',
        detail: `version ${version} at position ${position}, where ${expected} belongs`,
      });
    }
    last.set(row, version);
  }
  return findings;
}

/** I6: the state in an event is what all changes up to it add up to. */
function statesAddUp({ events, states }: Log): readonly Finding[] {
  return events.filter(changesStock).flatMap((event): readonly Finding[] => {
    const state = event.version === null ? undefined : states.get(stateKey(event.row, event.version));
    if (state === undefined) return [wrong(event, 'has no version that the changes before it lead to')];
    const claimed = `${event.quantity} ${event.reserved} ${event.available}`;
    const folded = `${state.quantity} ${state.reserved} ${state.quantity - state.reserved}`;
    return claimed === folded ? [] : [wrong(event, `says quantity, reserved, available ${claimed}; the changes add up to ${folded}`)];
  });
}

function wrong(event: LoggedEvent, detail: string): Finding {
  return { promise: 'I6', subject: `event ${event.id}`, sort: 'wrong', detail: `${event.type} at position ${event.position} ${detail}` };
}

/** I16: a hold has one end at most, and one beginning. */
function endingsAreFinal({ holds, byAggregate }: Log): readonly Finding[] {
  return [...holds].flatMap(([id, { endings }]): readonly Finding[] => {
    const begun = (byAggregate.get(id) ?? []).filter(({ type }) => type === 'reservation.created').length;
    if (endings.length <= 1 && begun === 1) return [];
    return [{
      promise: 'I16', subject: `hold ${id}`, sort: begun === 0 ? 'lost' : 'doubled',
      detail: `began ${begun} times and ended ${endings.length} times: ${endings.join(', ')}`,
    }];
  });
}
