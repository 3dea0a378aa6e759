/** The processes of the system by name. A process that has ended can be restarted on its port. */
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { spawnProcess, startProcess } from '@inventory/testkit/processes/processes.ts';
import type { LogLine, ProcessName, TestProcess } from '@inventory/testkit/processes/processes.ts';

export const NAMES = ['api-1', 'api-2', 'relay-1', 'relay-2', 'projector-1', 'projector-2'] as const;
export type Name = (typeof NAMES)[number];
export const APIS = ['api-1', 'api-2'] as const satisfies readonly Name[];

type Env = Readonly<Record<string, string>>;

export interface Fleet {
  /** The current process of this name, whether or not it still runs. */
  of(name: Name): TestProcess;
  kill(name: Name): Promise<void>;
  freeze(name: Name): Promise<void>;
  resume(name: Name): void;
  /**
   * Restarts a process that has ended, on its old port, with `env` added to its variables. Resolves when it is ready, or
   * after half a minute, because a server that it needs may be away.
   */
  revive(name: Name, env?: Env): Promise<void>;
  /** `stopped` means by SIGSTOP, as far as the system tells. */
  state(name: Name): Promise<'running' | 'stopped' | 'ended'>;
  /** The log lines of all processes, ended ones included, for which the predicate holds. */
  lines(predicate: (line: LogLine) => boolean): readonly LogLine[];
  /** Runs a command as an operator would, over the connections of this process. It is killed after `timeoutMs` (60 s). */
  command(name: Name, args: readonly string[], timeoutMs?: number): Promise<{ readonly code: number | null; readonly said: string }>;
  /** The output of each process, by a file name. */
  logs(): ReadonlyMap<string, string>;
  stop(): Promise<void>;
}

const COMMAND_MS = 60_000;
const REVIVE_MS = 30_000;

export function commandOf(name: Name): ProcessName {
  return name.startsWith('api') ? 'api' : name.startsWith('relay') ? 'relay' : 'projector';
}

/** Starts all processes. `envOf` is asked for the variables at every start. */
export async function startFleet(envOf: (name: Name) => Env): Promise<Fleet> {
  const running = new Map<Name, TestProcess>();
  const ended: { readonly name: Name; readonly process: TestProcess }[] = [];
  const start = async (name: Name, env: Env): Promise<TestProcess> => startProcess({
    command: commandOf(name), args: commandOf(name) === 'api' ? [] : ['run'], env: { ...envOf(name), ...env }, readyMs: 60_000,
  });
  const of = (name: Name): TestProcess => {
    const process = running.get(name);
    if (process === undefined) throw new Error(`${name} was never started`);
    return process;
  };
  const all = (): readonly { readonly name: Name; readonly process: TestProcess }[] =>
    [...ended, ...[...running].map(([name, process]) => ({ name, process }))];
  const stop = async (): Promise<void> => {
    // After a run no process needs to stop in good order.
    await Promise.allSettled([...running.values()].map((process) => process.kill()));
  };
  try {
    await Promise.all(NAMES.map(async (name) => { running.set(name, await start(name, {})); }));
  } catch (error) {
    await stop();
    throw error;
  }

  return {
    of, stop,
    kill: (name) => of(name).kill(),
    freeze: (name) => of(name).freeze(),
    resume: (name) => { of(name).resume(); },
    async revive(name, env = {}) {
      const old = of(name);
      if (!await hasEnded(old)) return;
      ended.push({ name, process: old });
      const next = await spawnProcess({
        command: commandOf(name), args: commandOf(name) === 'api' ? [] : ['run'],
        env: { ...envOf(name), PORT: String(old.port), OPS_PORT: String(old.opsPort), ...env },
      });
      running.set(name, Object.assign(next, { port: old.port, opsPort: old.opsPort }));
      await next.waitForLog(({ message }) => message === 'ready', { timeoutMs: REVIVE_MS, what: `${name} to be ready` })
        .catch(() => undefined);
    },
    async state(name) {
      if (await hasEnded(of(name))) return 'ended';
      return isStopped(of(name).pid) ? 'stopped' : 'running';
    },
    lines: (predicate) => all().flatMap(({ process }) => process.logs.filter(predicate)),
    async command(name, args, timeoutMs = COMMAND_MS) {
      const child = await spawnProcess({ command: commandOf(name), args, env: envOf(name) });
      const late = setTimeout(() => { child.kill().catch(() => undefined); }, timeoutMs);
      const { code } = await child.exited;
      clearTimeout(late);
      return { code, said: [...child.logs.map((line) => JSON.stringify(line)), ...child.noise].join('\n') };
    },
    logs: () => new Map(all().map(({ name, process }, nth) => [
      `${name}-${nth}.log`, [...process.logs.map((line) => JSON.stringify(line)), ...process.noise].join('\n'),
    ])),
  };
}

async function hasEnded(process: TestProcess): Promise<boolean> {
  return Promise.race([process.exited.then(() => true), delay(10).then(() => false)]);
}

/** The state is the letter behind the name in brackets. */
function isStopped(pid: number): boolean {
  try {
    return /^T/.test(readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, ''));
  } catch {
    return false;
  }
}
