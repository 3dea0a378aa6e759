// @ts-check
/*
 * A process that dies with its supervisor, whatever happens to the supervisor.
 *
 * The command is started through a few lines of shell. They leave a watcher behind that holds the reading end of a
 * pipe, then become the command itself (exec), so that the process id which Node knows is the command's own. The kernel
 * closes the writing end when the supervisor ends, by kill -9 too; the watcher then ends the command. While the
 * supervisor lives it tells the watcher that the command has ended on its own, and the watcher leaves without touching
 * anything. The process's start time (Linux) makes sure that a reused process id is never signalled.
 */
import { spawn } from 'node:child_process';

const WATCH = `
me=$$ signal=$1 patience=$2; shift 2
started() { line=; read -r line < "/proc/$me/stat" && set -- \${line##*) } && [ "$1" != Z ] && echo "\${20}"; }
since=$(started 2>/dev/null)
same() { kill -0 "$me" && [ "$(started)" = "$since" ]; }
( (
  read -r word <&3 && exit 0
  same && kill -"$signal" "$me"
  while same && [ "$patience" -gt 0 ]; do sleep 0.1; patience=$((patience - 1)); done
  same && kill -KILL "$me"
) > /dev/null 2>&1 < /dev/null & )
exec "$@" 3<&-
`;

/**
 * @typedef {object} Guarded
 * @property {number} pid
 * @property {import('node:child_process').ChildProcess} child
 * @property {Promise<string>} exited settles when the process has ended, with words such as "exit code 1"
 * @property {() => boolean} alive
 * @property {(deadlineMs?: number) => Promise<void>} stop the polite signal, SIGKILL after the deadline; idempotent
 * @property {() => Promise<void>} kill SIGKILL at once; idempotent
 */

/**
 * Starts a command in a session of its own (a Ctrl-C at the terminal does not reach it) that ends when this process
 * ends.
 * The returned process does not keep Node's event loop alive.
 * @param {object} options
 * @param {string} options.command absolute path of the program
 * @param {readonly string[]} options.args
 * @param {NodeJS.ProcessEnv} [options.env]
 * @param {string} [options.cwd]
 * @param {{ uid: number, gid: number } | undefined} [options.user] only root may ask for another user
 * @param {number | 'pipe'} [options.output] a file descriptor for stdout and stderr, or pipes
 * @param {NodeJS.Signals} [options.stopSignal]
 * @param {number} [options.patienceMs] how long the watcher waits between the polite signal and SIGKILL
 * @returns {Promise<Guarded>} rejects when the program cannot be started
 */
export async function spawnGuarded(options) {
  const { command, args, output = 'pipe', stopSignal = 'SIGTERM', patienceMs = 5000 } = options;
  const guarded = process.platform !== 'win32';
  const watch = ['-c', WATCH, 'guard', stopSignal.slice(3), String(Math.ceil(patienceMs / 100)), command, ...args];
  const child = spawn(guarded ? '/bin/sh' : command, guarded ? watch : args, {
    detached: guarded,
    stdio: ['ignore', output, output, guarded ? 'pipe' : 'ignore'],
    env: options.env ?? process.env,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.user ?? {}),
  });
  await new Promise((resolve, reject) => {
    child.once('spawn', () => resolve(undefined));
    child.once('error', reject);
  });
  return supervise(child, stopSignal);
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @param {NodeJS.Signals} stopSignal
 * @returns {Guarded}
 */
function supervise(child, stopSignal) {
  const pipe = child.stdio[3];
  let ended = false;
  /** @type {Promise<string>} */
  const exited = new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      ended = true;
      if (pipe && 'end' in pipe) pipe.end('ended\n');
      resolve(signal === null ? `exit code ${code}` : `signal ${signal}`);
    });
  });
  if (pipe && 'unref' in pipe && typeof pipe.unref === 'function') pipe.unref();
  pipe?.on('error', () => undefined); // the watcher may be gone already
  child.unref();
  const kill = async () => {
    if (!ended) child.kill('SIGKILL');
    await held(exited);
  };
  const stop = async (deadlineMs = 10_000) => {
    if (ended) return;
    child.kill(stopSignal);
    const timer = setTimeout(() => child.kill('SIGKILL'), deadlineMs);
    await held(exited).finally(() => clearTimeout(timer));
  };
  return { pid: child.pid ?? -1, child, exited, alive: () => !ended, stop, kill };
}

/**
 * Waits for a promise while keeping the event loop alive: the child itself is unreferenced.
 * @template T
 * @param {Promise<T>} promise
 * @returns {Promise<T>}
 */
function held(promise) {
  const keep = setInterval(() => undefined, 60_000);
  return promise.finally(() => clearInterval(keep));
}
