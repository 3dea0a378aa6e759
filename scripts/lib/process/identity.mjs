// @ts-check
/* Which process a process id means: the one that began at a certain time, and no later one. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readStat } from './proc.mjs';

/**
 * @typedef {object} Identity one process and no other: the system gives a process id to another process later
 * @property {number} pid
 * @property {string} since when it began, in words that only this machine understands
 */

/**
 * @param {number} pid
 * @returns {string | undefined} undefined when there is no such process, or only the entry of one that has ended
 */
function startOf(pid) {
  try {
    if (process.platform === 'linux') {
      const stat = readStat(pid);
      if (stat === undefined || stat.state === 'Z' || stat.state === 'X') return undefined;
      return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${stat.startTicks}`;
    }
    if (process.platform === 'win32') {
      process.kill(pid, 0);
      return 'running';
    }
    const text = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', stdio: 'pipe' });
    return text.trim() || undefined;
  } catch {
    return undefined;
  }
}

/**
 * @param {number} [pid]
 * @returns {Identity}
 */
export function identify(pid = process.pid) {
  return { pid, since: startOf(pid) ?? 'gone' };
}

/**
 * Whether that very process still runs.
 * @param {Identity} identity
 * @returns {boolean}
 */
export function isAlive({ pid, since }) {
  return startOf(pid) === since;
}
