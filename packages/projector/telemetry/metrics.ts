/** The metrics of the projector. The label `path` says how an event came into the view: by the stream, or by sealing. */
import type { Metrics } from '@inventory/runtime/metrics.ts';

export function createProjectorMetrics(metrics: Metrics) {
  return {
    commitToVisible: metrics.histogram<'path'>({
      name: 'projector_commit_to_visible_seconds',
      help: 'From the time of an event to the answer of Redis that it is in the view, by the clock of Postgres',
      labels: ['path'],
      buckets: [0.001, 0.002, 0.003, 0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60],
    }),
    events: metrics.counter<'path' | 'result'>({
      name: 'projector_events_total',
      help: 'Events by result: applied, stale (the view was as new), terminated (it could not be read, which is an alarm), '
        + 'refused (a message that is no event of the log: somebody else publishes to the stream)',
      labels: ['path', 'result'],
    }),
    batch: metrics.histogram({
      name: 'projector_batch_messages',
      help: 'Messages of the stream that were written to the view in one batch',
      buckets: [1, 4, 16, 64, 256, 1000],
    }),
    gaps: metrics.counter({
      name: 'projector_gaps_total',
      help: 'Fields that got a newer event before an older one; harmless, because each event is the whole state',
    }),
    seals: metrics.counter<'outcome'>({
      name: 'projector_seals_total',
      help: 'Sealing cycles by outcome: sealed, busy (another projector seals), or why the watermark did not move: slow, lost, '
        + 'behind, epoch, went_back, unknown_server, foreign, failed (Postgres or Redis did not answer)',
      labels: ['outcome'],
    }),
    sealSeconds: metrics.histogram({
      name: 'projector_seal_duration_seconds',
      help: 'Duration of a sealing cycle',
      buckets: [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2],
    }),
    rebuilds: metrics.counter<'result'>({
      name: 'projector_rebuilds_total',
      help: 'Rebuilds of the view by result: done, lost (Redis has lost data meanwhile), failed',
      labels: ['result'],
    }),
  };
}
