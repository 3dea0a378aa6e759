import { expect } from 'chai';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { eventTypes } from './event-contract.ts';
import { SCHEMA_VERSION, stockUpdated } from './events.ts';
import type { PastVersion } from './events-stored.ts';
import { pastVersions, readStoredEvent, schemaAt, schemaVersions } from './events-stored.ts';

const GOLDEN = join(import.meta.dirname, 'testing', 'golden');
const golden = (version: number, type: string): { stored: unknown; read: unknown } =>
  JSON.parse(readFileSync(join(GOLDEN, String(version), `${type}.json`), 'utf8'));

describe('an event of any version', () => {
  it('that was ever written is read as its golden file says', () => {
    expect(readdirSync(GOLDEN).map(Number).sort()).to.deep.equal(schemaVersions);
    expect(pastVersions).to.have.length(SCHEMA_VERSION - 1);
    for (const version of schemaVersions) {
      expect(readdirSync(join(GOLDEN, String(version)))).to.have.members(eventTypes.map((type) => `${type}.json`));
      for (const type of eventTypes) {
        const { stored, read } = golden(version, type);
        expect(readStoredEvent({ type, version, payload: stored }).payload, `${type} ${version}`).to.deep.equal(read);
      }
    }
  });

  it('that this code does not know is refused', () => {
    for (const version of [0, -1, 1.5, SCHEMA_VERSION + 1, Number.NaN]) {
      expect(() => readStoredEvent({ type: 'stock.updated', version, payload: {} }), String(version))
        .to.throw(RangeError, 'schema version');
    }
    expect(() => readStoredEvent({ type: 'stock.stolen', version: 1, payload: {} })).to.throw(TypeError);
  });

  // A history that never was: before the first version, `units` was what is `quantity` now; before that, a text.
  const { stored } = golden(1, 'stock.updated');
  const { quantity, ...rest } = z.looseObject({ quantity: z.int() }).parse(stored);
  const withUnits = z.looseObject({ units: z.int() });
  const past: readonly PastVersion[] = [
    { schemas: { 'stock.updated': z.looseObject({ units: z.string() }) },
      upcast: { 'stock.updated': (payload) => ({ ...payload, units: Number(payload['units']) }) } },
    { schemas: { 'stock.updated': withUnits },
      upcast: { 'stock.updated': ({ units, ...others }) => ({ ...others, quantity: units }) } },
  ];

  it('is raised step by step from the one that it was written in', () => {
    const today = readStoredEvent({ type: 'stock.updated', version: 3, payload: stored }, past);
    for (const [version, units] of [[1, String(quantity)], [2, quantity]] as const) {
      expect(readStoredEvent({ type: 'stock.updated', version, payload: { ...rest, units } }, past))
        .to.deep.equal(today);
    }
    // A type that never changed is as it was.
    const { stored: other } = golden(1, 'store.created');
    expect(readStoredEvent({ type: 'store.created', version: 1, payload: other }, past).payload).to.deep.equal(other);
  });

  it('is held to the schema of its own version, and no other', () => {
    for (const [version, units] of [[1, quantity], [2, String(quantity)], [3, quantity]] as const) {
      expect(() => readStoredEvent({ type: 'stock.updated', version, payload: { ...rest, units } }, past))
        .to.throw(z.ZodError);
    }
    expect(schemaAt('stock.updated', 2, past)).to.equal(withUnits);
    expect(schemaAt('stock.updated', 3, past)).to.equal(stockUpdated);
    expect(schemaAt('stock.updated', 4, past)).to.equal(undefined);
  });
});
