/** Tests only: events of made-up streams, and ways in which a broker may deliver them. */
import fc from 'fast-check';
import type { DomainEvent } from '@inventory/domain/events.ts';

function uuidOf(kind: string, n: number): string {
  return `${kind}0000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
}

/** Events of `streams` stock rows, `each` of every row, one product for every three rows, in the order of a log. */
export function madeUpEvents(streams: number, each: number): readonly DomainEvent[] {
  return Array.from({ length: streams * each }, (_, index): DomainEvent => {
    const stream = index % streams;
    const version = Math.floor(index / streams) + 1;
    // Up and down, so that no number tells which version it belongs to.
    const quantity = 10 + ((version * 7 + stream) % 5);
    return {
      type: 'stock.updated',
      payload: {
        stock_id: uuidOf('5', stream), product_id: uuidOf('9', Math.floor(stream / 3)), store_id: `STORE-${stream % 3}`,
        quantity, reserved: version % 3, available: quantity - (version % 3), version, delta: 1, reserved_delta: 0,
        reason: 'COUNT', user_id: 'test', reference: null, note: null, occurred_at: null,
      },
    };
  });
}

/** Every event three times, in any order, in batches of any size. */
export function tripledAndShuffled(events: readonly DomainEvent[]): fc.Arbitrary<readonly (readonly DomainEvent[])[]> {
  const tripled = [...events, ...events, ...events];
  return fc.tuple(
    fc.shuffledSubarray(tripled, { minLength: tripled.length, maxLength: tripled.length }),
    fc.integer({ min: 1, max: 60 }),
  ).map(([shuffled, size]) => batches(shuffled, size));
}

export function batches<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, n) => items.slice(n * size, (n + 1) * size));
}
