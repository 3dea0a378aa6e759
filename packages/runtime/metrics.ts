/** The metrics of a process, and the one way in which they are made. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

type Definition<L extends string> = { readonly name: string; readonly help: string; readonly labels?: readonly L[] };

/** The metrics of one process. Names end in their unit. To register a name twice throws. */
export type Metrics = {
  readonly registry: Registry;
  /** For createPolicy: one series for each policy. */
  readonly policies: { readonly open: Gauge<'policy'>; readonly refusals: Counter<'policy' | 'kind'> };
  /** For connections to Postgres that were made and not used, because what answered is not what is needed. */
  readonly sessionsRefused: Counter<'reason'>;
  /** Whether Postgres is the server that the log is known to be on: 1 or 0. */
  readonly serverKnown: Gauge;
  /** For the pool of Postgres: how long a taker waits for a connection, in seconds. */
  readonly poolWait: Histogram;
  counter<L extends string = never>(definition: Definition<L>): Counter<L>;
  /** `collect`, where given, sets the gauge at every scrape. */
  gauge<L extends string = never>(
    definition: Definition<L> & { collect?(gauge: Gauge<L>): void | Promise<void> },
  ): Gauge<L>;
  histogram<L extends string = never>(
    definition: Definition<L> & { readonly buckets: readonly number[] },
  ): Histogram<L>;
};

/** Between two looks at how late the event loop is. */
const LAG_EVERY_MS = 100;
const NEVER_MS = 2 ** 31 - 1;

/**
 * How late the event loop was since the last scrape, under prom-client's names. Its own way wakes a process a hundred times a
 * second [0.35 % of a core for each process, whatever it does; ten times a second 0.04], and counts the time between two looks as
 * well.
 */
function watchEventLoop(registry: Registry): void {
  const seen = monitorEventLoopDelay({ resolution: LAG_EVERY_MS });
  seen.enable();
  const late = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e9 - LAG_EVERY_MS / 1e3);
  const figures = {
    min: () => late(seen.min), max: () => late(seen.max), mean: () => late(seen.mean), stddev: () => seen.stddev / 1e9,
    p50: () => late(seen.percentile(50)), p90: () => late(seen.percentile(90)), p99: () => late(seen.percentile(99)),
  };
  const gauges = Object.entries(figures).map(([figure, read], nth) => {
    const name = `nodejs_eventloop_lag_${figure}_seconds`;
    registry.removeSingleMetric(name);
    const help = `How late the event loop was since the last scrape: ${figure}`;
    // A scrape asks for them in this order.
    return { read, gauge: new Gauge({ name, help, registers: [registry], ...(nth === 0 ? { collect: setAll } : {}) }) };
  });
  function setAll(): void {
    for (const { read, gauge } of gauges) gauge.set(seen.count === 0 ? 0 : read());
    seen.reset();
  }
}

/** Creates the registry of a process, with Node's own metrics. Every series has the label `process`. */
export function createMetrics(options: { readonly process: string; readonly instance: string }): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ process: options.process });
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: NEVER_MS });
  watchEventLoop(registry);

  const common = <L extends string>({ name, help, labels }: Definition<L>) =>
    ({ name, help, labelNames: labels ?? [], registers: [registry] });
  const register = { registers: [registry] };
  // Not a label of every series, because Prometheus sets `instance` to the address that it scrapes.
  const info = { name: 'process_info', help: 'Which instance answers, always 1', labelNames: ['id'] };
  new Gauge({ ...info, ...register }).set({ id: options.instance }, 1);
  const policies = {
    open: new Gauge({
      name: 'policy_breaker_open', help: '1 while the breaker of a dependency is not closed',
      labelNames: ['policy'], ...register,
    }),
    refusals: new Counter({
      name: 'policy_refusals_total', help: 'Calls that a policy cut short or refused',
      labelNames: ['policy', 'kind'], ...register,
    }),
  };
  const sessionsRefused = new Counter({
    name: 'pg_sessions_refused_total', help: 'Connections to Postgres that were refused: standby, read_only, setting, pooler, '
      + 'encoding, schema or identity', labelNames: ['reason'], ...register,
  });
  const serverKnown = new Gauge({
    name: 'pg_server_known', help: '1 while Postgres is the server that the log is known to be on', ...register,
  });
  // A gauge begins with 0, which would call for help with a promotion while Postgres has not answered yet.
  serverKnown.remove();
  const poolWait = new Histogram({
    name: 'pg_pool_wait_seconds', help: 'Time until a taker got a connection to Postgres',
    buckets: [0.0001, 0.001, 0.005, 0.025, 0.1, 0.5, 1], ...register,
  });
  return {
    registry,
    policies,
    sessionsRefused,
    serverKnown,
    poolWait,
    counter: (definition) => new Counter(common(definition)),
    gauge(definition) {
      const { collect } = definition;
      if (collect === undefined) return new Gauge(common(definition));
      return new Gauge({ ...common(definition), collect() { return collect(this); } });
    },
    histogram: (definition) => new Histogram({ ...common(definition), buckets: [...definition.buckets] }),
  };
}
