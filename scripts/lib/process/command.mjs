// @ts-check
/* A program that is run to its end, with its output kept. */
import { spawn } from 'node:child_process';
import { visibleLines } from '../base/visible.mjs';
import { bytesMoved } from './proc.mjs';

/** Less than this is no download: a program that only waits moves some bytes, too. */
const MOVED_BYTES = 1024;
const LOOK_EVERY_MS = 1000;
/** A shorter silence is not worth a word. */
const QUIET_MS = 5000;

/**
 * @typedef {object} Outcome
 * @property {number} code
 * @property {string} output stdout and stderr as they came
 * @property {string} stdout
 * @property {boolean} stalled it was ended because nothing moved
 *
 * @typedef {object} Stall
 * @property {number} limitMs a program that has printed, read and written nothing for so long is ended (where there is /proc)
 * @property {(quietMs: number) => void} [onQuiet] told each second for how long nothing has moved; 0 for less than 5 s
 */

/**
 * Runs a program to its end and keeps what it prints. Does not reject for an exit code, only when it cannot be started.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {object} [options]
 * @param {string} [options.cwd]
 * @param {NodeJS.ProcessEnv} [options.env]
 * @param {number} [options.timeoutMs]
 * @param {(chunk: string) => void} [options.onOutput]
 * @param {Stall} [options.stall]
 * @returns {Promise<Outcome>}
 */
export function capture(command, args, options = {}) {
  const { cwd, env, timeoutMs = 15 * 60_000, onOutput, stall } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMs,
      env: env ?? process.env,
      ...(cwd === undefined ? {} : { cwd }),
    });
    let output = '';
    let stdout = '';
    /** @param {string} chunk */
    const hear = (chunk) => {
      output += chunk;
      onOutput?.(chunk);
    };
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      stdout += chunk;
      hear(chunk);
    });
    child.stderr.setEncoding('utf8').on('data', hear);
    let stalled = false;
    const watch = stall === undefined ? undefined : watchStall(child.pid ?? -1, stall, () => output.length, () => {
      stalled = true;
      child.kill('SIGKILL');
    });
    child.once('error', (error) => {
      clearInterval(watch);
      reject(error);
    });
    child.once('close', (code, signal) => {
      clearInterval(watch);
      if (stalled) output += `\nnothing has arrived for ${Math.round((stall?.limitMs ?? 0) / 1000)} s`;
      else if (signal !== null) output += `\nended by ${signal}`;
      resolve({ code: code ?? 1, output, stdout, stalled });
    });
  });
}

/**
 * @param {number} pid
 * @param {Stall} stall
 * @param {() => number} printed
 * @param {() => void} onStall
 * @returns {NodeJS.Timeout}
 */
function watchStall(pid, { limitMs, onQuiet }, printed, onStall) {
  let last = { printed: 0, moved: 0, at: performance.now() };
  return setInterval(() => {
    const moved = bytesMoved(pid);
    if (moved === undefined) return;
    const quietMs = performance.now() - last.at;
    if (printed() !== last.printed || moved - last.moved >= MOVED_BYTES) last = { printed: printed(), moved, at: performance.now() };
    else if (quietMs >= limitMs) onStall();
    const quiet = performance.now() - last.at;
    onQuiet?.(quiet < QUIET_MS ? 0 : quiet);
  }, LOOK_EVERY_MS);
}

/**
 * @param {string} text
 * @param {number} [count]
 * @returns {string} its last lines, indented, with nothing that would control a terminal
 */
export function lastLines(text, count = 15) {
  return visibleLines(text.trimEnd().split('\n').slice(-count).map((line) => `  ${line}`).join('\n'));
}
