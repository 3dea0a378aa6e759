/** `node packages/api/generate.ts`: writes docs/openapi.json and the tables of API.md from the endpoints. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runPlain } from '@inventory/runtime/cli/plain.ts';
import { withSection } from '@inventory/runtime/marked-section.ts';
import { endpoints } from './endpoints.ts';
import { endpointsTable, problemsTable } from './openapi/markdown.ts';
import { openApiDocument } from './openapi/openapi-document.ts';

const ROOT = join(import.meta.dirname, '..', '..');
export const openApiFile = join(ROOT, 'docs', 'openapi.json');
export const apiMarkdownFile = join(ROOT, 'API.md');

/** The text that docs/openapi.json should have. */
export function openApiText(): string {
  return `${JSON.stringify(openApiDocument(endpoints), null, 2)}\n`;
}

/** The text that API.md should have: as it is, with its tables made anew. */
export function apiMarkdownText(): string {
  const withOperations = withSection(readFileSync(apiMarkdownFile, 'utf8'), 'operations', endpointsTable(endpoints));
  return withSection(withOperations, 'problems', problemsTable());
}

if (import.meta.main) {
  await runPlain('node packages/api/generate.ts', 'Writes docs/openapi.json and the tables of API.md from the endpoints.', () => {
    writeFileSync(openApiFile, openApiText());
    writeFileSync(apiMarkdownFile, apiMarkdownText());
    process.stdout.write('wrote docs/openapi.json and the tables of API.md\n');
    return undefined;
  });
}
