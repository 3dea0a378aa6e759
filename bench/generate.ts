/** `node bench/generate.ts`: writes the tables of docs/benchmarks.md and docs/scaling.md from docs/benchmarks.json. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runPlain } from '@inventory/runtime/cli/plain.ts';
import { withSection } from '@inventory/runtime/marked-section.ts';
import { benchmarksTable, readResults } from './results/results.ts';
import { scalingTable } from './results/scaling.ts';

export const benchmarksFile = join(import.meta.dirname, '..', 'docs', 'benchmarks.md');
export const scalingFile = join(import.meta.dirname, '..', 'docs', 'scaling.md');

/** What docs/benchmarks.md should say: its prose as it is, with the table of docs/benchmarks.json. */
export function benchmarksText(): string {
  return withSection(readFileSync(benchmarksFile, 'utf8'), 'benchmarks', `\n${benchmarksTable(readResults())}\n`);
}

/** What docs/scaling.md should say: its prose as it is, with what the simulation makes of docs/benchmarks.json. */
export function scalingText(): string {
  return withSection(readFileSync(scalingFile, 'utf8'), 'scaling', `\n${scalingTable(readResults())}\n`);
}

/** Writes both tables; `npm run bench` does so, too, at the end of a whole run. */
export function writeFigures(): void {
  writeFileSync(benchmarksFile, benchmarksText());
  writeFileSync(scalingFile, scalingText());
}

if (import.meta.main) {
  await runPlain('node bench/generate.ts', 'Writes the tables of docs/benchmarks.md and docs/scaling.md from docs/benchmarks.json.', () => {
    writeFigures();
    process.stdout.write('wrote the tables of docs/benchmarks.md and docs/scaling.md\n');
    return undefined;
  });
}
