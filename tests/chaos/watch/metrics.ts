/** What processes measure of themselves, scraped as Prometheus does. */
import type { Fleet, Name } from '../world/fleet.ts';
import { NAMES } from '../world/fleet.ts';

/** One line of an exposition. */
export interface Sample {
  readonly name: string;
  readonly labels: string;
  readonly value: number;
}

/** By process; undefined for one that did not answer. */
export type Scrape = ReadonlyMap<Name, readonly Sample[] | undefined>;

const SCRAPE_MS = 1_500;
const LINE = /^([a-z_]+)(?:\{([^}]*)\})? (-?[\d.e+-]+)$/i;

export async function scrape(fleet: Fleet): Promise<Scrape> {
  return new Map(await Promise.all(NAMES.map(async (name) =>
    [name, await getText(`http://127.0.0.1:${fleet.of(name).opsPort}/metrics`).then(parseSamples, () => undefined)] as const)));
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
  return [...scrape.values()].flatMap((samples) => samples ?? [])
    .filter((sample) => sample.name === name && labels.test(sample.labels)).map(({ value }) => value);
}

/** By how much a counter has risen in all processes together. One that was started anew counts from 0. */
export function increase(before: Scrape, after: Scrape, name: string, labels = /(?:)/): number {
  const totalOf = (samples: readonly Sample[] = []): number => samples
    .filter((sample) => sample.name === name && labels.test(sample.labels)).reduce((sum, { value }) => sum + value, 0);
  return NAMES.reduce((sum, process) => {
    const [from, to] = [totalOf(before.get(process)), totalOf(after.get(process))];
    return sum + (to < from ? to : to - from);
  }, 0);
}
