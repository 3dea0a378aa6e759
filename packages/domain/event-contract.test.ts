import { expect } from 'chai';
import { asyncApiDocument, dataSchemaOf, eventJsonSchema, eventTypes } from './event-contract.ts';
import { eventSchemas } from './events.ts';

describe('the JSON Schema of an event', () => {
  it('exists for every type, names itself as ce-dataschema does, and allows what it does not name', () => {
    expect(eventTypes).to.deep.equal(Object.keys(eventSchemas));
    for (const type of eventTypes) {
      const schema = eventJsonSchema(type, 1);
      expect(schema, type).to.include({ $id: dataSchemaOf(type, 1), title: type, type: 'object' })
        .and.not.have.property('additionalProperties');
    }
    expect(eventJsonSchema('stock.updated', 0)).to.equal(undefined);
    expect(eventJsonSchema('stock.updated', 99)).to.equal(undefined);
  });
});

describe('the AsyncAPI document', () => {
  it('has a channel for every type, live and replayed, and every reference in it resolves', () => {
    const document = asyncApiDocument();
    const text = JSON.stringify(document);
    for (const type of eventTypes) {
      expect(text).to.contain(`"${type}.{store_id}"`).and.contain(`"replay.{replay_id}.${type}.{store_id}"`);
    }
    for (const [, reference = ''] of text.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
      const target = reference.split('/').reduce<unknown>((node, name) =>
        (typeof node === 'object' && node !== null ? new Map(Object.entries(node)).get(name) : undefined), document);
      expect(target, reference).to.be.an('object');
    }
  });
});
