/**
 * `node tests/repository/generate.ts`: writes .env.example and the table of docs/variables.md from the configurations of
 * the three processes, the types of the tests' client from the OpenAPI document, and the tables of docs/benchmarks.md and
 * docs/scaling.md from docs/benchmarks.json.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { envExample, variablesTable } from '@inventory/runtime/config/text.ts';
import openapiTS, { astToString } from 'openapi-typescript';
import { openApiText } from '@inventory/api/generate.ts';
import { withSection } from '@inventory/api/openapi/markdown.ts';
import { benchmarksTable, readResults } from '@inventory/bench/results.ts';
import { scalingTable } from '@inventory/bench/scaling.ts';
import { processConfigs } from './configs.ts';

export const envExampleFile = join(import.meta.dirname, '..', '..', '.env.example');

/** What .env.example should say. */
export function envExampleText(): string {
  return envExample<unknown>(Object.values(processConfigs));
}

export const variablesFile = join(import.meta.dirname, '..', '..', 'docs', 'variables.md');

/** What docs/variables.md should say: as it is, with its table made anew. */
export function variablesText(): string {
  return withSection(readFileSync(variablesFile, 'utf8'), 'variables', variablesTable<unknown>(Object.values(processConfigs)));
}

export const benchmarksFile = join(import.meta.dirname, '..', '..', 'docs', 'benchmarks.md');
export const scalingFile = join(import.meta.dirname, '..', '..', 'docs', 'scaling.md');

/** What docs/benchmarks.md should say: its prose as it is, with the table of docs/benchmarks.json. */
export function benchmarksText(): string {
  return withSection(readFileSync(benchmarksFile, 'utf8'), 'benchmarks', `\n${benchmarksTable(readResults())}\n`);
}

/** What docs/scaling.md should say: its prose as it is, with what the simulation makes of docs/benchmarks.json. */
export function scalingText(): string {
  return withSection(readFileSync(scalingFile, 'utf8'), 'scaling', `\n${scalingTable(readResults())}\n`);
}

/** Writes both anew: `npm run bench` does so, too, at the end of a whole run. */
export function writeFigures(): void {
  writeFileSync(benchmarksFile, benchmarksText());
  writeFileSync(scalingFile, scalingText());
}

const TYPES = 'packages/api/testing/contract/client.ts';
export const clientTypesFile = join(import.meta.dirname, '..', '..', TYPES);

/** What the types of a client of the API should be. */
export async function clientTypesText(): Promise<string> {
  return `// Made of docs/openapi.json by openapi-typescript: npm run generate writes it.\n${
    astToString(await openapiTS(openApiText(), { silent: true }))}`;
}

if (import.meta.main) {
  writeFileSync(envExampleFile, envExampleText());
  writeFileSync(variablesFile, variablesText());
  writeFileSync(clientTypesFile, await clientTypesText());
  writeFigures();
  process.stdout.write(`wrote .env.example, ${TYPES} and the tables of docs/variables.md, benchmarks.md and scaling.md\n`);
}
