/**
 * I13: an acknowledged operation is in the log, a refused one has changed nothing, an unknown one is there completely or not at
 * all. I12: requests under one key get the same answer and have one effect.
 */
import { z } from 'zod';
import type { Operation } from '../load/history.ts';
import type { Finding } from './finding.ts';
import type { Log } from './log.ts';
import { departedOf } from './truth.ts';
import type { Truth } from './truth.ts';

interface Judged {
  readonly findings: readonly Finding[];
  /** Acknowledged operations that a promotion has taken back: counted and named, because no standby had them. */
  readonly takenBack: readonly string[];
}

/** The attempts of each operation: requests with the same tag, or with the same key for the same hold. */
function attemptsOf(operations: readonly Operation[]): readonly (readonly Operation[])[] {
  return [...Map.groupBy(operations, ({ nth, kind, tag, key, subjectId }) =>
    tag ?? (key === undefined ? `nth ${nth}` : `${kind} ${subjectId} ${key}`)).values()];
}

/** Judges operations of which the last attempt is number `from` or later. */
export function checkAcknowledged(truth: Truth, operations: readonly Operation[], from = 0): Judged {
  const departed = departedOf(truth);
  const departedTags = new Set([...departed.values()].flatMap(({ reference, name }) => [reference, name]));
  const departedHolds = new Set([...departed.values()].map(({ aggregate }) => aggregate));
  const findings: Finding[] = [];
  const takenBack: string[] = [];
  for (const attempts of attemptsOf(operations)) {
    const [first] = attempts;
    if (first === undefined || (attempts.at(-1)?.nth ?? 0) < from) continue;
    const { tag, subjectId } = first;
    const wasTakenBack = (tag !== undefined && departedTags.has(tag))
      || (subjectId !== undefined && (departedHolds.has(subjectId) || departedCart(truth, departedHolds, subjectId)));
    const found = [...sameAnswer(attempts), ...effectsOf(truth.now, attempts)];
    if (wasTakenBack) {
      if (attempts.some(({ answer }) => answer?.outcome === 'ok') && found.length > 0) takenBack.push(nameOf(first));
    } else findings.push(...found);
  }
  if (departed.size === 0) findings.push(...endingsWereAsked(truth.now, operations));
  return { findings, takenBack };
}

function departedCart({ past }: Truth, holds: ReadonlySet<string>, batch: string): boolean {
  return past.some(({ log }) => [...log.holds].some(([id, hold]) => hold.batch === batch && holds.has(id)));
}

function nameOf({ kind, tag, subjectId, nth }: Operation): string {
  return `${kind} ${tag ?? subjectId ?? nth}`;
}

/** Statuses that are about the caller and are never stored under a key. */
const NOT_STORED = new Set([401, 403, 408, 429]);

/** I12: one key, one answer. */
function sameAnswer(attempts: readonly Operation[]): readonly Finding[] {
  const told = attempts.flatMap(({ key, answer }) =>
    (key === undefined || answer === undefined || answer.outcome === 'unknown' || NOT_STORED.has(answer.status) ? [] : [answer]));
  const [first, ...others] = told;
  const other = others.find(({ status, text }) => status !== first?.status || text !== first.text);
  const [operation] = attempts;
  if (first === undefined || other === undefined || operation === undefined) return [];
  return [{
    promise: 'I12', subject: nameOf(operation), sort: 'wrong',
    detail: `was answered ${first.status} ${first.text.slice(0, 200)}, and under the same key ${other.status} `
      + other.text.slice(0, 200),
  }];
}

/** I13 of one operation. */
function effectsOf(log: Log, attempts: readonly Operation[]): readonly Finding[] {
  const [operation] = attempts;
  if (operation === undefined) return [];
  const acknowledged = attempts.find(({ answer }) => answer?.outcome === 'ok')?.answer;
  const open = attempts.some(({ answer }) => answer === undefined || answer.outcome === 'unknown');
  const refused = attempts.some(({ answer }) => answer?.outcome === 'fail');
  if (operation.tag === undefined) {
    return acknowledged === undefined ? [] : endingIsThere(log, operation, acknowledged.text);
  }
  const effects = log.byTag.get(operation.tag)?.length ?? 0;
  const there = `${effects} of its ${operation.events} events`;
  const finding = (detail: string, sort: Finding['sort']): readonly Finding[] =>
    [{ promise: 'I13', subject: nameOf(operation), detail, sort }];
  if (acknowledged !== undefined) {
    if (effects < operation.events) return finding(`was acknowledged, and ${there} are there`, 'lost');
    if (effects > operation.events) return finding(`was done once, and ${effects} events of it are there`, 'doubled');
    return answerIsTheEvent(log, operation, acknowledged.text);
  }
  if (refused && effects > 0) return finding(`was refused, and ${effects} events of it are there`, 'wrong');
  if (open && effects !== 0 && effects !== operation.events) {
    return finding(`has no known outcome, and ${there} are there`, effects > operation.events ? 'doubled' : 'lost');
  }
  return [];
}

const row = z.object({ quantity: z.int(), reserved: z.int(), version: z.int() });
const hold = z.object({ reservation_id: z.string(), status: z.string(), expires_at: z.string() });
const cart = z.object({ batch_id: z.string(), reservations: z.array(hold) });

/** The answer and the event say the same. */
function answerIsTheEvent({ byTag }: Log, operation: Operation, text: string): readonly Finding[] {
  const events = byTag.get(operation.tag ?? '') ?? [];
  const wrong = (detail: string): readonly Finding[] => [{ promise: 'I13', subject: nameOf(operation), detail, sort: 'wrong' }];
  switch (operation.kind) {
    case 'adjust': {
      const told = row.parse(JSON.parse(text));
      return events.some(({ quantity, reserved, version }) =>
        quantity === told.quantity && reserved === told.reserved && version === told.version) ? [] : wrong(`was answered ${text}`);
    }
    case 'reserve': {
      const told = hold.parse(JSON.parse(text));
      return events.some(({ aggregate }) => aggregate === told.reservation_id) ? []
        : wrong(`was answered with hold ${told.reservation_id}`);
    }
    case 'cart': {
      const told = cart.parse(JSON.parse(text));
      const there = new Set(events.map(({ aggregate }) => aggregate));
      return told.reservations.every(({ reservation_id: id }) => there.has(id)) ? [] : wrong(`was answered with cart ${told.batch_id}`);
    }
    default:
      return [];
  }
}

/** The state that an answer gave for a hold, or for each hold of a cart, is the one in the log. */
function endingIsThere({ holds }: Log, operation: Operation, text: string): readonly Finding[] {
  const body: unknown = JSON.parse(text);
  const told = operation.kind.endsWith('-cart') ? cart.parse(body).reservations : [hold.parse(body)];
  return told.flatMap(({ reservation_id: id, status, expires_at: expires }): readonly Finding[] => {
    const found = holds.get(id);
    const there = found !== undefined
      && (operation.kind === 'extend' ? found.deadlines.includes(expires) : found.status === status);
    const is = found === undefined ? 'not there' : `${found.status}, deadlines ${found.deadlines.join(', ')}`;
    return there ? [] : [{
      promise: 'I13', subject: `${operation.kind} ${id}`, detail: `was told ${status} until ${expires}, is ${is}`, sort: 'lost',
    }];
  });
}

/** For each hold that is CONFIRMED or CANCELLED there is a request for it that was not refused. */
function endingsWereAsked({ holds }: Log, operations: readonly Operation[]): readonly Finding[] {
  const asked = new Set(operations.filter(({ answer }) => answer?.outcome !== 'fail')
    .map(({ kind, subjectId }) => `${kind.replace('-cart', '')} ${subjectId ?? ''}`));
  return [...holds].flatMap(([id, { status, batch }]): readonly Finding[] => {
    if (status !== 'CONFIRMED' && status !== 'CANCELLED') return [];
    const verb = status === 'CONFIRMED' ? 'confirm' : 'cancel';
    return asked.has(`${verb} ${id}`) || asked.has(`${verb} ${batch ?? ''}`) ? [] : [{
      promise: 'I13', subject: `hold ${id}`, detail: `is ${status}, and everybody who asked for it was refused`, sort: 'wrong',
    }];
  });
}
