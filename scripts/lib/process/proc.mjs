// @ts-check
/* What Linux says about a process in /proc: the only reader of it, for the commands, the tests and the bench. */
import { readFileSync, readdirSync } from 'node:fs';

/** Linux counts the time of a process in hundredths of a second. */
const TICKS_A_SECOND = 100;

/**
 * @typedef {object} ProcStat
 * @property {string} state one letter: R runs, S sleeps, T is stopped (SIGSTOP), Z has ended and was not waited for
 * @property {number} parent
 * @property {string} startTicks when it began, in ticks since the machine's start
 * @property {number} cpuSeconds what it has computed, with its children that have ended
 */

/**
 * @param {number} pid
 * @returns {ProcStat | undefined} undefined when there is no such process, or no /proc
 */
export function readStat(pid) {
  try {
    const fields = afterName(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    const ticks = fields.slice(11, 15).reduce((sum, text) => sum + Number(text), 0);
    return { state: fields[0] ?? '', parent: Number(fields[1]), startTicks: fields[19] ?? '', cpuSeconds: ticks / TICKS_A_SECOND };
  } catch {
    return undefined;
  }
}

/**
 * The processes that this one has started and that still exist; their own children are left out.
 * @param {number} parent
 * @returns {number[]} empty where there is no /proc
 */
export function childrenOf(parent) {
  if (process.platform !== 'linux') return [];
  const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry)).map(Number);
  return pids.filter((pid) => readStat(pid)?.parent === parent);
}

/**
 * Whether SIGSTOP has taken effect. The kernel hands the signal to one thread, and the others run on until that one gets a
 * processor: 11 ms on an idle machine of two cores, 50 ms beside ten busy processes, long enough to answer a client.
 * @param {number} pid
 * @returns {boolean} true as well when the process has ended, and where there is no /proc
 */
export function isStopped(pid) {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    return threads.every((thread) => 'TZX'.includes(afterName(readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8'))[0] ?? ''));
  } catch {
    return true;
  }
}

/** The name in brackets may hold blanks and brackets: what is counted comes after the last one. */
const afterName = (/** @type {string} */ stat) => stat.replace(/^.*\) /s, '').split(' ');

/**
 * @param {number} pid
 * @returns {number | undefined} the bytes that it has read and written so far, from the network too; undefined when there is no
 * such process, or no /proc
 */
export function bytesMoved(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/io`, 'utf8');
    return [...text.matchAll(/^[rw]char: (\d+)$/gm)].reduce((sum, match) => sum + Number(match[1]), 0);
  } catch {
    return undefined;
  }
}

/**
 * @param {number} pid
 * @returns {number} resident memory in bytes
 * @throws {Error} when there is no such process, or no /proc
 */
export function residentBytes(pid) {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(kibibytes?.[1]) * 1024;
}
