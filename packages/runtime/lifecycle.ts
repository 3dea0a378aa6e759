/** A process from its configuration to its exit code. */
import closeWithGrace from 'close-with-grace';
import { ConfigError, explainConfigError, processEnv, readConfig, type CommonConfig, type ConfigSpec, type Env } from './config/config.ts';
import { printConfig } from './config/text.ts';
import { armFaultPoint } from './fault.ts';
import { createLogger, type LogLevel, type Logger, type RootLogger } from './log.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { startOpsServer, type OpsServer } from './ops.ts';
import { createParts, type Parts } from './parts.ts';
import { createReadiness, type Readiness } from './readiness.ts';
import { sleep } from './sleep.ts';
import { onStopSignal } from './stop-signal.ts';

export type ProcessContext<C> = {
  readonly config: C;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly readiness: Readiness;
  /** Aborts when the process is to stop, before the first part is stopped. */
  readonly signal: AbortSignal;
  /** What was started, to be stopped in reverse: add each part as soon as it runs. */
  readonly parts: Parts;
  /** Ends the process in good order with exit code 1: for a failure that only a new process can cure. */
  fail(reason: string, error?: unknown): void;
};

type ProcessOptions<C> = {
  readonly name: string;
  readonly spec: ConfigSpec<C>;
  readonly argv: readonly string[];
  readonly env?: Env;
  /**
   * Starts the parts and adds each to `parts`. Must give up when the signal aborts. When it rejects, the parts that were
   * added are stopped.
   */
  start(context: ProcessContext<C>): Promise<void>;
};

/**
 * Reads the configuration of a process from its environment. If it is wrong, every problem goes to stderr, the exit code
 * becomes 2, and undefined is returned. With `--print-config` among the arguments the configuration is printed, with
 * `--help` the usage, and undefined is returned.
 */
function configOrUsage<C extends object>(spec: ConfigSpec<C>, argv: readonly string[], env: Env): C | undefined {
  const usage = `Usage: ${spec.name} [--print-config]`;
  if (argv.includes('--help') || argv.includes('-h')) {
    process.stdout.write(`${usage}\n\nRuns until SIGTERM. --print-config prints the configuration, which comes from the environment, and ends.\n`);
    return undefined;
  }
  const unknown = argv.filter((argument) => argument !== '--print-config');
  if (unknown.length > 0) {
    process.stderr.write(`${spec.name}: unknown argument ${JSON.stringify(unknown[0])}\n${usage}\n`);
    process.exitCode = 2;
    return undefined;
  }
  try {
    const config = readConfig(spec, env);
    if (argv.length === 0) return config;
    process.stdout.write(printConfig(spec, config));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${explainConfigError(error)}\n`);
    process.exitCode = 2;
  }
  return undefined;
}

/**
 * Runs a process to its exit code: 0 when SIGTERM or SIGINT stopped it, 1 after a failure, 2 for a wrong configuration.
 *
 * A stop takes these steps: /readyz answers 503; SHUTDOWN_DELAY_MS pass, so that the balancer notices; the signal aborts;
 * the parts stop in reverse, within SHUTDOWN_DEADLINE_MS; the ops server closes; the log is flushed. SIGUSR2 switches the
 * log to debug and back.
 */
export async function runProcess<C extends CommonConfig>(options: ProcessOptions<C>): Promise<void> {
  const config = configOrUsage(options.spec, options.argv, options.env ?? processEnv());
  if (config === undefined) return;

  const identity = { process: options.name, instance: config.INSTANCE_ID };
  const log = createLogger({ ...identity, level: config.LOG_LEVEL, corked: true });
  const readiness = createReadiness();
  const stopping = new AbortController();
  let failed = false;
  let stopReason: string | undefined;
  let ops: OpsServer | undefined;
  const parts = createParts({ log });
  let starting: Promise<void> = Promise.resolve();

  const stop = async (reason: string): Promise<void> => {
    readiness.drain();
    log.info('stopping', { reason });
    // A process that fails does not wait for the balancer: its supervisor is to notice.
    if (!failed) await sleep(config.SHUTDOWN_DELAY_MS);
    stopping.abort();
    const inTime = await within(config.SHUTDOWN_DEADLINE_MS, starting.then(parts.stop, parts.stop));
    if (!inTime) log.error('the work in hand did not end in time', { deadline_ms: config.SHUTDOWN_DEADLINE_MS });
    await ops?.close();
    failed ||= !inTime;
    log.info('stopped', { exit_code: failed ? 1 : 0 });
    await within(1000, log.close());
    // close-with-grace exits with 1 when its callback rejects.
    if (failed) throw new Error('stopped after a failure');
  };
  const grace = closeWithGrace({
    delay: config.SHUTDOWN_DELAY_MS + config.SHUTDOWN_DEADLINE_MS + 3000,
    logger: false,
    skip: ['SIGTERM', 'SIGINT', 'SIGUSR2'],
    onSecondError: (error) => { log.error('another failure while stopping', { error }); },
  }, async ({ err, signal }) => {
    if (err !== undefined) {
      failed = true;
      log.error('uncaught error', { error: err, fatal: true });
    }
    stopReason ??= signal ?? (failed ? 'failure' : 'nothing left to do');
    await stop(stopReason);
  });

  const close = (reason: string): void => {
    // Called twice, close-with-grace would run its callback twice.
    if (stopReason !== undefined) return;
    stopReason = reason;
    grace.close();
  };
  const fail = (reason: string, error?: unknown): void => {
    failed = true;
    log.error(reason, { error, fatal: true });
    close('failure');
  };
  onStopSignal(close);
  onLogSignal(log, config.LOG_LEVEL);

  try {
    armFaultPoint(config.TEST_FAULT_POINT);
    const { TEST_FAULT_POINT: faultPoint } = config;
    if (faultPoint !== undefined) log.warn('a fault point is armed', { fault_point: faultPoint });
    const metrics = createMetrics(identity);
    metrics.gauge({
      name: 'process_log_lines_dropped', help: 'Log lines that were dropped since the start, because nobody read those before them',
      collect: (gauge) => { gauge.set(log.dropped()); },
    });
    readiness.set('start', { ok: false, required: true, detail: 'starting' });
    ops = await startOpsServer({ host: config.OPS_HOST, port: config.OPS_PORT, registry: metrics.registry, readiness });
    starting = options.start({ config, log, metrics, readiness, signal: stopping.signal, parts, fail });
    await starting;
    readiness.set('start', { ok: true, required: true, detail: 'started' });
    log.info('ready', { ops_port: ops.port, pid: process.pid, ...parts.ready() });
  } catch (error) {
    // A start that gives up because the process is to stop is no failure.
    if (!stopping.signal.aborted) fail('the start failed', error);
  }
}

/** SIGUSR2 switches to the level debug, the next one back to that of the configuration (to info where that is debug). */
function onLogSignal(log: RootLogger, configured: LogLevel): void {
  let level = configured;
  process.on('SIGUSR2', () => {
    level = level !== 'debug' ? 'debug' : configured === 'debug' ? 'info' : configured;
    log.setLevel(level);
    // Written in the new level, so it is never suppressed.
    log[level]('the log level was changed', { log_level: level });
  });
}

/** True when the promise settles within the time. */
async function within(ms: number, promise: Promise<unknown>): Promise<boolean> {
  const timer = new AbortController();
  const late = sleep(ms, timer.signal).then(() => false);
  const inTime = await Promise.race([promise.then(() => true, () => true), late]);
  timer.abort();
  return inTime;
}
