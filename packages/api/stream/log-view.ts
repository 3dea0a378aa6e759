/**
 * The log as a view: every event, in order, each once. A viewer who comes back reads what he has missed page by page, as fast
 * as he takes it. Once he is at the end, events are sent as they come; who then leaves more than 1 MB unread is told OVERRUN
 * and let go, and reads the rest when he comes back.
 */
import type { LoggedEvent } from '@inventory/db/events.ts';
import type { Database } from '@inventory/db/pool.ts';
import type { Logger } from '@inventory/runtime/log.ts';
import { sleep } from '@inventory/runtime/sleep.ts';
import { createReader } from '@inventory/tail/reader.ts';
import type { Page, Reset } from '@inventory/tail/reader.ts';
import type { Place } from '@inventory/tail/table.ts';
import type { Tail } from '@inventory/tail/tail.ts';
import { logCursors } from '../events/cursors.ts';
import { eventBody } from '../events/schema.ts';
import type { Asked } from './asked.ts';
import { frame } from './line.ts';
import type { Line } from './line.ts';
import type { StreamTelemetry } from './telemetry.ts';

const MOST_UNSENT_BYTES = 1024 * 1024;
/** How long until what failed is asked for again. */
const AGAIN_MS = 500;

interface LogViewDeps {
  readonly tail: Tail;
  readonly db: Database;
  readonly telemetry: StreamTelemetry;
  readonly databaseNowMs: () => number;
  readonly log: Logger;
}

interface LogView {
  /** Behind what was sent. */
  readonly place: () => Place;
  /** Sends until the signal ends it, or the viewer falls behind too far. Never rejects. */
  readonly run: (line: Line, signal: AbortSignal) => Promise<void>;
  readonly leave: () => void;
}

/** The text of an event, which is the same for every viewer. */
const texts = new WeakMap<LoggedEvent, string>();

function textOf(event: LoggedEvent): string {
  const known = texts.get(event);
  if (known !== undefined) return known;
  const text = JSON.stringify(eventBody(event));
  texts.set(event, text);
  return text;
}

export function createLogView(
  { tail, db, telemetry, databaseNowMs, log }: LogViewDeps, { filters, storeIds }: Extract<Asked, { view: 'events' }>, from: Place,
): LogView {
  const reader = createReader({ tail, db }, {
    ...(filters.type === undefined ? {} : { types: [filters.type] }), ...(storeIds === undefined ? {} : { storeIds }),
  }, from);
  let place = from;
  let live = false;

  const next = async (signal: AbortSignal): Promise<Page | Reset | undefined> => {
    for (let failures = 0; !signal.aborted; failures += 1) {
      try {
        return await reader.next(signal);
      } catch (error) {
        if (failures === 0) log.warn('the log cannot be read for a viewer, repeating', { error });
        await sleep(AGAIN_MS, signal);
      }
    }
    return undefined;
  };

  const cleared = (line: Line, signal: AbortSignal): Promise<void> => new Promise((resolve) => {
    if (line.clear() || signal.aborted) {
      resolve();
      return;
    }
    // Taken away again: a viewer who comes back from far waits some thousand times on one signal.
    const over = (): void => {
      signal.removeEventListener('abort', over);
      resolve();
    };
    signal.addEventListener('abort', over);
    line.whenClear(over);
  });

  /** @returns false when the viewer is let go */
  const send = (line: Line, page: Page | Reset): boolean => {
    place = page.place;
    if (page.kind === 'reset') {
      telemetry.reset(page.reason);
      line.send(frame('reset', JSON.stringify({ reason: page.reason }), { id: logCursors.encode(filters, place) }));
      return true;
    }
    live ||= page.live;
    const [oldest] = page.events;
    if (oldest === undefined) return true;
    line.send(page.events.map((event) => frame('event', textOf(event), {
      id: logCursors.encode(filters, { epoch: place.epoch, position: event.position }),
    })).join(''));
    if (page.live) telemetry.lag(databaseNowMs() - oldest.timestamp.getTime());
    if (line.unsent() <= MOST_UNSENT_BYTES) return true;
    telemetry.reset('OVERRUN');
    line.end(frame('reset', '{"reason":"OVERRUN"}'));
    return false;
  };

  return {
    place: () => place,
    run: async (line, signal) => {
      for (let goesOn = true; goesOn;) {
        const page = await next(signal);
        if (page === undefined || signal.aborted) return;
        goesOn = send(line, page);
        if (!live) await cleared(line, signal);
      }
    },
    leave: reader.stop,
  };
}
