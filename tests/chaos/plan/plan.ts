/**
 * The plan of a run: which faults come in which order, for how long and to whom. It follows from the seed, the time and
 * the kinds alone, so that a run can be repeated and its plan be read before anything is hurt.
 */
import { kindOf, touchedBy } from './kinds.ts';
import type { KindName } from './kinds.ts';
import { createRandom } from './random.ts';
import type { Random } from './random.ts';

export interface PlannedFault {
  readonly kind: KindName;
  readonly target: string;
  readonly lastsMs: number;
}

/** A round: calm, then its faults together, then healing and all checks. */
export interface Round {
  readonly nth: number;
  readonly calmMs: number;
  readonly faults: readonly PlannedFault[];
}

export interface Plan {
  readonly seed: number;
  readonly durationMs: number;
  readonly rounds: readonly Round[];
}

/** The time that recovery and checks take in each round [6 to 10 s on 2 cores beside other load]. */
const AFTERWARDS_MS = 8_000;
const CALM_MS = [500, 2_000] as const;
/** The share of small faults that get another one beside them. */
const TOGETHER = 0.75;

interface Wish {
  readonly seed: number;
  readonly durationMs: number;
  readonly kinds: readonly KindName[];
  /** Each kind comes at least so many times, however long that takes; 0 unless it is given. */
  readonly each?: number;
}

/**
 * Draws the rounds that fit into `durationMs`, at least one, and goes on until each kind has come `each` times. Kinds come
 * like cards of a deck that is shuffled anew when it is used up, so that each comes as often as any other, give or take one.
 * @throws {RangeError} without a kind
 */
export function drawPlan({ seed, durationMs, kinds, each = 0 }: Wish): Plan {
  if (kinds.length === 0) throw new RangeError('no kind of fault is left to draw from');
  const random = createRandom(seed);
  const deck = createDeck(random, kinds);
  const rounds: Round[] = [];
  let left = durationMs;
  for (;;) {
    const missing = deck.drawn() < Math.max(1, kinds.length * each);
    const calmMs = random.int(...CALM_MS);
    const first = drawFault(random, deck.next());
    const second = isSmall(first) && random.chance(TOGETHER) ? drawSecond(random, deck, first) : undefined;
    const faults = second === undefined ? [first] : [first, second];
    left -= calmMs + Math.max(...faults.map(({ lastsMs }) => lastsMs)) + AFTERWARDS_MS;
    if (left < 0 && !missing) return { seed, durationMs, rounds };
    rounds.push({ nth: rounds.length + 1, calmMs, faults });
  }
}

interface Deck {
  next(): KindName;
  /** The next card of those left for which this holds, if there is one. */
  take(fits: (kind: KindName) => boolean): KindName | undefined;
  /** How many cards were drawn. Of each whole deck among them each kind came once. */
  drawn(): number;
}

function createDeck(random: Random, kinds: readonly KindName[]): Deck {
  let cards: KindName[] = [];
  let drawn = 0;
  return {
    next() {
      if (cards.length === 0) cards = [...random.shuffle(kinds)];
      drawn += 1;
      return cards.shift() ?? random.pick(kinds);
    },
    take(fits) {
      const at = cards.findIndex(fits);
      if (at >= 0) drawn += 1;
      return at < 0 ? undefined : cards.splice(at, 1)[0];
    },
    drawn: () => drawn,
  };
}

function drawFault(random: Random, name: KindName): PlannedFault {
  const { targets, lastsMs } = kindOf(name);
  return { kind: name, target: random.pick(targets), lastsMs: random.int(...lastsMs) };
}

function isSmall({ kind }: PlannedFault): boolean {
  return kindOf(kind).small === true;
}

/** A small fault of another kind, which touches nothing that the first one touches or needs. */
function drawSecond(random: Random, deck: Deck, first: PlannedFault): PlannedFault | undefined {
  const touched = touchedBy(first);
  const placesOf = (kind: KindName): readonly string[] =>
    kindOf(kind).targets.filter((target) => touchedBy({ kind, target }).every((each) => !touched.includes(each)));
  const name = deck.take((kind) => kindOf(kind).small === true && placesOf(kind).length > 0);
  if (name === undefined) return undefined;
  return { kind: name, target: random.pick(placesOf(name)), lastsMs: random.int(...kindOf(name).lastsMs) };
}

/**
 * How often each kind comes in each of some runs, so that it comes `least` times in all of them together: as evenly as whole
 * numbers allow, the greatest first.
 */
export function sharesOf(least: number, runs: number): readonly number[] {
  return Array.from({ length: runs }, (_, nth) => Math.floor((least + runs - 1 - nth) / runs));
}

/** The plan as it is printed, a line a round. */
export function planText({ seed, durationMs, rounds }: Plan): string {
  return [
    `Plan of seed ${seed} for ${Math.round(durationMs / 1000)} s: ${rounds.length} rounds`,
    ...rounds.map(({ nth, calmMs, faults }) => `  ${String(nth).padStart(3)}  ${(calmMs / 1000).toFixed(1)} s calm, then ${
      faults.map(({ kind, target, lastsMs }) => `${kind} (${target}, ${(lastsMs / 1000).toFixed(1)} s)`).join(' and ')}`),
  ].join('\n');
}
