/** What processes measure of themselves, scraped as Prometheus does. */
import type { Fleet, Name } from '../world/fleet.ts';
import { NAMES } from '../world/fleet.ts';

/** One line of an exposition. */
interface Sample {
  readonly name: string;
  readonly labels: string;
  readonly value: number;
}

/** By process; undefined for a process that did not answer. `pid` shows whether it was restarted between two scrapes. */
export type Scrape = ReadonlyMap<Name, { readonly pid: number; readonly samples: readonly Sample[] } | undefined>;

const SCRAPE_MS = 1_500;
const LINE = /^([a-z_]+)(?:\{([^}]*)\})? (-?[\d.e+-]+)$/i;

export async function scrape(fleet: Fleet): Promise<Scrape> {
  return new Map(await Promise.all(NAMES.map(async (name) => {
    const { pid, opsPort } = fleet.of(name);
    const samples = await getText(`http://127.0.0.1:${opsPort}/metrics`).then(parseSamples, () => undefined);
    return [name, samples === undefined ? undefined : { pid, samples }] as const;
  })));
}

export async function getText(url: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(SCRAPE_MS) });
  return response.text();
}

export function parseSamples(text: string): readonly Sample[] {
  return text.split('\n').flatMap((line): readonly Sample[] => {
    const [, name, labels = '', value] = LINE.exec(line) ?? [];
    return name === undefined || value === undefined ? [] : [{ name, labels, value: Number(value) }];
  });
}

/** The values of a metric in all processes that answered. */
export function valuesOf(scrape: Scrape, name: string, labels = /(?:)/): readonly number[] {
  return [...scrape.values()].flatMap((process) => process?.samples ?? [])
    .filter((sample) => sample.name === name && labels.test(sample.labels)).map(({ value }) => value);
}

/** The sum by which a counter has risen in all processes. A restarted process counts from 0. */
export function increase(before: Scrape, after: Scrape, name: string, labels = /(?:)/): number {
  const totalOf = (process: ReturnType<Scrape['get']>): number => (process?.samples ?? [])
    .filter((sample) => sample.name === name && labels.test(sample.labels)).reduce((sum, { value }) => sum + value, 0);
  return NAMES.reduce((sum, process) => {
    const [from, to] = [before.get(process), after.get(process)];
    if (to === undefined) return sum;
    return sum + totalOf(to) - (from?.pid === to.pid ? totalOf(from) : 0);
  }, 0);
}
