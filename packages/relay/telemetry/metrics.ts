import type { Metrics } from '@inventory/runtime/metrics.ts';

/** What the relay measures. Names end in their unit. */
export function createRelayMetrics(metrics: Metrics) {
  return {
    backlog: metrics.gauge({
      name: 'relay_backlog_events',
      help: 'Events committed and neither published nor set aside',
    }),
    oldestUnpublished: metrics.gauge({
      name: 'relay_oldest_unpublished_seconds',
      help: 'Age of the oldest event in the backlog',
    }),
    settledLag: metrics.gauge({
      name: 'relay_settled_lag_positions',
      help: 'Newest position drawn less the settled position',
    }),
    parked: metrics.gauge({ name: 'relay_parked_events', help: 'Events set aside because they cannot be published' }),
    waiting: metrics.gauge({
      name: 'relay_waiting_events',
      help: 'Events that wait behind a parked one of their stream',
    }),
    replays: metrics.gauge({ name: 'relay_replays_running', help: 'Replays under way' }),
    replayLeft: metrics.gauge({
      name: 'relay_replay_remaining_events',
      help: 'Events that the replays under way have still to publish',
    }),
    leader: metrics.gauge({ name: 'relay_leader', help: '1 while this instance leads' }),
    term: metrics.gauge({ name: 'relay_term', help: 'The term in which this instance leads, or last led' }),
    takeovers: metrics.counter({ name: 'relay_takeovers_total', help: 'How often this instance took the lead' }),
    takeover: metrics.histogram({
      name: 'relay_takeover_seconds', help: 'From the lock to the first fetch: term raised, tail read',
      buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    }),
    published: metrics.counter({ name: 'relay_published_total', help: 'Events published and marked' }),
    batch: metrics.histogram({
      name: 'relay_batch_events',
      help: 'Events that were marked as published together',
      buckets: [1, 4, 16, 64, 128, 256, 512],
    }),
    commitToAck: metrics.histogram({
      name: 'relay_commit_to_ack_seconds',
      help: "From an event's time to its mark as published, by the database's clock",
      buckets: [0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
    }),
    publishErrors: metrics.counter({
      name: 'relay_publish_errors_total',
      help: 'Publishes that ended otherwise than predicted',
      labels: ['class'],
    }),
    tailReads: metrics.counter({ name: 'relay_tail_reads_total', help: 'How often the tail of the stream was read' }),
    tailMarked: metrics.counter({ name: 'relay_tail_marked_total', help: 'Events found in the stream without a mark' }),
    refilled: metrics.counter({
      name: 'relay_refilled_total',
      help: 'Events put back that the broker had acknowledged and lost',
    }),
  };
}
