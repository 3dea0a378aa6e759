/** What a series of samples says of its direction. Pure. */
import type { Output } from '@inventory/client/client.ts';

export type Lag = Output<'getLag'>;
type History = NonNullable<Lag['history']>;

type Trend = 'growing' | 'steady' | 'falling';

const OVER_MS = 5 * 60_000;
/** A difference that is smaller is noise: of two readings two seconds apart. */
const NOISE = 2;

/**
 * Of the last five minutes: the mean of their newer half against that of the older half.
 * @param samples ascending in time, in seconds behind or in events
 */
export function trendOf(samples: readonly { readonly at: string; readonly value: number }[]): Trend {
  const newest = Date.parse(samples.at(-1)?.at ?? '');
  const recent = samples.filter(({ at }) => newest - Date.parse(at) <= OVER_MS).map(({ value }) => value);
  const middle = Math.floor(recent.length / 2);
  if (middle === 0) return 'steady';
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [before, after] = [mean(recent.slice(0, middle)), mean(recent.slice(middle))];
  if (Math.abs(after - before) <= Math.max(NOISE, before * 0.1)) return 'steady';
  return after > before ? 'growing' : 'falling';
}

interface Series {
  /** Seconds since 1970. */
  readonly times: readonly number[];
  readonly publishingSeconds: readonly (number | null)[];
  readonly viewSeconds: readonly (number | null)[];
  readonly published: readonly (number | null)[];
  readonly committed: readonly (number | null)[];
}

/** The history as lines over one axis of time. What is committed in a second is the difference of two newest positions. */
export function seriesOf(history: History): Series {
  const rows = history.samples;
  return {
    times: rows.map(({ at }) => Date.parse(at) / 1000),
    publishingSeconds: rows.map(({ oldest_seconds: seconds, backlog }) => (backlog === null ? null : seconds ?? 0)),
    viewSeconds: rows.map(({ behind_ms: ms }) => (ms === null ? null : ms / 1000)),
    published: rows.map(({ published_per_second: rate }) => rate),
    committed: rows.map(({ at, newest_position: newest }, nth) => {
      const before = rows[nth - 1];
      if (newest === null || before === undefined || before.newest_position === null) return null;
      const seconds = (Date.parse(at) - Date.parse(before.at)) / 1000;
      return seconds <= 0 ? null : Math.max(0, newest - before.newest_position) / seconds;
    }),
  };
}
