/**
 * `node tests/repository/generate.ts`: writes .env.example and the table of docs/variables.md from the configurations of
 * the three processes, and the types of the tests' client from the OpenAPI document.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { envExample, variablesTable } from '@inventory/runtime/config/text.ts';
import openapiTS, { astToString } from 'openapi-typescript';
import { openApiText } from '@inventory/api/generate.ts';
import { withSection } from '@inventory/runtime/marked-section.ts';
import { processConfigs } from './configs.ts';

export const envExampleFile = join(import.meta.dirname, '..', '..', '.env.example');

/** What .env.example should say. */
export function envExampleText(): string {
  return envExample<unknown>(Object.values(processConfigs));
}

export const variablesFile = join(import.meta.dirname, '..', '..', 'docs', 'variables.md');

/** What docs/variables.md should say: its prose as it is, with a new table. */
export function variablesText(): string {
  return withSection(readFileSync(variablesFile, 'utf8'), 'variables', variablesTable<unknown>(Object.values(processConfigs)));
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
  process.stdout.write(`wrote .env.example, ${TYPES} and the table of docs/variables.md\n`);
}
