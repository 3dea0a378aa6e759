/** What a store had of a product in the last hour, as a stair of its movements. Pure. */
import type { Output } from '@inventory/client/client.ts';

type Movement = Output<'getStockHistory'>['items'][number];

interface Hour { readonly times: readonly number[]; readonly values: readonly number[] }

const HOUR_S = 3600;

/**
 * @param movements the newest first, at least those of the hour
 * @param available what there is now; @param now in milliseconds since 1970
 */
export function hourOf(movements: readonly Movement[], available: number, now: number): Hour {
  const begin = now / 1000 - HOUR_S;
  const within = movements.filter(({ time }) => Date.parse(time) / 1000 >= begin).reverse();
  const first = within[0]?.before.available ?? available;
  const [times, values]: [number[], number[]] = [[begin], [first]];
  let last = first;
  for (const { time, after } of within) {
    const at = Date.parse(time) / 1000;
    // A stair: until then it was what it had been.
    times.push(at, at);
    values.push(last, after.available);
    last = after.available;
  }
  return { times: [...times, now / 1000], values: [...values, available] };
}
