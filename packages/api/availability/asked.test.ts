import { InventoryError } from '@inventory/domain/errors.ts';
import { expect } from 'chai';
import { directoryOf } from '../directory/directory.ts';
import type { StoreDirectory } from '../directory/watch-stores.ts';
import { choiceOf } from './asked.ts';

/** The directory of so many stores, a thousandth of a degree apart. */
function storesAlong(count: number): StoreDirectory {
  const directory = directoryOf(Array.from({ length: count }, (_, n) => ({ id: `S-${String(n).padStart(4, '0')}`, name: 'Store', latitude: n / 1000, longitude: 0 })));
  return { known: () => directory, find: (find) => Promise.resolve(find(directory)), refresh: () => Promise.resolve(), stop: () => Promise.resolve() };
}

describe('a question about stores near a place', () => {
  const near = { latitude: 0, longitude: 0 };

  it('is of at most 500 of them, and says how many there are where there are more', async () => {
    const choice = await choiceOf(storesAlong(500), { near, radius_km: 20_038 });
    expect(choice.ids).to.have.length(500);
    expect(choice.ids?.[0]).to.equal('S-0000');
    const refused = await choiceOf(storesAlong(501), { near, radius_km: 20_038, in_stock: true, limit: 1 }).catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(InventoryError).and.to.deep.include({ code: 'validation_failed' });
    expect(refused).to.have.nested.property('details.errors').that.deep.equals([
      { pointer: '/radius_km', message: '501 stores lie within it; a question is of at most 500' },
    ]);
    expect((await choiceOf(storesAlong(501), { near, radius_km: 1 })).ids, 'a smaller radius').to.have.length(9);
  });
});
