import { expect } from 'chai';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { eventTypes } from './event-contract.ts';
import { isEventType, stockUpdated } from './events.ts';
import type { History } from './events-stored.ts';
import {
  newestVersion, newestVersions, pastVersions, readStoredEvent, schemaAt, tooNew, TooNew, versionsOf, writtenAs,
} from './events-stored.ts';
import { TOMORROW, tomorrowHistory } from './testing/past-versions.ts';

const GOLDEN = join(import.meta.dirname, 'testing', 'golden');
const fileOf = (type: string, version: number): string => join(GOLDEN, String(version), `${type}.json`);
const golden = (version: number, type: string): { stored: unknown; read: unknown } =>
  JSON.parse(readFileSync(fileOf(type, version), 'utf8'));

/** The versions of a history that no golden file shows. */
function withoutGolden(past: History): readonly string[] {
  return eventTypes.flatMap((type) => versionsOf(type, past).filter((version) => !existsSync(fileOf(type, version)))
    .map((version) => `${type} ${version}`));
}

describe('an event of any version', () => {
  it('that was ever written is read as its golden file says', () => {
    for (const folder of readdirSync(GOLDEN)) {
      const types = readdirSync(join(GOLDEN, folder)).map((name) => name.replace(/\.json$/, '')).filter(isEventType);
      expect(types.length, folder).to.equal(readdirSync(join(GOLDEN, folder)).length).and.above(0);
      for (const type of types) {
        const version = Number(folder);
        expect(versionsOf(type), 'a golden file of a version that is no more').to.include(version);
        const { stored, read } = golden(version, type);
        const event = readStoredEvent({ type, version, payload: stored });
        expect(event.payload, `${type} ${version}`).to.deep.equal(read);
        // What is written in this version, while the next one may not be written, reads the same.
        const { payload } = writtenAs(event, { [type]: version });
        expect(readStoredEvent({ type, version, payload }), `${type} ${version}`).to.deep.equal(event);
      }
    }
  });

  it('has a golden file: a new version without one is found', () => {
    expect(withoutGolden(pastVersions)).to.deep.equal([]);
    expect(withoutGolden(tomorrowHistory)).to.deep.equal([`${TOMORROW.type} ${TOMORROW.version}`]);
  });

  it('that this release does not know is too new, and says so', () => {
    const read = (type: string, version: number) => () => readStoredEvent({ type, version, payload: {} });
    expect(read('stock.updated', 2)).to.throw(TooNew, 'stock.updated in schema version 2 is newer than this release, which reads it up to version 1');
    expect(read('stock.stolen', 1)).to.throw(TooNew, 'the event type "stock.stolen" (version 1) is newer than this release');
    expect(tooNew(TOMORROW)?.format).to.deep.equal(TOMORROW);
    expect(tooNew(TOMORROW, tomorrowHistory)).to.equal(undefined);
    for (const version of [0, -1, 1.5, Number.NaN]) expect(read('stock.updated', version), String(version)).to.throw(RangeError, 'schema version');
  });

  // A history that never was: before the first version, `units` was what is `quantity` now; before that, a text.
  const { stored } = golden(1, 'stock.updated');
  const { quantity, ...rest } = z.looseObject({ quantity: z.int() }).parse(stored);
  const withUnits = z.looseObject({ units: z.int() });
  const past: History = {
    'stock.updated': [
      {
        schema: z.looseObject({ units: z.string() }),
        upcast: (payload) => ({ ...payload, units: Number(payload['units']) }),
        lower: (payload) => ({ ...payload, units: String(payload['units']) }),
      },
      {
        schema: withUnits,
        upcast: ({ units, ...others }) => ({ ...others, quantity: units }),
        lower: ({ quantity: units, ...others }) => ({ ...others, units }),
      },
    ],
  };

  it('is raised step by step from the one that it was written in', () => {
    const today = readStoredEvent({ type: 'stock.updated', version: 3, payload: stored }, past);
    for (const [version, units] of [[1, String(quantity)], [2, quantity]] as const) {
      expect(readStoredEvent({ type: 'stock.updated', version, payload: { ...rest, units } }, past))
        .to.deep.equal(today);
    }
    // A type that never changed is as it was, and has no other version.
    const { stored: other } = golden(1, 'store.created');
    expect(readStoredEvent({ type: 'store.created', version: 1, payload: other }, past).payload).to.deep.equal(other);
    expect(newestVersion('store.created', past)).to.equal(1);
    expect(newestVersions(past)).to.include({ 'stock.updated': 3, 'store.created': 1 });
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

  it('is written in the newest version that is allowed, lowered step by step', () => {
    const event = readStoredEvent({ type: 'stock.updated', version: 3, payload: stored }, past);
    const { quantity: units, ...others } = z.looseObject({ quantity: z.int() }).parse(event.payload);
    expect(writtenAs(event, {}, past)).to.deep.equal({ version: 1, payload: { ...others, units: String(units) } });
    expect(writtenAs(event, { 'stock.updated': 2 }, past)).to.deep.equal({ version: 2, payload: { ...others, units } });
    expect(writtenAs(event, { 'stock.updated': 3 }, past)).to.deep.equal({ version: 3, payload: event.payload });
    // A list that another release has extended allows nothing that this one cannot write.
    expect(writtenAs(event, { 'stock.updated': 9 }, past).version).to.equal(3);
  });
});
