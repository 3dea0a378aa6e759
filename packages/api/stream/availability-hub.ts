/**
 * Availability as state: each viewer is told of the rows that changed, the last state of each, never of less.
 *
 *   event ─► row ─► the audiences whose scope it fits (audience.ts) ─► frames
 *
 * The pause between two frames grows with the number of viewers: what the feed may cost is shared among them.
 *
 * A viewer is entered before his snapshot is read, so nothing falls between the two. Until the tail has come to the newest
 * event in his snapshot, states that are older than the snapshot's are left out: he never goes back.
 */
import type { LoggedEvent } from '@inventory/db/events.ts';
import type { Follower, Head } from '@inventory/tail/tail.ts';
import { createAudience } from './audience.ts';
import type { Audience, Known, Place, Watch } from './audience.ts';
import type { Line } from './line.ts';
import { rowOfEvent } from './rows.ts';
import type { StreamTelemetry } from './telemetry.ts';

/** Between two frames of a viewer, in ms: for each viewer that there is, and at most. */
const PAUSE_MS_A_VIEWER = 0.05;
const MOST_PAUSE_MS = 100;

interface Entry extends Pick<Place, 'upToDate' | 'leave'> {
  /** Frames go out from now on; `known` is what he has, by row, in a snapshot that is complete up to the position `newest`. */
  readonly begin: (line: Line, known: Known, newest: number) => void;
  /** Rows of events that he has not seen, as if they came now. Before `begin`. */
  readonly replay: (events: readonly LoggedEvent[]) => void;
}

interface AvailabilityHub extends Pick<Follower, 'onEvents'> {
  /** Enters a viewer: what changes from now on is kept for him. */
  readonly enter: (watch: Watch) => Entry;
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

export function createAvailabilityHub({ lowStock, ...deps }: HubDeps): AvailabilityHub {
  const audiences = new Map<string, Audience>();
  const ofProduct = new Map<string, Set<Audience>>();
  const ofStore = new Map<string, Set<Audience>>();
  const ofAll = new Set<Audience>();
  /** Those whose snapshot is ahead of the tail. */
  const ahead = new Set<Place>();
  let viewers = 0;
  const pauseMs = (): number => Math.min(MOST_PAUSE_MS, PAUSE_MS_A_VIEWER * viewers);

  /** The sets that an audience is in: by product where it names products, else by store, else of all. */
  const placesOf = ({ scope: { products, stores } }: Watch): readonly [Map<string, Set<Audience>>, readonly string[]] | undefined =>
    (products !== undefined ? [ofProduct, products] : stores !== undefined ? [ofStore, stores] : undefined);
  const open = (watch: Watch): Audience => {
    const audience = createAudience({ ...deps, pauseMs }, watch);
    audiences.set(watch.key, audience);
    const places = placesOf(watch);
    if (places === undefined) ofAll.add(audience);
    else for (const key of places[1]) places[0].set(key, (places[0].get(key) ?? new Set()).add(audience));
    return audience;
  };
  const close = (audience: Audience): void => {
    audiences.delete(audience.watch.key);
    ofAll.delete(audience);
    const [map, keys] = placesOf(audience.watch) ?? [ofProduct, []];
    for (const key of keys) {
      map.get(key)?.delete(audience);
      if (map.get(key)?.size === 0) map.delete(key);
    }
  };

  return {
    onEvents: (events, { position }) => {
      const touched = new Set<Audience>();
      for (const event of events) {
        const row = rowOfEvent(event, lowStock);
        if (row === undefined) continue;
        for (const group of [ofProduct.get(row.product_id), ofStore.get(row.store_id), ofAll]) {
          for (const audience of group ?? []) {
            audience.mark(row);
            touched.add(audience);
          }
        }
      }
      for (const place of ahead) if (place.reached(position)) ahead.delete(place);
      for (const audience of touched) audience.schedule();
    },
    enter: (watch) => {
      const audience = audiences.get(watch.key) ?? open(watch);
      const place = audience.join();
      viewers += 1;
      return {
        upToDate: place.upToDate,
        begin: (line, known, newest) => {
          if (place.begin(line, known, newest)) ahead.add(place);
        },
        replay: (events) => {
          for (const event of events) {
            const row = rowOfEvent(event, lowStock);
            if (row !== undefined) place.missed(row);
          }
        },
        leave: () => {
          viewers -= 1;
          ahead.delete(place);
          place.leave();
          if (audience.isEmpty()) close(audience);
        },
      };
    },
  };
}
