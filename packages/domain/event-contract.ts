/**
 * The contract with consumers, made from the schemas that events are read with: a JSON Schema for each type and version,
 * and the AsyncAPI document. `npm run generate` writes them to docs/event-schemas and docs/asyncapi.json.
 */
import { z } from 'zod';
import { eventSchemas, isEventType } from './events.ts';
import type { EventType } from './events.ts';
import { newestVersion, schemaAt } from './events-stored.ts';

type Json = Readonly<Record<string, unknown>>;

const SUMMARIES: Readonly<Record<EventType, string>> = {
  'stock.updated': 'Units came in, went out or were counted',
  'reservation.created': 'Units are held for a customer',
  'reservation.confirmed': 'A hold became a sale; the rest of it is released',
  'reservation.cancelled': 'A hold was given up',
  'reservation.expired': 'A hold ran out',
  'reservation.extended': 'A hold runs longer',
  'reservation.rejected': 'Demand that could not be met; it changes nothing and has no version',
  'product.created': 'A product is in the catalogue',
  'product.updated': 'A product has other data',
  'product.archived': 'A product is no longer offered',
  'store.created': 'A store is there',
  'store.updated': 'A store has another name, place, group or state',
  'customer.erased': 'A customer was forgotten: drop what you have derived of him',
};

export const eventTypes: readonly EventType[] = Object.keys(eventSchemas).filter(isEventType);

/** The header ce-dataschema of an event of this type and version. */
export function dataSchemaOf(type: string, version: number): string {
  return `urn:inventory:schema:${type}:${version}`;
}

/**
 * The JSON Schema (2020-12) of a type's payload; undefined when there is no such version. Members that it does not name
 * are allowed: they may be added without a new version.
 */
export function eventJsonSchema(type: EventType, version: number): Json | undefined {
  const schema = schemaAt(type, version);
  if (schema === undefined) return undefined;
  const { $schema, ...body } = z.toJSONSchema(schema, { target: 'draft-2020-12', io: 'input' });
  return { $schema, $id: dataSchemaOf(type, version), title: type, description: SUMMARIES[type], ...body };
}

const HEADERS: Readonly<Record<string, Json>> = {
  'content-type': { const: 'application/json' },
  'ce-specversion': { const: '1.0' },
  'ce-id': { type: 'string', format: 'uuid', description: 'The event\'s id, the same in the stream and in every replay' },
  'ce-type': { type: 'string' },
  'ce-source': { const: '/inventory' },
  'ce-subject': { type: 'string', format: 'uuid', description: 'The aggregate: product, reservation, attempt, store or customer' },
  'ce-time': { type: 'string', format: 'date-time', description: 'When it happened, by the clock of the database' },
  'ce-dataschema': { type: 'string', description: 'urn:inventory:schema:<type>:<version>' },
  'ce-partitionkey': { type: 'string', format: 'uuid', description: 'Events of one key are in their order' },
  'ce-sequence': { type: 'string', pattern: '^[1-9][0-9]*$', description: 'The position in the log' },
  'ce-epoch': { type: 'string', pattern: '^[1-9][0-9]*$', description: 'The epoch of the log that it was published in' },
  'ce-traceparent': { type: 'string', description: 'W3C trace context of the request, where there was one' },
  Repair: { const: 'true', description: 'Published again behind the end of the stream, out of its order' },
  Replay: { const: 'true', description: 'Published again by relay replay' },
  'Replay-Id': { type: 'string' },
};
const OPTIONAL = ['ce-epoch', 'ce-traceparent', 'Repair', 'Replay', 'Replay-Id'];

/** The AsyncAPI 3.0 document: two channels for each type, live and replayed. */
export function asyncApiDocument(): Json {
  const perType = <T>(make: (type: EventType) => T) => Object.fromEntries(eventTypes.map((type) => [type, make(type)]));
  const store = { store_id: { $ref: '#/components/parameters/store_id' } };
  const replayed = { replay_id: { $ref: '#/components/parameters/replay_id' }, ...store };
  const channel = (type: EventType, address: string, parameters: Json, title: string): Json => ({
    address, title, summary: SUMMARIES[type],
    messages: { [type]: { $ref: `#/components/messages/${type}` } },
    parameters,
  });
  const operation = (name: string, type: EventType): Json => ({
    action: 'send',
    channel: { $ref: `#/channels/${name}` },
    messages: [{ $ref: `#/channels/${name}/messages/${type}` }],
  });
  const live = perType((type) => channel(type, `${type}.{store_id}`, store, type));
  const replays = Object.fromEntries(eventTypes.map((type) => [
    `replay.${type}`, channel(type, `replay.{replay_id}.${type}.{store_id}`, replayed, `${type}, replayed`)]));
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Inventory events', version: `${Math.max(...eventTypes.map((type) => newestVersion(type)))}.0.0`, license: { name: 'Proprietary' },
      description: 'Everything that happened to stock, holds, products, stores and customers, as CloudEvents 1.0 in binary mode on '
        + 'the JetStream streams INVENTORY (live) and REPLAY_<id>. docs/events.md says what is promised.',
    },
    defaultContentType: 'application/json',
    servers: {
      nats: { host: 'localhost:4222', protocol: 'nats', description: 'NATS with JetStream; NATS_URL says which one' },
    },
    channels: { ...live, ...replays },
    operations: Object.fromEntries([...Object.keys(live), ...Object.keys(replays)].map((name) => {
      const type = name.replace(/^replay\./, '');
      if (!isEventType(type)) throw new TypeError(`no event type ${type}`);
      return [`publish.${name}`, operation(name, type)];
    })),
    components: {
      parameters: {
        store_id: { description: 'The store; GLOBAL for products and customers', examples: ['MAD-001', 'GLOBAL'] },
        replay_id: { description: 'What relay replay printed', examples: ['5f1c0a9be2'] },
      },
      messages: perType((type) => ({
        name: type, title: SUMMARIES[type], contentType: 'application/json',
        headers: {
          type: 'object',
          properties: { ...HEADERS, 'ce-type': { const: type },
            'ce-dataschema': { const: dataSchemaOf(type, newestVersion(type)) } },
          required: Object.keys(HEADERS).filter((name) => !OPTIONAL.includes(name)),
        },
        payload: { $ref: `#/components/schemas/${type}` },
      })),
      schemas: perType((type) => {
        const { $schema: _schema, $id: _id, ...schema } = eventJsonSchema(type, newestVersion(type)) ?? {};
        return schema;
      }),
    },
  };
}
