/** `node packages/relay/generate.ts`: writes docs/asyncapi.json and docs/event-schemas from the schemas of the events. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { asyncApiDocument, eventJsonSchema, eventTypes } from '@inventory/domain/event-contract.ts';
import { versionsOf } from '@inventory/domain/events-stored.ts';
import { runPlain } from '@inventory/runtime/cli/plain.ts';

const docs = join(import.meta.dirname, '..', '..', 'docs');

/** What each generated file should say, by its path. */
export function contractFiles(): ReadonlyMap<string, string> {
  const text = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
  return new Map([
    [join(docs, 'asyncapi.json'), text(asyncApiDocument())],
    ...eventTypes.flatMap((type) => versionsOf(type).map((version): [string, string] => [
      join(docs, 'event-schemas', type, `${version}.json`), text(eventJsonSchema(type, version)),
    ])),
  ]);
}

if (import.meta.main) {
  await runPlain('node packages/relay/generate.ts', 'Writes docs/asyncapi.json and docs/event-schemas from the schemas of the events.', () => {
    for (const [path, text] of contractFiles()) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }
    process.stdout.write('wrote docs/asyncapi.json and docs/event-schemas\n');
    return undefined;
  });
}
