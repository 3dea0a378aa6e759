// @ts-check
/*
 * Keeps what was started running. What ends by itself is started again after a pause that doubles; what does so too
 * often in a row is given up, and with it the whole run: a half-running system helps nobody.
 */
import { setTimeout as wait } from 'node:timers/promises';

/**
 * @typedef {object} Startable something that runs: a server or a process
 * @property {number} pid
 * @property {Promise<string>} exited
 * @property {() => boolean} alive
 * @property {() => Promise<void>} stop
 * @property {() => Promise<void>} kill
 */

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
const TRIES = 6;
/** Who has lived this long is healthy again. */
const HEALTHY_MS = 60_000;

/**
 * The pause before a start, by how many ends came shortly after one another; undefined when it is enough.
 * @param {number} failures 1 for the first
 * @returns {number | undefined}
 */
export function pauseMs(failures) {
  return failures > TRIES ? undefined : Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS);
}

/**
 * @param {object} options
 * @param {import('../base/output.mjs').Output} options.output
 * @param {(pids: readonly number[]) => void} options.onChange the processes that run now
 * @param {(reason: string) => void} options.onGiveUp
 */
export function createSupervisor({ output, onChange, onGiveUp }) {
  /** @type {{ name: string, current: Startable }[]} */
  const units = [];
  const stopping = new AbortController();
  const changed = () => onChange(units.filter(({ current }) => current.alive()).map(({ current }) => current.pid));

  /**
   * @param {{ name: string, current: Startable }} unit
   * @param {() => Promise<Startable>} restart
   */
  const watch = async (unit, restart) => {
    let failures = 0;
    for (;;) {
      const begun = Date.now();
      const reason = await unit.current.exited;
      if (stopping.signal.aborted) return;
      failures = Date.now() - begun >= HEALTHY_MS ? 1 : failures + 1;
      const pause = pauseMs(failures);
      if (pause === undefined) return onGiveUp(`${unit.name} keeps ending (${reason})`);
      output.warn(`${unit.name} has ended (${reason}); it is started again in ${pause / 1000} s`);
      try {
        await wait(pause, undefined, { signal: stopping.signal });
        unit.current = await restart();
      } catch (error) {
        if (stopping.signal.aborted) return;
        return onGiveUp(`${unit.name} could not be started again: ${error instanceof Error ? error.message : error}`);
      }
      if (stopping.signal.aborted) return unit.current.kill();
      changed();
    }
  };

  return {
    /**
     * @param {string} name
     * @param {Startable} running
     * @param {() => Promise<Startable>} restart
     */
    keep(name, running, restart) {
      const unit = { name, current: running };
      units.push(unit);
      changed();
      watch(unit, restart).catch(() => undefined);
    },
    /**
     * Stops all, those that were added last first: the processes before the servers that they use.
     * @param {readonly (readonly string[])[]} groups names that may stop side by side
     */
    async stop(groups) {
      stopping.abort();
      for (const names of groups) {
        await Promise.all(units.filter(({ name }) => names.includes(name)).map(({ current }) => current.stop()));
      }
    },
    /** For the impatient: everything at once, with SIGKILL. */
    async kill() {
      stopping.abort();
      await Promise.all(units.map(({ current }) => current.kill()));
    },
  };
}
