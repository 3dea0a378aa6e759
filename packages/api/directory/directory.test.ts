import { expect } from 'chai';
import type { Place } from '@inventory/domain/places.ts';
import { directoryOf } from './directory.ts';

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function drawing(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

type Vector = readonly [number, number, number];

function vectorOf({ latitude, longitude }: Place): Vector {
  const [lat, lon] = [(latitude * Math.PI) / 180, (longitude * Math.PI) / 180];
  return [Math.cos(lat) * Math.cos(lon), Math.cos(lat) * Math.sin(lon), Math.sin(lat)];
}

/** The great-circle distance by the angle of two vectors: another formula than the one that is tested. */
function angularKm([ax, ay, az]: Vector, [bx, by, bz]: Vector): number {
  const cross = Math.hypot(ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx);
  return 6371.0088 * Math.atan2(cross, ax * bx + ay * by + az * bz);
}

const named = (id: string, more: object = {}) => ({ id, name: `Store ${id}`, ...more });

describe('the directory of stores', () => {
  it('finds what lies near a place, the nearest first: 10 000 drawn places, over the poles and the date line', function () {
    this.timeout(30_000);
    const seed = Math.trunc(Math.random() * 2 ** 31);
    console.info(`      seed ${seed}`);
    const draw = drawing(seed);
    const placeOf = (): Place => ({ latitude: draw() * 180 - 90, longitude: draw() * 360 - 180 });
    const stores = Array.from({ length: 10_000 }, (_, nth) => {
      const place = placeOf();
      return { ...named(`S-${String(nth).padStart(5, '0')}`), ...place, status: draw() < 0.1 ? 'CLOSED' : 'OPEN', at: vectorOf(place) };
    });
    const directory = directoryOf(stores);
    const open = stores.filter(({ id }) => !directory.closed.has(id));
    expect(directory.closed.size).to.be.within(500, 1_500);
    const corners: Place[] = [{ latitude: 90, longitude: 0 }, { latitude: -90, longitude: 0 }, { latitude: 0, longitude: 180 }, { latitude: 0, longitude: -180 }];
    for (const place of [...corners, ...Array.from({ length: 20 }, placeOf)]) {
      const from = vectorOf(place);
      const distances = new Map(open.map(({ id, at }) => [id, angularKm(from, at)]));
      for (const radius of [1, 50, 500, 5_000, 20_038]) {
        const found = directory.near(place, radius);
        const ids = new Set(found.map(({ id }) => id));
        const wrong = [...distances].filter(([id, km]) => ids.has(id) !== km < radius)
          // Within a centimetre of the radius the two formulas may differ.
          .filter(([, km]) => Math.abs(km - radius) > 1e-5);
        expect(wrong, `seed ${seed}: ${radius} km around ${JSON.stringify(place)}`).to.deep.equal([]);
        const order = found.map(({ distanceKm = 0 }) => distanceKm);
        expect(order).to.deep.equal(order.toSorted((a, b) => a - b));
        for (const { id, distanceKm = 0 } of found.slice(0, 20)) expect(distanceKm).to.be.closeTo(distances.get(id) ?? Number.NaN, 1e-4);
      }
    }
  });

  it('knows the open stores of a group, by id, and a group whose stores are all closed; no group is not an empty one', () => {
    const directory = directoryOf([
      named('C-1', { groups: ['east', 'all'] }), named('A-1', { groups: ['all'] }), named('B-1', { groups: ['west'], status: 'CLOSED' }),
    ]);
    expect(directory.ofGroup('all')?.map(({ id }) => id)).to.deep.equal(['A-1', 'C-1']);
    expect(directory.ofGroup('west')).to.deep.equal([]);
    expect(directory.ofGroup('ALL')).to.equal(undefined);
    expect(directory.of('B-1')).to.deep.equal({ id: 'B-1', name: 'Store B-1' });
    expect(directory.of('D-1')).to.equal(undefined);
  });

  it('of a schema before this release has stores that are open, in no group, at no place', () => {
    const directory = directoryOf([named('A-1')]);
    expect([directory.closed.size, directory.near({ latitude: 0, longitude: 0 }, 20_038), directory.of('A-1')?.name]).to.deep.equal([0, [], 'Store A-1']);
  });
});
