import { expect } from 'chai';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { CloudEvent, HTTP } from 'cloudevents';
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { dataSchemaOf, eventJsonSchema, eventTypes } from '@inventory/domain/event-contract.ts';
import { contractFiles } from './generate.ts';
import { makeMessage } from './publish/message.ts';
import type { Message, OutboxRow } from './publish/message.ts';

const GOLDEN = join(import.meta.dirname, '..', 'domain', 'testing', 'golden', '1');
const payloadOf = (type: string): unknown => JSON.parse(readFileSync(join(GOLDEN, `${type}.json`), 'utf8')).stored;

const rowOf = (type: string): OutboxRow => ({
  position: 4711, id: '0198a000-0000-7000-8000-00000000000a', event_type: type, store_id: 'MAD-001',
  aggregate_id: '0198a000-0000-7000-8000-00000000000b', payload: JSON.stringify(payloadOf(type)),
  timestamp: new Date('2026-11-24T10:28:00.098Z'), stream_id: '0198a000-0000-7000-8000-00000000000c',
  schema_version: 1, traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
});
const messageOf = (type: string): Message => {
  const made = makeMessage(rowOf(type), { maxPayload: 1_048_576, epoch: 1 });
  if ('unpublishable' in made) throw new Error(made.unpublishable);
  return made.message;
};

describe('what consumers build on', () => {
  it('is committed as the schemas say; npm run generate writes it', () => {
    const files = contractFiles();
    for (const [path, text] of files) {
      expect(readFileSync(path, 'utf8') === text, `npm run generate would change ${path}`).to.equal(true);
    }
    const folder = join(import.meta.dirname, '..', '..', 'docs', 'event-schemas');
    const committed = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.json'));
    expect(committed, 'and nothing that is generated no more').to.have.length(files.size - 1);
  });

  it('is a CloudEvent in binary mode: the official package reads it, strictly', () => {
    for (const type of eventTypes) {
      const { headers, data, subject } = messageOf(type);
      const event = HTTP.toEvent({ headers: Object.fromEntries(headers), body: Buffer.from(data).toString() });
      if (!(event instanceof CloudEvent)) throw new Error('one message is one event');
      expect(event.validate(), type).to.equal(true);
      expect(event).to.include({
        specversion: '1.0', id: rowOf(type).id, type, source: '/inventory', subject: rowOf(type).aggregate_id,
        time: '2026-11-24T10:28:00.098Z', dataschema: dataSchemaOf(type, 1), datacontenttype: 'application/json',
        partitionkey: rowOf(type).stream_id, sequence: '4711', epoch: '1',
      });
      expect(event.data).to.deep.equal(payloadOf(type));
      expect(subject).to.equal(`${type}.MAD-001`);
    }
  });

  it('fits its JSON Schema, with members to come too, and not with one missing', () => {
    const ajv = new Ajv2020({ strict: true, allErrors: true });
    addFormats.default(ajv);
    for (const type of eventTypes) {
      const validate = ajv.compile(eventJsonSchema(type, 1) ?? {});
      const payload = new Map(Object.entries(payloadOf(type) ?? {}));
      const holds = (members: Iterable<readonly [string, unknown]>) => validate(Object.fromEntries(members));
      expect(holds(payload), JSON.stringify(validate.errors)).to.equal(true);
      expect(holds([...payload, ['added_in_2030', true]]), type).to.equal(true);
      for (const name of payload.keys()) {
        expect(holds([...payload].filter(([member]) => member !== name)), `${type} without ${name}`).to.equal(false);
      }
    }
  });

  it('is an AsyncAPI document by the schema of AsyncAPI 3.0', () => {
    const require = createRequire(import.meta.url);
    const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
    const validate = ajv.compile(require('@asyncapi/specs/schemas/3.0.0-without-$id.json'));
    const [path = ''] = [...contractFiles().keys()].filter((file) => file.endsWith('asyncapi.json'));
    expect(validate(JSON.parse(readFileSync(path, 'utf8'))), JSON.stringify(validate.errors?.slice(0, 5))).to.equal(true);
  });
});
