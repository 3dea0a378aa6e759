/**
 * The feed: a follower with a cursor sees every event of the settled log once and in order, or gets a 410. A 410 is right only
 * when the log went back or got another epoch.
 */
import type { Lap } from '../load/follower.ts';
import type { Finding } from './finding.ts';
import type { LoggedEvent } from './copy.ts';
import type { Truth } from './truth.ts';

/**
 * Judged at rest, when the follower has had the time to reach the end.
 * @param epochs how many epochs the log has had so far
 */
export function checkFeed(truth: Truth, laps: readonly Lap[], epochs: number): readonly Finding[] {
  const findings: Finding[] = [];
  const renewals = truth.past.length + epochs - 1;
  const ended = laps.filter(({ endedMs }) => endedMs !== undefined).length;
  if (ended > renewals) {
    findings.push({ promise: 'feed', subject: `${ended} laps`, sort: 'wrong',
      detail: `410 came ${ended} times, though the log went back or changed its epoch ${renewals} times` });
  }
  for (const [nth, lap] of laps.entries()) {
    const whole = lap.endedMs === undefined;
    const went = goneOn(truth, lap);
    if (went.length > 0) findings.push({ promise: 'feed', subject: `lap ${nth + 1}`, sort: 'wrong', detail: went });
    else findings.push(...problemsOf(whole ? truth.now.events : logOf(truth, lap), lap, { nth, whole }));
  }
  return findings;
}

/**
 * Describes a lap that followed a log until a promotion took it back, and then the new log, without a 410: how far it went
 * and how many events of the new log it missed. Empty for any other lap.
 */
function goneOn({ past, now }: Truth, { events }: Lap): string {
  const taken = past.find(({ log }) => events.some(({ id }) => log.byId.has(id) && !now.byId.has(id)));
  const of = events.filter(({ id }) => taken !== undefined && now.byId.has(id) && !taken.log.byId.has(id));
  if (taken === undefined || of.length === 0) return '';
  const seen = new Set(events.map(({ id }) => id));
  const passed = now.events.filter(({ id, position }) => !seen.has(id) && position <= (events.at(-1)?.position ?? 0)).length;
  return `went on with ${of.length} events of the new log without a 410, and ${passed} others that the new log wrote before them `
    + 'never came';
}

/** The log that a lap followed until its 410: the last one that ended before. */
function logOf({ past, now }: Truth, { endedMs = Infinity }: Lap): readonly LoggedEvent[] {
  return past.findLast(({ untilMs }) => untilMs <= endedMs)?.log.events ?? now.events;
}

function problemsOf(
  log: readonly LoggedEvent[], { events }: Lap, { nth, whole }: { readonly nth: number; readonly whole: boolean },
): readonly Finding[] {
  const findings: Finding[] = [];
  const find = (subject: string, detail: string, sort: Finding['sort']): void => {
    findings.push({ promise: 'feed', subject: `lap ${nth + 1}, ${subject}`, detail, sort });
  };
  const at = new Map(log.map(({ id, position }) => [id, position]));
  const seen = new Set<string>();
  let last = 0;
  for (const { id, position } of events) {
    if (seen.has(id)) find(`event ${id}`, 'came twice', 'doubled');
    else if (at.get(id) !== position) find(`event ${id}`, `came as position ${position}; the log has it at ${String(at.get(id))}`, 'wrong');
    else if (position <= last) find(`event ${id}`, `came behind position ${last}`, 'wrong');
    seen.add(id);
    last = Math.max(last, position);
  }
  // A lap that was ended must be complete up to its last event.
  const end = whole ? Infinity : last;
  for (const { id, position, type } of log) {
    if (position <= end && !seen.has(id)) find(`event ${id}`, `${type} at position ${position} never came`, 'lost');
  }
  return findings;
}
