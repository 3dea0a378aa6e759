/** Figures for tests: none of them was measured. */
import type { Facts } from '../system/cost.ts';
import type { MeasuredRow } from '../results/record.ts';

export function figureRow({ id, value = 1 }: { readonly id: string; readonly value?: number }): MeasuredRow {
  return {
    id, value, what: 'a test', unit: '/s', against: null, ratio: null, goal: '≥ 1', met: true, runs: [value], also: '', seconds: 1,
  };
}

export const measuredFacts: Facts = {
  reservation: { api: 100, relay: 50, projector: 20, postgres: 100, redis: 10, nats: 20 },
  walBytesPerReservation: 2_000, reservationsPerTransaction: 50, eventBytes: 1_000, reservationBytes: 500,
  messageBytes: 1_000, viewBytesPerRow: 250, read: { api: 50, redis: 20 },
  wideRead: { api: 1_000, redis: 500, stores: 1_000, bytes: 100_000 },
};
