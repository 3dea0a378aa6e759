import type { Metrics } from '@inventory/runtime/metrics.ts';

/** What a projector counts. The label `path` says how an event came into the view: by the stream, or by sealing. */
export function createProjectorMetrics(metrics: Metrics) {
  return {
    commitToVisible: metrics.histogram<'path'>({
      name: 'projector_commit_to_visible_seconds',
      help: 'From the time of an event to the answer of Redis that it is in the view, by the database clock',
      labels: ['path'],
      buckets: [0.001, 0.002, 0.003, 0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60],
    }),
    events: metrics.counter<'path' | 'result'>({
      name: 'projector_events_total',
      help: 'Events by what became of them: applied, stale (the view was as new), terminated (unreadable, an alarm)',
      labels: ['path', 'result'],
    }),
    batch: metrics.histogram({
      name: 'projector_batch_messages',
      help: 'Messages of the stream that were written to the view together',
      buckets: [1, 4, 16, 64, 256, 1000],
    }),
    gaps: metrics.counter({
      name: 'projector_gaps_total',
      help: 'Fields to which the stream brought an event before an older one; harmless, because each is the whole state',
    }),
    seals: metrics.counter<'outcome'>({
      name: 'projector_seals_total',
      help: 'Sealing cycles by outcome: sealed, busy (another projector), or why the view was not vouched for: slow, lost, '
        + 'behind, epoch, failed (Postgres or Redis did not answer)',
      labels: ['outcome'],
    }),
    sealSeconds: metrics.histogram({
      name: 'projector_seal_duration_seconds',
      help: 'How long a sealing cycle took',
      buckets: [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2],
    }),
    rebuilds: metrics.counter<'result'>({
      name: 'projector_rebuilds_total',
      help: 'Rebuilds of the view by result: done, lost (Redis lost data meanwhile), failed',
      labels: ['result'],
    }),
  };
}
