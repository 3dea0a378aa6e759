/**
 * What an operator would have seen while something was wrong: readiness of each process, `relay status`, and the alerts.
 * Watched once a second from before the fault until all is clear.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Fleet } from '../world/fleet.ts';
import { NAMES } from '../world/fleet.ts';
import { alertsOf } from './alerts.ts';
import { getText, scrape } from './metrics.ts';
import type { Scrape } from './metrics.ts';

export interface Signs {
  /** `relay-1: not ready: nats`, each once. */
  readonly readiness: readonly string[];
  /** The problems that `relay status` named, or how it failed; `says nothing` when it found no problem. */
  readonly relayStatus: readonly string[];
  readonly alerts: readonly string[];
}

interface SignWatch {
  /** Has `relay status` typed some seconds from now, as an operator types it after the alert. */
  typeStatus(): void;
  /** Ends the watch. */
  stop(): Promise<Signs>;
}

const EVERY_MS = 1_000;
const STATUS_AFTER_MS = 2_500;
const STATUS_MS = 15_000;

/** @param first the scrape before the fault */
export function watchSigns(fleet: Fleet, first: Scrape): SignWatch {
  const readiness = new Set<string>();
  const alerts = new Set<string>();
  const status = new Set<string>();
  const over = new AbortController();
  const look = async (): Promise<void> => {
    while (!over.signal.aborted) {
      await Promise.all(NAMES.map(async (name) => {
        const said = await getText(`http://127.0.0.1:${fleet.of(name).opsPort}/readyz`).then((text) => text.trim(), () => 'no answer');
        if (said !== 'ok') readiness.add(`${name}: ${said}`);
      }));
      for (const alert of alertsOf(await scrape(fleet), first)) alerts.add(alert);
      await delay(EVERY_MS, undefined, { signal: over.signal }).catch(() => undefined);
    }
  };
  const type = async (): Promise<void> => {
    await delay(STATUS_AFTER_MS, undefined, { signal: over.signal }).catch(() => undefined);
    for (const line of await relayStatus(fleet)) status.add(line);
  };
  const watching = [look()];
  return {
    typeStatus() { watching.push(type()); },
    async stop() {
      over.abort();
      await Promise.all(watching);
      return { readiness: [...readiness].toSorted(), relayStatus: [...status], alerts: [...alerts] };
    },
  };
}

/** The lines that say what is wrong; empty where nothing is. */
export async function relayProblems(fleet: Fleet): Promise<readonly string[]> {
  const { code, said } = await fleet.command('relay-1', ['status'], STATUS_MS);
  if (code === 0) return [];
  const problems = said.split('\n').filter((line) => line.startsWith('! ')).map((line) => line.slice(2));
  return problems.length > 0 ? problems : [`ends with ${String(code)}: ${said.split('\n').at(-1)?.slice(0, 160) ?? ''}`];
}

async function relayStatus(fleet: Fleet): Promise<readonly string[]> {
  const problems = await relayProblems(fleet);
  return problems.length === 0 ? ['says nothing'] : problems;
}
