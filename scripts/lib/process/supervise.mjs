// @ts-check
/*
 * Keeps what was started running. What ends by itself is started again after a pause that doubles; what does so too
 * often in a row is given up, and with it the whole run, because half a system is of no use. Under `npm run dev` it waits
 * instead until its files change, because the next edit is what mends it.
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
/** A process that has lived this long is healthy again. */
const HEALTHY_MS = 60_000;
/** The longest that a timer can wait. */
const FOR_EVER_MS = 2 ** 31 - 1;

/**
 * The pause before a start, by how many ends came shortly after one another; undefined when it is enough.
 * @param {number} failures 1 for the first
 * @returns {number | undefined}
 */
export function pauseMs(failures) {
  return failures > TRIES ? undefined : Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS);
}

/**
 * @typedef {object} Unit
 * @property {string} name
 * @property {Startable} current
 * @property {'restart' | 'wait'} onEnd what follows an end that was not asked for
 * @property {boolean} renewing its end was asked for
 * @property {AbortController} asked ends the wait before a start
 */

/**
 * @param {object} options
 * @param {import('../base/output.mjs').Output} options.output
 * @param {(pids: readonly number[]) => void} options.onChange the processes that run now
 * @param {(reason: string) => void} options.onGiveUp
 */
export function createSupervisor({ output, onChange, onGiveUp }) {
  /** @type {Unit[]} */
  const units = [];
  const stopping = new AbortController();
  const changed = () => onChange(units.filter(({ current }) => current.alive()).map(({ current }) => current.pid));

  /**
   * Waits before a start: so long, or until `renew` asks for it, or until everything stops.
   * @param {Unit} unit
   * @param {number} ms
   */
  const rest = async (unit, ms) => {
    unit.asked = new AbortController();
    await wait(ms, undefined, { signal: AbortSignal.any([stopping.signal, unit.asked.signal]) }).catch(() => undefined);
  };

  /**
   * @param {Unit} unit
   * @param {() => Promise<Startable>} restart
   */
  const watch = async (unit, restart) => {
    let failures = 0;
    for (;;) {
      const begun = Date.now();
      const reason = await unit.current.exited;
      if (stopping.signal.aborted) return;
      if (!unit.renewing) {
        failures = Date.now() - begun >= HEALTHY_MS ? 1 : failures + 1;
        const pause = unit.onEnd === 'wait' ? FOR_EVER_MS : pauseMs(failures);
        if (pause === undefined) return onGiveUp(`${unit.name} keeps ending (${reason})`);
        const when = unit.onEnd === 'wait' ? 'when a file of it changes' : `in ${pause / 1000} s`;
        output.warn(`${unit.name} has ended (${reason}); it is started again ${when}`);
        await rest(unit, pause);
        if (stopping.signal.aborted) return;
      }
      unit.renewing = false;
      try {
        unit.current = await restart();
      } catch (error) {
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
     * @param {Unit['onEnd']} [onEnd]
     */
    keep(name, running, restart, onEnd = 'restart') {
      /** @type {Unit} */
      const unit = { name, current: running, onEnd, renewing: false, asked: new AbortController() };
      units.push(unit);
      changed();
      watch(unit, restart).catch(() => undefined);
    },
    /**
     * Stops one, if it runs, and starts it again.
     * @param {string} name
     */
    renew(name) {
      const unit = units.find((each) => each.name === name);
      if (unit === undefined || unit.renewing) return;
      unit.renewing = true;
      unit.asked.abort();
      void unit.current.stop();
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
