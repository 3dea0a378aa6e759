/**
 * Every read of availability against the log: the versions that it shows exist, the numbers are those of these versions, and
 * every write that was acknowledged before its `as_of` is in it. Later writes may be in it, too.
 */
import type { Operation, OperationKind, Read, ShownStore } from '../load/history.ts';
import type { LoggedEvent } from './copy.ts';
import type { Finding } from './finding.ts';
import { changesStock, stateKey } from './log.ts';
import type { Log, RowState } from './log.ts';
import { logsBetween } from './truth.ts';
import type { Truth } from './truth.ts';

/** The greatest age of an answer by its source, with some time for a busy machine. */
const MOST_AGE_MS: Readonly<Record<string, number>> = { cache: 2_000 + 1_500, stale: 300_000 + 5_000 };
/** Postgres and the rig share a clock, but their times are rounded in different places. */
const FUTURE_MS = 50;
/** For so long after a promotion, readers may ask for a version that it has taken back. */
const RECENT_MS = 60_000;

/** The highest version of a row that was acknowledged up to a time. */
interface Needed { readonly atMs: number; readonly version: number }

/** Judges `reads` by the log and by all operations of the history. */
export function checkReads(truth: Truth, operations: readonly Operation[], reads: readonly Read[]): readonly Finding[] {
  const views = new Map<Log, View>();
  const viewOf = (log: Log): View => {
    const known = views.get(log);
    if (known !== undefined) return known;
    const view = createView(log, operations);
    views.set(log, view);
    return view;
  };
  const forks = truth.past.map(({ untilMs }) => untilMs);
  return reads.flatMap((read): readonly Finding[] => {
    // One wrong answer is one finding, however much of it is wrong.
    const wrong = (problems: readonly string[], told = ''): readonly Finding[] => (problems.length === 0 ? [] : [{
      promise: 'reads', subject: `read of ${read.productId} by ${read.api} at ${read.invokedMs}`, sort: 'wrong',
      detail: `${told}${problems.join('; ')}`,
    }]);
    if (read.status === 404) return wrong(['says that there is no such product']);
    if (read.shown === undefined) return [];
    const { asOfMs, source } = read.shown;
    return wrong([
      ...ageProblems(read),
      ...problemsIn(logsBetween(truth, asOfMs, Math.max(asOfMs, read.returnedMs)).map(viewOf), read),
      ...(forks.some((atMs) => atMs > read.invokedMs - RECENT_MS) ? [] : leastProblems(read)),
    ], `${source} as of ${asOfMs} `);
  });
}

interface View {
  readonly log: Log;
  readonly rowsOf: ReadonlyMap<string, readonly RowState[]>;
  readonly needed: ReadonlyMap<string, readonly Needed[]>;
}

function createView(log: Log, operations: readonly Operation[]): View {
  const needed = new Map<string, Needed[]>();
  const answered = operations.flatMap((operation) => {
    const { answer } = operation;
    return answer?.outcome === 'ok' ? [{ operation, atMs: answer.returnedMs }] : [];
  }).sort((a, b) => a.atMs - b.atMs);
  for (const { operation, atMs } of answered) {
    for (const { row, version } of eventsOf(log, operation)) {
      const list = needed.get(row) ?? [];
      list.push({ atMs, version: Math.max(version ?? 0, list.at(-1)?.version ?? 0) });
      needed.set(row, list);
    }
  }
  return { log, needed, rowsOf: Map.groupBy(log.rows.values(), ({ product }) => product) };
}

const ENDING_TYPES: ReadonlyMap<OperationKind, string> = new Map([
  ['confirm', 'reservation.confirmed'], ['cancel', 'reservation.cancelled'],
]);

/** The stock events of an acknowledged operation. Confirmed and cancelled carts are left out. */
function eventsOf({ byTag, byAggregate }: Log, { kind, tag, subjectId }: Operation): readonly LoggedEvent[] {
  if (tag !== undefined) return (byTag.get(tag) ?? []).filter(changesStock);
  const type = ENDING_TYPES.get(kind);
  return type === undefined ? [] : (byAggregate.get(subjectId ?? '') ?? []).filter((event) => event.type === type);
}

function ageProblems({ invokedMs, returnedMs, shown }: Read): readonly string[] {
  if (shown === undefined) return [];
  const most = MOST_AGE_MS[shown.source];
  const ageMs = invokedMs - shown.asOfMs;
  return [
    ...(shown.asOfMs > returnedMs + FUTURE_MS ? [`is from the future: it was answered at ${returnedMs}`] : []),
    ...(most !== undefined && ageMs > most ? [`was ${ageMs} ms old when it was asked for`] : []),
  ];
}

/**
 * Judges each store by the log that was true as of the answer. An answer may hold later changes, so after a promotion a store
 * may also be right by the log of the new server.
 */
function problemsIn(views: readonly View[], { productId, shown }: Read): readonly string[] {
  if (shown === undefined) return [];
  const stores = new Map(shown.stores.map((store) => [store.store_id, store]));
  const known = new Set(views.flatMap(({ rowsOf }) => (rowsOf.get(productId) ?? []).map(({ store }) => store)));
  return [...new Set([...known, ...stores.keys()])].flatMap((store): readonly string[] => {
    if (!known.has(store)) return [`shows ${store}, where the log has no row of it`];
    const judgements = views.map((view) => storeProblems(view, { productId, store, found: stores.get(store), asOfMs: shown.asOfMs }));
    return judgements.some((problems) => problems.length === 0) ? [] : judgements[0] ?? [];
  });
}

function storeProblems({ log, rowsOf, needed }: View, { productId, store, found, asOfMs }: {
  readonly productId: string; readonly store: string; readonly found: ShownStore | undefined; readonly asOfMs: number;
}): readonly string[] {
  const row = rowsOf.get(productId)?.find((each) => each.store === store)?.row;
  if (row === undefined) return found === undefined ? [] : [`shows ${store}, where the log has no row of it`];
  const least = newestBefore(needed.get(row) ?? [], asOfMs);
  const late = least !== undefined && (found?.version ?? 0) < least.version
    ? [`shows ${store} at version ${found?.version ?? 0}, but ${least.version} was acknowledged at ${least.atMs}`] : [];
  if (found === undefined) return late;
  const state = log.states.get(stateKey(row, found.version));
  const numbers = `${found.available} available, ${found.reserved} reserved`;
  const logged = state === undefined ? undefined : `${state.quantity - state.reserved} available, ${state.reserved} reserved`;
  return numbers === logged ? late
    : [...late, `shows ${store} at version ${found.version} with ${numbers}; the log has ${logged ?? 'no such version'}`];
}

/** By halves: a row of a long run has thousands, and the last check asks for each read of the run. @param list by time */
function newestBefore(list: readonly Needed[], beforeMs: number): Needed | undefined {
  let [from, to] = [0, list.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((list[middle]?.atMs ?? Infinity) < beforeMs) from = middle + 1;
    else to = middle;
  }
  return list[from - 1];
}

/** An answer to `min_version` shows at least that version. */
function leastProblems({ shown, least }: Read): readonly string[] {
  if (shown === undefined || least === undefined) return [];
  const version = shown.stores.find(({ store_id: id }) => id === least.storeId)?.version ?? 0;
  return version >= least.version ? [] : [`shows ${least.storeId} at version ${version} to somebody who asked for ${least.version}`];
}
