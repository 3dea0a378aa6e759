// @ts-check
/* A lock that is a file with its owner: taken over from an owner that has ended, never from one that lives. */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { makeFolder } from '../base/paths.mjs';
import { identify, isAlive } from './identity.mjs';

/**
 * @typedef {object} Holder
 * @property {import('./identity.mjs').Identity} owner
 * @property {readonly import('./identity.mjs').Identity[]} children what the owner has started
 *
 * @typedef {object} Lock
 * @property {(children: readonly number[]) => void} record notes the processes that were started
 * @property {() => void} release
 * @property {Holder | undefined} predecessor who held it before and ended without releasing it
 */

/**
 * @param {string} file
 * @returns {Holder | undefined}
 */
export function readLock(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * The holder of the lock, if it still runs.
 * @param {string} file
 * @returns {Holder | undefined}
 */
export function liveHolder(file) {
  const holder = readLock(file);
  return holder !== undefined && isAlive(holder.owner) ? holder : undefined;
}

/**
 * Takes a lock that is a file naming its owner. The lock of a process that has ended is taken over.
 * @param {string} file
 * @returns {Lock | Holder} the living holder when there is one
 */
export function tryLock(file) {
  makeFolder(dirname(file));
  const mine = `${file}.${process.pid}`;
  /** @type {Holder | undefined} */
  let predecessor;
  /** @param {readonly number[]} children */
  const write = (children) =>
    writeFileSync(mine, JSON.stringify({ owner: identify(), children: children.map((pid) => identify(pid)) }));
  write([]);
  for (let attempt = 0; ; attempt += 1) {
    try {
      linkSync(mine, file); // appears whole or not at all
      break;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST') || attempt > 20) throw error;
    }
    const holder = liveHolder(file);
    if (holder !== undefined) {
      rmSync(mine, { force: true });
      return holder;
    }
    predecessor = readLock(file) ?? predecessor;
    clearStale(file, `${mine}.stale`);
  }
  rmSync(mine);
  let released = false;
  return {
    predecessor,
    record: (children) => {
      if (released) return;
      write(children);
      renameSync(mine, file);
    },
    release: () => {
      released = true;
      if (readLock(file)?.owner.pid === process.pid) rmSync(file, { force: true });
    },
  };
}

/**
 * Two processes may find the same stale lock: it is moved aside first, and put back when it turns out to be alive,
 * because another process was quicker.
 * @param {string} file
 * @param {string} aside
 */
function clearStale(file, aside) {
  try {
    renameSync(file, aside);
  } catch {
    return; // somebody else has moved it
  }
  if (liveHolder(aside) !== undefined) {
    try {
      linkSync(aside, file);
    } catch {
      // a third process has the lock by now; the owner of this one finds out when it writes
    }
  }
  rmSync(aside, { force: true });
}

/**
 * Does work that only one process at a time may do, waiting for its turn.
 * @template T
 * @param {string} file
 * @param {() => void} onWait called once when another process is at work
 * @param {() => Promise<T>} work
 * @param {number} [timeoutMs]
 * @returns {Promise<T>}
 */
export async function withLock(file, onWait, work, timeoutMs = 15 * 60_000) {
  const deadline = Date.now() + timeoutMs;
  let told = false;
  for (;;) {
    const lock = tryLock(file);
    if ('release' in lock) return work().finally(() => lock.release());
    if (!told) onWait();
    told = true;
    if (Date.now() > deadline) throw new Error(`process ${lock.owner.pid} has held ${file} for too long`);
    await wait(200);
  }
}
