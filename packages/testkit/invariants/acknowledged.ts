/**
 * I13, what was acknowledged exists. A stored answer is what some client got: a reservation in a 2xx has its row and
 * that state, a stock version in a 2xx has its event. That the row has its created event is I3; checking it here, for each
 * answer, would read a whole stream each time, which takes hours on one hot row.
 */
import type { Snapshot } from '@inventory/db/testing/snapshot.ts';
import type { Violation } from './violation.ts';
import { MAX_VIOLATIONS } from './violation.ts';

const PAGE = 1_000;

interface StoredAnswer {
  readonly principal: string;
  readonly operation: string;
  readonly key: string;
  readonly status: number;
  readonly response: Buffer;
}

/** What an answer said; a field is undefined when the answer has nothing of the kind. */
interface Told {
  readonly subject: string;
  readonly reservation: string | undefined;
  readonly state: string | undefined;
  readonly product: string | undefined;
  readonly store: string | undefined;
  readonly version: number | undefined;
}

/** One pass over the stored answers. */
export async function checkAcknowledged(snapshot: Snapshot): Promise<readonly Violation[]> {
  const violations: Violation[] = [];
  let cursor: readonly string[] = ['', '', ''];
  for (;;) {
    const page = await snapshot.query<StoredAnswer>(`
      SELECT principal, operation, key, status, response FROM idempotency_keys
      WHERE (principal, operation, key) > ($1, $2, $3) AND status < 300
      ORDER BY principal, operation, key LIMIT ${PAGE}`, cursor);
    const told: Told[] = [];
    for (const answer of page) {
      const subject = `key ${answer.operation} ${answer.key}`;
      try {
        told.push(...readAnswer(subject, JSON.parse(answer.response.toString('utf8'))));
      } catch {
        violations.push({ invariant: 'I13', subject, detail: `${answer.status} with a body that is not JSON` });
      }
    }
    violations.push(...await refuted(snapshot, told));
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE || violations.length >= MAX_VIOLATIONS) {
      return violations.slice(0, MAX_VIOLATIONS);
    }
    cursor = [last.principal, last.operation, last.key];
  }
}

/** The body itself, and the members of the list that a cart's or a batch's answer holds. */
function readAnswer(subject: string, body: unknown): readonly Told[] {
  if (typeof body !== 'object' || body === null) return [];
  const fields = new Map<string, unknown>(Object.entries(body));
  const textOf = (name: string): string | undefined => {
    const value = fields.get(name);
    return typeof value === 'string' ? value : undefined;
  };
  const version = fields.get('version');
  const inner = [...fields.values()].filter(Array.isArray).flatMap((list: readonly unknown[]) =>
    list.flatMap((member) => readAnswer(subject, member)));
  return [{
    subject, reservation: textOf('reservation_id'), state: textOf('status'), product: textOf('product_id'),
    store: textOf('store_id'), version: typeof version === 'number' ? version : undefined,
  }, ...inner];
}

/**
 * A terminal state stays true; a PENDING may have changed since. Each answer is looked up by itself
 * (LIMIT keeps the planner from joining): a join reads the whole of a long stream for every answer.
 */
async function refuted(snapshot: Snapshot, told: readonly Told[]): Promise<readonly Violation[]> {
  const column = <K extends keyof Told>(name: K) => told.map((answer) => answer[name] ?? null);
  return (await snapshot.query<{ subject: string; detail: string }>(`
    SELECT told.subject, CASE
      WHEN told.reservation IS NOT NULL AND r.id IS NULL THEN format('reservation %s has no row', told.reservation)
      WHEN told.state <> 'PENDING' AND told.state <> r.status
        THEN format('reservation %s is %s, told %s', r.id, r.status, told.state)
      ELSE format('%s in %s at version %s has no event', told.product, told.store, told.version) END AS detail
    FROM unnest($1::text[], $2::uuid[], $3::text[], $4::uuid[], $5::text[], $6::bigint[])
      AS told (subject, reservation, state, product, store, version)
    LEFT JOIN LATERAL (SELECT id, status FROM reservations WHERE id = told.reservation LIMIT 1) r ON true
    LEFT JOIN LATERAL (
      SELECT id FROM stock WHERE product_id = told.product AND store_id = told.store LIMIT 1) s ON true
    LEFT JOIN LATERAL (
      SELECT id FROM events WHERE stream_id = s.id AND stream_version = told.version LIMIT 1) e ON true
    WHERE told.reservation IS NOT NULL AND (r.id IS NULL OR told.state <> 'PENDING' AND told.state <> r.status)
      OR told.product IS NOT NULL AND told.store IS NOT NULL AND told.version IS NOT NULL AND e.id IS NULL`,
  [column('subject'), column('reservation'), column('state'), column('product'), column('store'), column('version')],
  )).map((row) => ({ invariant: 'I13', ...row }));
}
