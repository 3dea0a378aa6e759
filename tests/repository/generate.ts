/**
 * `node tests/repository/generate.ts`: writes .env.example and the table of docs/variables.md from the configurations of
 * the three processes, and what packages/client has from the OpenAPI document.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runPlain } from '@inventory/runtime/cli/plain.ts';
import { envExample, variablesTable } from '@inventory/runtime/config/text.ts';
import { withSection } from '@inventory/runtime/marked-section.ts';
import { clientOperationsText, clientTypesText } from './client-sources.ts';
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

const CLIENT = 'packages/client/generated';
export const clientTypesFile = join(import.meta.dirname, '..', '..', CLIENT, 'openapi.ts');
export const clientOperationsFile = join(import.meta.dirname, '..', '..', CLIENT, 'operations.ts');

if (import.meta.main) {
  await runPlain('node tests/repository/generate.ts', 'Writes .env.example, the table of docs/variables.md and packages/client/generated.', async () => {
    writeFileSync(envExampleFile, envExampleText());
    writeFileSync(variablesFile, variablesText());
    writeFileSync(clientTypesFile, await clientTypesText());
    writeFileSync(clientOperationsFile, clientOperationsText());
    process.stdout.write(`wrote .env.example, ${CLIENT} and the table of docs/variables.md\n`);
    return undefined;
  });
}
