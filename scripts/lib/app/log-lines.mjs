// @ts-check
/* The processes' logs: whole in files, and short on a terminal. */
import { createWriteStream, existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { isWorthShowing } from './worth-showing.mjs';
import { visible } from '../base/visible.mjs';
import { makeFolder, paths } from '../base/paths.mjs';

/** Fields that a person does not need on every line. */
const QUIET = new Set(['time', 'level', 'message', 'process', 'instance']);

/**
 * @param {unknown} value
 * @returns {string}
 */
function short(value) {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return visible(text.length > 120 ? `${text.slice(0, 119)}…` : text);
}

/**
 * One JSON line of a log for people: time, level, message, and the other fields as name=value.
 * @param {string} line
 * @param {Pick<import('../base/output.mjs').Output, 'dim' | 'red' | 'yellow'>} paint
 * @returns {string} the line itself when it is not JSON; whatever would control the terminal is shown as \u{…}
 */
export function humanLine(line, { dim, red, yellow }) {
  /** @type {unknown} */
  let parsed;
  try {
    parsed = JSON.parse(line);
  } catch {
    return visible(line);
  }
  if (typeof parsed !== 'object' || parsed === null || !('message' in parsed)) return visible(line);
  const fields = Object.entries(parsed);
  const field = Object.fromEntries(fields);
  const time = visible(typeof field['time'] === 'string' ? field['time'].slice(11, 23) : '');
  const rest = fields.filter(([name]) => !QUIET.has(name)).map(([name, value]) => `${visible(name)}=${short(value)}`).join(' ');
  const message = visible(String(field['message']));
  const level = field['level'];
  const shown = level === 'error' ? red(`error: ${message}`) : level === 'warn' ? yellow(`warn: ${message}`) : message;
  return `${dim(time)} ${shown}${rest === '' ? '' : ` ${dim(rest)}`}`;
}

/**
 * @param {string} line
 * @returns {boolean}
 */
function isReadyLine(line) {
  if (!line.includes('"ready"')) return false;
  try {
    return JSON.parse(line).message === 'ready';
  } catch {
    return false;
  }
}

/**
 * Shows what a process writes, each line with its name, and keeps it whole in .dev/logs/NAME.log (the file of the run
 * before as NAME.1.log). JSON stays JSON unless a person watches.
 * @param {string} name
 * @param {import('../base/output.mjs').Output} output
 * @param {boolean} whole whether a terminal shows every line; what is no terminal gets them all
 */
export function createLogSink(name, output, whole) {
  const file = join(makeFolder(paths.logs), `${name}.log`);
  if (existsSync(file)) renameSync(file, join(paths.logs, `${name}.1.log`));
  const stream = createWriteStream(file, { mode: 0o600 });
  stream.on('error', () => undefined); // a full disk costs log lines, not the run
  const prefix = output.dim(`${name.padEnd(9)} |`);
  /** @type {string[]} */
  const last = [];
  /** @type {Set<number>} */
  const ready = new Set();
  return {
    /** The last lines, for when it ends before its time. */
    last: () => last.join('\n'),
    /** Whether the process has logged that it is ready. */
    saidReady: (/** @type {number} */ pid) => ready.has(pid),
    /** @param {import('node:child_process').ChildProcess} child */
    attach(child) {
      for (const source of [child.stdout, child.stderr]) {
        if (source === null) continue;
        createInterface({ input: source }).on('line', (line) => {
          stream.write(`${line}\n`);
          last.push(line);
          if (child.pid !== undefined && isReadyLine(line)) ready.add(child.pid);
          if (last.length > 20) last.shift();
          if (output.tty && !whole && !isWorthShowing(line)) return;
          output.say(`${prefix} ${output.tty ? humanLine(line, output) : visible(line)}`);
        });
      }
    },
  };
}
