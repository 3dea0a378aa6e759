/** The metrics of the relay. Names end in their unit. */
import type { Metrics } from '@inventory/runtime/metrics.ts';

export function createRelayMetrics(metrics: Metrics) {
  return {
    backlog: metrics.gauge({
      name: 'relay_backlog_events',
      help: 'Events committed and to be published; neither parked nor waiting behind a parked one',
    }),
    oldestUnpublished: metrics.gauge({
      name: 'relay_oldest_unpublished_seconds',
      help: 'Age of the oldest event in the backlog',
    }),
    settledLag: metrics.gauge({
      name: 'relay_settled_lag_positions',
      help: 'Newest position that was drawn minus the settled position',
    }),
    heldBack: metrics.gauge({
      name: 'relay_held_back_seconds',
      help: 'How long the settled position has stood still although positions were drawn behind it',
    }),
    parked: metrics.gauge({ name: 'relay_parked_events', help: 'Parked events: they cannot be published, and wait for a person' }),
    waiting: metrics.gauge({
      name: 'relay_waiting_events',
      help: 'Events that wait behind a parked event of their stream',
    }),
    replays: metrics.gauge({ name: 'relay_replays_running', help: 'Replays that are running' }),
    replayLeft: metrics.gauge({
      name: 'relay_replay_remaining_events',
      help: 'Events that the running replays have still to publish',
    }),
    leader: metrics.gauge({ name: 'relay_leader', help: '1 while this instance leads' }),
    publishing: metrics.gauge({
      name: 'relay_publishing', help: '1 while this instance leads and its last step has gone well: what is written is published',
    }),
    drift: metrics.gauge({
      name: 'relay_stream_drift_settings', help: 'Settings of the stream that are not those which the relay makes it with',
    }),
    term: metrics.gauge({ name: 'relay_term', help: 'The term in which this instance leads, or last led' }),
    takeovers: metrics.counter({ name: 'relay_takeovers_total', help: 'Times that this instance took the lead' }),
    takeover: metrics.histogram({
      name: 'relay_takeover_seconds', help: 'From the lock to the first fetch: raising the term and reading the tail',
      buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    }),
    published: metrics.counter({ name: 'relay_published_total', help: 'Events published and marked' }),
    batch: metrics.histogram({
      name: 'relay_batch_events',
      help: 'Events marked as published in one statement',
      buckets: [1, 4, 16, 64, 128, 256, 512],
    }),
    commitToAck: metrics.histogram({
      name: 'relay_commit_to_ack_seconds',
      help: "From an event's time to its mark as published, by the database's clock",
      buckets: [0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
    }),
    publishErrors: metrics.counter({
      name: 'relay_publish_errors_total',
      help: 'Publishes that did not end as predicted, by the class of the failure',
      labels: ['class'],
    }),
    tailReads: metrics.counter({ name: 'relay_tail_reads_total', help: 'Times that the tail of the stream was read' }),
    tailMarked: metrics.counter({ name: 'relay_tail_marked_total', help: 'Events that a tail read found in the stream without a mark' }),
    foreign: metrics.counter({
      name: 'relay_foreign_messages_total',
      help: 'Messages in the stream that bear no id of ours, or are copies: somebody else publishes there',
    }),
    refilled: metrics.counter({
      name: 'relay_refilled_total',
      help: 'Events put back after the broker had acknowledged and lost them',
    }),
  };
}
