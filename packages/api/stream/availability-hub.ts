/**
 * Availability as state: each viewer is told of the rows that changed, the last state of each, never of less.
 *
 *   event ─► row ─► the viewers whose scope it fits: their set of changed rows (one entry a row, the newer state wins)
 *                     └─► a frame with all of them: at once, or when the viewer's pause since the last frame is over,
 *                         or when what was sent to him has left the process, whichever is last
 *
 * So a slow viewer costs what his rows cost, and no change is lost to him but what a newer one has overtaken. The pause
 * grows with the number of viewers: what the feed may cost is shared among them.
 *
 * A viewer is entered before his snapshot is read, so nothing falls between the two. Until the tail has come to the newest
 * event in his snapshot, states that are older than the snapshot's are left out: he never goes back.
 */
import type { LoggedEvent } from '@inventory/db/events.ts';
import type { Follower, Head } from '@inventory/tail/tail.ts';
import type { Scope } from './asked.ts';
import type { Line } from './line.ts';
import { frame } from './line.ts';
import { rowOfEvent } from './rows.ts';
import type { Level, Row } from './rows.ts';
import type { StreamTelemetry } from './telemetry.ts';

/** Between two frames of a viewer, in ms: for each viewer that there is, and at most. */
const PAUSE_MS_A_VIEWER = 0.05;
const MOST_PAUSE_MS = 100;

export interface Watch {
  readonly scope: Scope;
  readonly levelsOnly: boolean;
  /** Whether he sees what those see who follow the store. */
  readonly isStaff: (storeId: string) => boolean;
}

interface Entry {
  /** Frames go out from now on; `known` are the versions that he has, by row, in a snapshot that is complete up to `newest`. */
  readonly begin: (line: Line, known: ReadonlyMap<string, number>, newest: number) => void;
  /** True when nothing waits for him: he is as far as the head. */
  readonly upToDate: () => boolean;
  readonly leave: () => void;
}

interface Viewer extends Watch {
  line: Line | undefined;
  readonly changed: Map<string, { readonly row: Row; readonly since: Level }>;
  known: ReadonlyMap<string, number> | undefined;
  newest: number;
  sentAt: number;
  timer: NodeJS.Timeout | undefined;
  waits: boolean;
}

interface AvailabilityHub extends Pick<Follower, 'onEvents'> {
  /** Enters a viewer: what changes from now on is kept for him. */
  readonly enter: (watch: Watch) => Entry;
  /** Rows of events that he has not seen, as if they came now. */
  readonly replay: (entry: Entry, events: readonly LoggedEvent[]) => void;
  /** A row as this viewer may see it. */
  readonly show: (row: Row, watch: Watch) => string;
}

interface HubDeps {
  readonly lowStock: number;
  readonly telemetry: StreamTelemetry;
  readonly head: () => Head | undefined;
  /** The `id:` of a frame. */
  readonly cursor: (head: Head) => string;
  /** The clock of Postgres, in ms. */
  readonly databaseNowMs: () => number;
}

export function createAvailabilityHub({ lowStock, telemetry, head, cursor, databaseNowMs }: HubDeps): AvailabilityHub {
  const ofProduct = new Map<string, Set<Viewer>>();
  const ofStore = new Map<string, Set<Viewer>>();
  const ofAll = new Set<Viewer>();
  const entered = new Map<Entry, Viewer>();
  /** Those whose snapshot is ahead of the tail. */
  const ahead = new Set<Viewer>();

  /** The sets that a viewer is in: by product where he names products, else by store, else of all. */
  const placesOf = ({ scope: { products, stores } }: Watch): readonly [Map<string, Set<Viewer>>, readonly string[]] | undefined =>
    (products !== undefined ? [ofProduct, products] : stores !== undefined ? [ofStore, stores] : undefined);
  const join = (viewer: Viewer): void => {
    const places = placesOf(viewer);
    if (places === undefined) ofAll.add(viewer);
    else for (const key of places[1]) places[0].set(key, (places[0].get(key) ?? new Set()).add(viewer));
  };
  const part = (viewer: Viewer): void => {
    ofAll.delete(viewer);
    const [map, keys] = placesOf(viewer) ?? [ofProduct, []];
    for (const key of keys) {
      map.get(key)?.delete(viewer);
      if (map.get(key)?.size === 0) map.delete(key);
    }
  };

  const show = (row: Row, { isStaff }: Watch): string => (isStaff(row.store_id) ? row.staff() : row.open());

  const mark = (viewer: Viewer, row: Row): boolean => {
    const { scope: { products, stores }, changed, known } = viewer;
    if (products !== undefined && stores?.includes(row.store_id) === false) return false;
    if ((known?.get(row.id) ?? 0) >= row.version) return false;
    changed.set(row.id, { row, since: changed.get(row.id)?.since ?? row.levelBefore });
    return true;
  };

  const flush = (viewer: Viewer): void => {
    viewer.timer = undefined;
    const { line, changed, levelsOnly } = viewer;
    const now = head();
    if (line === undefined || now === undefined || line.closed()) return;
    const shown: string[] = [];
    let oldestMs = Infinity;
    for (const { row, since } of changed.values()) {
      if (levelsOnly && row.level === since) continue;
      shown.push(show(row, viewer));
      oldestMs = Math.min(oldestMs, row.committedMs);
    }
    changed.clear();
    if (shown.length === 0) return;
    viewer.sentAt = performance.now();
    line.send(frame('stock', `{"rows":[${shown.join(',')}]}`, { id: cursor(now) }));
    telemetry.lag(databaseNowMs() - oldestMs);
  };

  /** Sees to it that the viewer gets his frame. */
  const schedule = (viewer: Viewer): void => {
    const { line } = viewer;
    if (line === undefined || viewer.timer !== undefined || viewer.waits || viewer.changed.size === 0) return;
    if (!line.clear()) {
      viewer.waits = true;
      line.whenClear(() => {
        viewer.waits = false;
        schedule(viewer);
      });
      return;
    }
    const pauseMs = Math.min(MOST_PAUSE_MS, PAUSE_MS_A_VIEWER * entered.size);
    const leftMs = viewer.sentAt + pauseMs - performance.now();
    if (leftMs <= 0) flush(viewer);
    else viewer.timer = setTimeout(() => { viewer.timer = undefined; if (line.clear()) flush(viewer); else schedule(viewer); }, leftMs);
  };

  const spread = (events: readonly LoggedEvent[], to: (row: Row) => Iterable<Viewer>): void => {
    const touched = new Set<Viewer>();
    for (const event of events) {
      const row = rowOfEvent(event, lowStock);
      if (row === undefined) continue;
      for (const viewer of to(row)) if (mark(viewer, row)) touched.add(viewer);
    }
    for (const viewer of touched) schedule(viewer);
  };

  return {
    onEvents: (events, { position }) => {
      spread(events, function* viewersOf(row) {
        yield* ofProduct.get(row.product_id) ?? [];
        yield* ofStore.get(row.store_id) ?? [];
        yield* ofAll;
      });
      for (const viewer of ahead) {
        if (viewer.newest > position) continue;
        viewer.known = undefined;
        ahead.delete(viewer);
      }
    },
    enter: (watch) => {
      const viewer: Viewer = {
        ...watch, line: undefined, changed: new Map(), known: undefined, newest: 0, sentAt: -Infinity, timer: undefined, waits: false,
      };
      const entry: Entry = {
        begin: (line, known, newest) => {
          for (const [id, { row }] of viewer.changed) if ((known.get(id) ?? 0) >= row.version) viewer.changed.delete(id);
          viewer.line = line;
          if (newest > (head()?.position ?? 0)) {
            Object.assign(viewer, { newest, known });
            ahead.add(viewer);
          }
          schedule(viewer);
        },
        upToDate: () => viewer.changed.size === 0,
        leave: () => {
          clearTimeout(viewer.timer);
          ahead.delete(viewer);
          entered.delete(entry);
          part(viewer);
        },
      };
      entered.set(entry, viewer);
      join(viewer);
      return entry;
    },
    replay: (entry, events) => {
      const viewer = entered.get(entry);
      if (viewer === undefined) return;
      const { scope: { products, stores } } = viewer;
      spread(events, (row) => (products?.includes(row.product_id) === false || stores?.includes(row.store_id) === false ? [] : [viewer]));
    },
    show,
  };
}
