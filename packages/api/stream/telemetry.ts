/** What the live feed says of itself to Prometheus. */
import type { Metrics } from '@inventory/runtime/metrics.ts';
import type { Tail } from '@inventory/tail/tail.ts';

const VIEWS = ['availability', 'events'] as const;
type View = (typeof VIEWS)[number];

export interface StreamTelemetry {
  readonly viewers: (view: View, by: 1 | -1) => void;
  /** A frame of so many bytes. */
  readonly sent: (count: number) => void;
  /** A change has left for a viewer, so many ms after its commit. */
  readonly lag: (ms: number) => void;
  readonly reset: (reason: 'EPOCH' | 'TOO_OLD' | 'OVERRUN') => void;
  readonly refused: (limit: 'process' | 'user') => void;
}

export function createStreamTelemetry(metrics: Metrics, tail: Tail): StreamTelemetry {
  const viewers = metrics.gauge({ name: 'stream_viewers', help: 'Viewers of the live feed', labels: ['view'] });
  for (const view of VIEWS) viewers.set({ view }, 0);
  const frames = metrics.counter({ name: 'stream_frames_total', help: 'Frames that were sent to viewers of the live feed' });
  const bytes = metrics.counter({ name: 'stream_bytes_total', help: 'Bytes of those frames' });
  const lag = metrics.histogram({
    name: 'stream_lag_seconds', help: 'From the commit of a change to the socket of a viewer, for the oldest change of each frame',
    buckets: [0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.25, 0.5, 1, 5],
  });
  const resets = metrics.counter({ name: 'stream_resets_total', help: 'Viewers that had to begin anew', labels: ['reason'] });
  const refused = metrics.counter({ name: 'stream_refused_total', help: 'Viewers that were refused for a limit', labels: ['limit'] });
  metrics.gauge({
    name: 'log_tail_behind_seconds', help: 'Age of the newest instant up to which the tail of the log is whole; 0 while nobody follows it',
    collect: (gauge) => {
      const head = tail.head();
      gauge.set(head?.asOf === undefined ? 0 : (performance.now() - head.asOf.at) / 1000);
    },
  });
  return {
    viewers: (view, by) => { viewers.inc({ view }, by); },
    sent: (count) => {
      frames.inc();
      bytes.inc(count);
    },
    lag: (ms) => { lag.observe(Math.max(0, ms) / 1000); },
    reset: (reason) => { resets.inc({ reason }); },
    refused: (limit) => { refused.inc({ limit }); },
  };
}
