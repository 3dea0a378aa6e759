// @ts-check
/* A program that is run to its end, with its output kept. */
import { spawn } from 'node:child_process';
import { visibleLines } from '../base/visible.mjs';

/**
 * @typedef {object} Outcome
 * @property {number} code
 * @property {string} output stdout and stderr as they came
 * @property {string} stdout
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
 * @returns {Promise<Outcome>}
 */
export function capture(command, args, options = {}) {
  const { cwd, env, timeoutMs = 15 * 60_000, onOutput } = options;
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
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (signal !== null) output += `\nended by ${signal}`;
      resolve({ code: code ?? 1, output, stdout });
    });
  });
}

/**
 * @param {string} text
 * @param {number} [count]
 * @returns {string} its last lines, indented, with nothing that would control a terminal
 */
export function lastLines(text, count = 15) {
  return visibleLines(text.trimEnd().split('\n').slice(-count).map((line) => `  ${line}`).join('\n'));
}
