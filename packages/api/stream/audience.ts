/**
 * Viewers who see the same: they asked the same question, and have the same rights. What has changed is kept once for all of
 * them, and a frame is made once and sent to each:
 *
 *   row ─► changed (one entry a row, the newer state wins)
 *             └─► a frame with all of them for everybody whose line is clear: at once, or when the pause since the last frame is over
 *
 * A viewer stands apart, with changes of his own, while he differs from the others: until his snapshot has been sent, while
 * the snapshot is ahead of the tail, and while what was sent to him has not left the process. He gets his own frame as soon as
 * his line is clear, and joins the others when he has what they have. So a slow viewer costs what his rows cost, and no
 * change is lost to him but what a newer one has overtaken.
 */
import type { Head } from '@inventory/tail/tail.ts';
import type { Scope } from './asked.ts';
import { frame, shareFrame } from './line.ts';
import type { Line, SharedFrame } from './line.ts';
import type { Level, Row } from './rows.ts';
import type { StreamTelemetry } from './telemetry.ts';

/** Viewers that a frame is sent to in one turn of the event loop: about a millisecond. */
const A_TURN = 100;

export interface Watch {
  readonly scope: Scope;
  readonly levelsOnly: boolean;
  /** Whether he sees what those see who follow the store. */
  readonly isStaff: (storeId: string) => boolean;
  /** The same for all who asked this and have these rights. */
  readonly key: string;
}

export interface Place {
  /**
   * Frames go out from now on.
   * @param known what he has, by row, in a snapshot that is complete up to the position `newest`
   * @returns true when the snapshot is ahead of the tail: `reached` ends that
   */
  readonly begin: (line: Line, known: Known, newest: number) => boolean;
  /** A row that he has missed, as if it changed now. Before `begin`. */
  readonly missed: (row: Row) => void;
  /** All events up to this position have been told. @returns whether that is all that is in his snapshot */
  readonly reached: (position: number) => boolean;
  /** True when nothing waits for him: he is as far as the head. */
  readonly upToDate: () => boolean;
  readonly leave: () => void;
}

export interface Audience {
  readonly watch: Watch;
  readonly join: () => Place;
  /** A row has changed. Nothing is sent before `schedule`. */
  readonly mark: (row: Row) => void;
  /** Sees to it that what was marked is sent. */
  readonly schedule: () => void;
  readonly isEmpty: () => boolean;
}

interface AudienceDeps {
  readonly telemetry: StreamTelemetry;
  readonly head: () => Head | undefined;
  /** The `id:` of a frame. */
  readonly cursor: (head: Head) => string;
  /** The clock of Postgres, in ms. */
  readonly databaseNowMs: () => number;
  /** Between two frames, in ms. */
  readonly pauseMs: () => number;
  /** Fewer viewers in a turn for tests. */
  readonly atOnce?: number;
}

/** Of the rows of a snapshot, by their ids. */
export type Known = ReadonlyMap<string, Pick<Row, 'version' | 'level'>>;

type Changes = Map<string, { readonly row: Row; readonly since: Level }>;

interface Member {
  line: Line | undefined;
  /** What he is to be told while he stands apart; undefined for those who share what has changed. */
  own: Changes | undefined;
  known: Known | undefined;
  newest: number;
  waits: boolean;
}

interface Frame {
  readonly bytes: SharedFrame;
  readonly oldestMs: number;
}

function add(changes: Changes, row: Row, since = row.levelBefore): void {
  changes.set(row.id, { row, since: changes.get(row.id)?.since ?? since });
}

/** A row as whoever watches may see it. */
export function show(row: Row, { isStaff }: Pick<Watch, 'isStaff'>): string {
  return isStaff(row.store_id) ? row.staff() : row.open();
}

export function createAudience(
  { telemetry, head, cursor, databaseNowMs, pauseMs, atOnce = A_TURN }: AudienceDeps, watch: Watch,
): Audience {
  const shared = new Set<Member>();
  const apart = new Set<Member>();
  let changed: Changes = new Map();
  let [sentAt, passing]: [number, boolean] = [-Infinity, false];
  let timer: NodeJS.Timeout | undefined;

  const frameOf = (changes: Changes): Frame | undefined => {
    const now = head();
    if (now === undefined) return undefined;
    const shown: string[] = [];
    let oldestMs = Infinity;
    for (const { row, since } of changes.values()) {
      if (watch.levelsOnly && row.level === since) continue;
      shown.push(show(row, watch));
      oldestMs = Math.min(oldestMs, row.committedMs);
    }
    if (shown.length === 0) return undefined;
    return { bytes: shareFrame(frame('stock', `{"rows":[${shown.join(',')}]}`, { id: cursor(now) })), oldestMs };
  };
  const deliver = (line: Line, { bytes, oldestMs }: Frame): void => {
    line.send(bytes);
    telemetry.lag(databaseNowMs() - oldestMs);
  };

  const rejoin = (member: Member): void => {
    if (member.known !== undefined || member.line === undefined || changed.size > 0) return;
    member.own = undefined;
    apart.delete(member);
    shared.add(member);
  };
  /** Tells one who stands apart, once his line is clear. */
  const tell = (member: Member): void => {
    const { line, own } = member;
    if (line === undefined || own === undefined || member.waits || line.closed()) return;
    if (!line.clear()) {
      member.waits = true;
      line.whenClear(() => {
        member.waits = false;
        tell(member);
      });
      return;
    }
    const made = frameOf(own);
    own.clear();
    if (made !== undefined) deliver(line, made);
    rejoin(member);
  };
  const setApart = (member: Member, changes: Changes): void => {
    member.own = new Map(changes);
    for (const { row, since } of changed.values()) add(member.own, row, since);
    shared.delete(member);
    apart.add(member);
    tell(member);
  };

  /** Sends to the members from this one on, some of them in each turn of the event loop. */
  const pass = (members: readonly Member[], from: number, changes: Changes, made: Frame): void => {
    for (const member of members.slice(from, from + atOnce)) {
      const { line } = member;
      // He may have left since the pass began.
      if (line === undefined || !shared.has(member)) continue;
      if (line.clear()) deliver(line, made);
      else setApart(member, changes);
    }
    if (from + atOnce < members.length) {
      setImmediate(pass, members, from + atOnce, changes, made);
      return;
    }
    passing = false;
    schedule();
  };
  const flush = (): void => {
    timer = undefined;
    const [changes, members] = [changed, [...shared]];
    changed = new Map();
    sentAt = performance.now();
    for (const member of [...apart]) tell(member);
    const made = frameOf(changes);
    if (made === undefined || members.length === 0) return;
    passing = true;
    pass(members, 0, changes, made);
  };
  function schedule(): void {
    if (timer !== undefined || passing || changed.size === 0) return;
    const leftMs = sentAt + pauseMs() - performance.now();
    if (leftMs <= 0) flush();
    else timer = setTimeout(flush, leftMs);
  }

  return {
    watch, schedule,
    isEmpty: () => shared.size + apart.size === 0,
    mark: (row) => {
      const { products, stores } = watch.scope;
      if (products !== undefined && stores?.includes(row.store_id) === false) return;
      add(changed, row);
      for (const { own, known } of apart) if (own !== undefined && (known?.get(row.id)?.version ?? 0) < row.version) add(own, row);
    },
    join: () => {
      const own: Changes = new Map();
      const member: Member = { line: undefined, own, known: undefined, newest: 0, waits: false };
      apart.add(member);
      return {
        begin: (line, known, newest) => {
          for (const [id, { row }] of own) {
            const has = known.get(id);
            if (has !== undefined && has.version >= row.version) own.delete(id);
            // Some of what was noted may be in the snapshot, and what counts is the level that he has.
            else if (has !== undefined) own.set(id, { row, since: has.level });
          }
          member.line = line;
          if (newest > (head()?.position ?? 0)) Object.assign(member, { newest, known });
          tell(member);
          return member.known !== undefined;
        },
        missed: (row) => {
          const { products, stores } = watch.scope;
          if (products?.includes(row.product_id) !== false && stores?.includes(row.store_id) !== false) add(own, row);
        },
        reached: (position) => {
          if (member.newest > position) return false;
          member.known = undefined;
          return true;
        },
        upToDate: () => (member.own === undefined ? changed.size === 0 && !passing : member.own.size === 0),
        leave: () => {
          shared.delete(member);
          apart.delete(member);
          if (shared.size + apart.size > 0) return;
          clearTimeout(timer);
          timer = undefined;
        },
      };
    },
  };
}
