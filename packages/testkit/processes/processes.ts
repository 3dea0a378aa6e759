/** The three processes as tests start, watch, freeze and kill them. */
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { processEnv } from '@inventory/runtime/config/config.ts';
import { readStat } from '../../../scripts/lib/process/proc.mjs';
import { spawnGuarded } from '../../../scripts/lib/process/guard.mjs';
import { eventually } from '../waiting/eventually.ts';
import { asProcess } from './logins.ts';
import { untilStopped } from './until-stopped.ts';

export type ProcessName = 'api' | 'relay' | 'projector';

/** One line of a process's log. */
export type LogLine = { readonly level: string; readonly message: string; readonly [field: string]: unknown };

type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

/** A process of ours, started by a test; it ends with the test's own process, however that ends. */
export type TestProcess = {
  readonly pid: number;
  /** What it said when it was ready; 0 for a process that serves nothing but its ops port. */
  readonly port: number;
  readonly opsPort: number;
  /** The last 5 000 lines of its log. */
  readonly logs: readonly LogLine[];
  /** Its other output: on stderr, or on stdout without being JSON. */
  readonly noise: readonly string[];
  /**
   * Resolves with the first line, past or to come, for which the predicate holds; rejects after `timeoutMs` (20 s), or
   * when `signal` ends the waiting.
   */
  waitForLog(
    predicate: (line: LogLine) => boolean,
    options?: { readonly timeoutMs?: number; readonly what?: string; readonly signal?: AbortSignal },
  ): Promise<LogLine>;
  /** Sends a signal and, for SIGKILL, waits for the end. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** SIGSTOP. Resolves when no thread of it runs any more. */
  freeze(): Promise<void>;
  /** One letter from Linux: R runs, S sleeps, T is stopped; empty when it has ended, and without /proc. */
  state(): string;
  resume(): void;
  /** SIGTERM, then waits for the end: at most 30 s, then SIGKILL and a rejection. */
  stop(): Promise<Exit>;
  readonly exited: Promise<Exit>;
};

export type ProcessOptions = {
  readonly command: ProcessName;
  /** Another script than packages/<command>/main.ts, from the root of the repository. */
  readonly script?: string;
  readonly args?: readonly string[];
  /**
   * Added to a minimal environment (PATH, HOME, TMPDIR and OPS_PORT=0): the test's own variables do not leak in. Where a URL is
   * the test's own, a process gets its login in its place (logins.ts), as it is deployed; another script gets it as it is.
   */
  readonly env: Readonly<Record<string, string>>;
  /** How long the line `ready` may take; default a minute, for a machine that is busy with other tests. */
  readonly readyMs?: number;
};

const ROOT = join(import.meta.dirname, '..', '..', '..');
const MAX_LINES = 5000;
/** Characters. */
const MAX_UNREAD = 4_000_000;

/** Starts a process and resolves when it says that it is ready. Rejects with its last words when it ends before. */
export async function startProcess(options: ProcessOptions): Promise<TestProcess> {
  const started = await spawnProcess(options);
  const { readyMs = 60_000, command } = options;
  const ended = started.exited.then(({ code, signal }) => {
    throw new Error(`${command} ended (${signal ?? code}) before it was ready:\n${lastWords(started)}`);
  });
  const over = new AbortController();
  try {
    const what = `${command} to be ready`;
    const ready = started.waitForLog(({ message }) => message === 'ready', { timeoutMs: readyMs, what, signal: over.signal });
    // It goes on looking until `over` is aborted.
    ready.catch(() => undefined);
    const line = await Promise.race([ready, ended]);
    return Object.assign(started, { port: Number(line['port'] ?? 0), opsPort: Number(line['ops_port'] ?? 0) });
  } catch (error) {
    await started.kill();
    throw error;
  } finally {
    over.abort();
    ended.catch(() => undefined);
  }
}

/** Starts a process without waiting for it to be ready: for one that is to end by itself, or expected to fail. */
export async function spawnProcess(options: ProcessOptions): Promise<TestProcess> {
  const { command, script = join('packages', command, 'main.ts'), args = [] } = options;
  const env = options.script === undefined ? asProcess(command, options.env) : options.env;
  const { PATH = '', HOME = '', TMPDIR = tmpdir(), NODE_COMPILE_CACHE, NODE_V8_COVERAGE } = processEnv();
  const compiled = NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE };
  const counted = NODE_V8_COVERAGE === undefined ? {} : { NODE_V8_COVERAGE };
  const { child, pid } = await spawnGuarded({
    command: process.execPath,
    args: [script, ...args],
    cwd: ROOT,
    env: { PATH, HOME, TMPDIR, ...compiled, ...counted, OPS_PORT: '0', ...env },
    stopSignal: 'SIGKILL',
  });
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error(`${command} has no output to read`);
  // 'close' comes after the last byte of output, 'exit' may come before it.
  const exited = once(child, 'close').then(([code, signal]): Exit => ({
    code: typeof code === 'number' ? code : null, signal: signalName(signal),
  }));

  const logs: LogLine[] = [];
  const noise: string[] = [];
  const arrived = keepOutput(stdout);
  createInterface({ input: stderr }).on('line', (text) => { keep(noise, text); });
  const read = (): void => {
    for (const text of arrived()) {
      const line = parseLine(text);
      if (line === undefined) keep(noise, text);
      else keep(logs, line);
    }
  };

  const result: TestProcess = {
    pid, port: 0, opsPort: 0, exited,
    get logs() {
      read();
      return logs;
    },
    get noise() {
      read();
      return noise;
    },
    waitForLog(predicate, { timeoutMs = 20_000, what = 'a log line', signal } = {}) {
      return eventually(() => {
        const line = result.logs.find(predicate);
        if (line === undefined) throw new Error(`not seen; last words:\n${lastWords(result)}`);
        return line;
      }, { timeoutMs, what: `${command}: ${what}`, ...(signal === undefined ? {} : { signal }) });
    },
    async kill(signal = 'SIGKILL') {
      child.kill(signal);
      if (signal === 'SIGKILL') await exited;
    },
    async freeze() {
      child.kill('SIGSTOP');
      await untilStopped([pid]);
    },
    state: () => readStat(pid)?.state ?? '',
    resume() { child.kill('SIGCONT'); },
    async stop() {
      child.kill('SIGCONT');
      child.kill('SIGTERM');
      const impatient = setTimeout(() => { child.kill('SIGKILL'); }, 30_000);
      const exit = await exited;
      clearTimeout(impatient);
      if (exit.signal === 'SIGKILL') throw new Error(`${command} did not stop within 30 s:\n${lastWords(result)}`);
      return exit;
    },
  };
  return result;
}

/**
 * Keeps the output of a stream without parsing it, because a busy api writes a line for each request and shares its two
 * cores with the load generator. @returns takes the whole lines since the last call, of the last 4 MB at most
 */
function keepOutput(stream: Readable): () => readonly string[] {
  const chunks: string[] = [];
  let size = 0;
  let cut = false;
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    chunks.push(chunk);
    for (size += chunk.length; size > MAX_UNREAD; cut = true) size -= chunks.shift()?.length ?? size;
  });
  stream.on('end', () => {
    const last = chunks.at(-1) ?? '';
    if (last !== '' && !last.endsWith('\n')) chunks.push('\n');
  });
  return () => {
    const lines = chunks.join('').split('\n');
    const rest = lines.pop() ?? '';
    chunks.splice(0, chunks.length, rest);
    size = rest.length;
    // The rest of a line whose beginning was dropped.
    if (cut && lines.length > 0) {
      lines.shift();
      cut = false;
    }
    return lines;
  };
}

function keep<T>(lines: T[], line: T): void {
  lines.push(line);
  if (lines.length > MAX_LINES) lines.shift();
}

function parseLine(text: string): LogLine | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isLogLine(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isLogLine(value: unknown): value is LogLine {
  return typeof value === 'object' && value !== null && 'level' in value && 'message' in value
    && typeof value.level === 'string' && typeof value.message === 'string';
}

function signalName(signal: unknown): NodeJS.Signals | null {
  const names: readonly NodeJS.Signals[] = ['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP', 'SIGABRT', 'SIGSEGV', 'SIGQUIT'];
  return names.find((name) => name === signal) ?? null;
}

function lastWords({ logs, noise }: Pick<TestProcess, 'logs' | 'noise'>): string {
  return [...logs.slice(-15).map((line) => JSON.stringify(line)), ...noise.slice(-15)].join('\n');
}
