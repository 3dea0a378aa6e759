/**
 * The promise of an audience, in any order of what may happen: nobody is told a state twice or an older one than he has, and
 * in the end each has the last one of every row, however late he came and however long his line was not clear.
 */
import type { Head } from '@inventory/tail/tail.ts';
import { expect } from 'chai';
import fc from 'fast-check';
import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { createAudience } from './audience.ts';
import type { Place } from './audience.ts';
import type { Line } from './line.ts';
import { rowOf } from './rows.ts';
import type { Row } from './rows.ts';

const ROWS = 3;
const VIEWERS = 4;
const LOW_STOCK = 3;
const told = z.object({ rows: z.array(z.object({ product_id: z.string(), version: z.int(), level: z.string() })) });

const KINDS = ['commit', 'commit', 'commit', 'tell', 'tell', 'turn', 'pause', 'join', 'read', 'begin', 'block', 'clear', 'leave'] as const;

interface Step { readonly kind: (typeof KINDS)[number]; readonly nth: number }

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({ kind: fc.constantFrom(...KINDS), nth: fc.nat(VIEWERS * ROWS - 1) }), { minLength: 40, maxLength: 200 });

/** A line that is blocked by hand, and what has been sent on it. */
function lineOf() {
  const sent: { readonly product: string; readonly version: number; readonly level: string }[] = [];
  let [clear, waiting]: [boolean, (() => void)[]] = [true, []];
  const line: Line = {
    send: (given) => {
      const [, data = ''] = /^data: (.*)$/m.exec(typeof given === 'string' ? given : given.bytes.toString()) ?? [];
      sent.push(...told.parse(JSON.parse(data)).rows.map(({ product_id: product, version, level }) => ({ product, version, level })));
    },
    clear: () => clear, unsent: () => 0, closed: () => false, end: () => undefined, destroy: () => undefined,
    whenClear: (then) => { waiting.push(then); },
  };
  return {
    line, sent,
    block: () => { clear = false; },
    unblock: () => {
      clear = true;
      const now = waiting;
      waiting = [];
      for (const then of now) then();
    },
  };
}

interface Viewer extends ReturnType<typeof lineOf> {
  readonly place: Place;
  snapshot: { readonly rows: ReadonlyMap<string, Row>; readonly newest: number } | undefined;
  begun: boolean;
}

async function play(given: readonly Step[], levelsOnly: boolean): Promise<void> {
  const log: Row[] = [];
  let head: Head = { epoch: 1, position: 0, asOf: undefined };
  let pauseMs = 0;
  const [now, quantities] = [new Map<string, Row>(), new Map<string, number>()];
  const audience = createAudience({
    telemetry: { viewers: () => undefined, sent: () => undefined, lag: () => undefined, reset: () => undefined, refused: () => undefined },
    head: () => head, cursor: ({ position }) => String(position), databaseNowMs: () => 0, pauseMs: () => pauseMs, atOnce: 1,
  }, { scope: { products: undefined, stores: undefined }, levelsOnly, isStaff: () => false, key: 'k' });
  const viewers = new Map<number, Viewer>();

  const commit = (nth: number): void => {
    const id = `row-${nth}`;
    // Levels go up and down.
    const quantity = (log.length * 7 + nth) % 6;
    const row = rowOf({
      id, product_id: id, store_id: 's', quantity, reserved: 0, version: (now.get(id)?.version ?? 0) + 1, committedAt: new Date(0),
      by: { type: 'stock.updated', delta: quantity - (quantities.get(id) ?? 0), reservedDelta: 0, reason: null },
    }, LOW_STOCK);
    quantities.set(id, quantity);
    now.set(id, row);
    log.push(row);
  };
  const tell = (count: number): void => {
    const upTo = Math.min(log.length, head.position + count);
    const rows = log.slice(head.position, upTo);
    if (rows.length === 0) return;
    head = { ...head, position: upTo };
    for (const row of rows) audience.mark(row);
    for (const { place, begun } of viewers.values()) if (begun) place.reached(upTo);
    audience.schedule();
  };
  const read = (viewer: Viewer): void => { viewer.snapshot = { rows: new Map(now), newest: log.length }; };
  const begin = (viewer: Viewer): void => {
    if (viewer.begun) return;
    if (viewer.snapshot === undefined) read(viewer);
    viewer.begun = true;
    viewer.place.begin(viewer.line, viewer.snapshot?.rows ?? new Map(), viewer.snapshot?.newest ?? 0);
  };

  const join = (at: number): void => { viewers.set(at, { ...lineOf(), place: audience.join(), snapshot: undefined, begun: false }); };
  // There are viewers who share from the first step on, so that a frame is on its way to some while the next rows change.
  for (let at = 0; at < VIEWERS; at += 1) {
    join(at);
    const viewer = viewers.get(at);
    if (viewer !== undefined) begin(viewer);
  }
  for (const { kind: what, nth } of given) {
    const at = nth % VIEWERS;
    const viewer = viewers.get(at);
    if (what === 'commit') commit(nth % ROWS);
    else if (what === 'tell') tell(1 + nth % 3);
    else if (what === 'turn') await turn();
    else if (what === 'pause') pauseMs = nth % 2;
    else if (what === 'join' && viewer === undefined) join(at);
    else if (what === 'read' && viewer?.snapshot === undefined && viewer !== undefined) read(viewer);
    else if (what === 'begin' && viewer !== undefined) begin(viewer);
    else if (what === 'block') viewer?.block();
    else if (what === 'clear') viewer?.unblock();
    else if (what === 'leave' && viewer !== undefined) {
      viewer.place.leave();
      viewers.delete(at);
    }
  }
  for (const viewer of viewers.values()) {
    begin(viewer);
    viewer.unblock();
  }
  tell(log.length);
  for (let waited = 0; waited < 2000 && [...viewers.values()].some(({ place }) => !place.upToDate()); waited += 1) await delay(1);

  for (const { snapshot, sent, place } of viewers.values()) {
    const has = new Map([...snapshot?.rows ?? []].map(([id, { version }]) => [id, version]));
    // A row that he has never heard of is one that has nothing.
    const level = new Map<string, string>([...now.keys()].map((id) => [id, snapshot?.rows.get(id)?.level ?? 'OUT']));
    for (const each of sent) {
      expect(each.version, 'a state that he had, or an older one').to.be.above(has.get(each.product) ?? 0);
      has.set(each.product, each.version);
      level.set(each.product, each.level);
    }
    if (!levelsOnly) expect(Object.fromEntries(has)).to.deep.equal(Object.fromEntries([...now].map(([id, { version }]) => [id, version])));
    expect(Object.fromEntries(level)).to.deep.equal(Object.fromEntries([...now].map(([id, row]) => [id, row.level])));
    expect(place.upToDate()).to.equal(true);
    place.leave();
  }
  expect(audience.isEmpty()).to.equal(true);
}

describe('viewers who see the same', function () {
  this.timeout(60_000);

  for (const levelsOnly of [false, true]) {
    it(`have the last state of every row${levelsOnly ? ', where levels alone are told' : ''}, and never go back`, async () => {
      await fc.assert(fc.asyncProperty(steps, (given) => play(given, levelsOnly)), { numRuns: 200, endOnFailure: true });
    });
  }
});
