import { expect } from 'chai';
import { filtersOf, findProducts, fits, inOrder, pageOf, storesShown } from './filters.ts';
import { createNumbers } from './numbers.ts';

const catalogue = {
  products: [{ id: 'a', sku: 'SKU-1', name: 'Cámara 1080p' }, { id: 'b', sku: 'SKU-2', name: 'Laptop' }, { id: 'c', sku: 'X-9', name: 'Ábaco' }],
  stores: [{ id: 'MAD-001', name: 'Madrid' }, { id: 'BCN-001', name: 'Barcelona' }], whole: true,
};
const stores = ['MAD-001', 'BCN-001'];
const asked = (query: string) => filtersOf(new URLSearchParams(query));
const ids = (products: readonly { readonly id: string }[]): string => products.map(({ id }) => id).join('');

describe('the filters of the board', () => {
  it('are what the URL says; what it makes up is left out', () => {
    expect(asked('')).to.deep.equal({ text: '', stores: [], level: undefined, changed: false, order: 'name', page: 1 });
    expect(asked('q=lap&stores=MAD-001,BCN-001&level=low&changed=5&sort=least&page=3')).to.deep.equal({
      text: 'lap', stores, level: 'low', changed: true, order: 'least', page: 3,
    });
    expect(asked('level=ok&sort=price&page=-1')).to.deep.include({ level: undefined, order: 'name', page: 1 });
  });

  it('find a product by words of its name and SKU, without case and accents, and order them by name', () => {
    expect(ids(findProducts(catalogue, 'camara sku'))).to.equal('a');
    expect(ids(findProducts(catalogue, ''))).to.equal('cab');
    expect(findProducts(catalogue, 'laptop x-9')).to.deep.equal([]);
  });

  it('show all stores where none of the chosen ones exists', () => {
    expect(storesShown(catalogue, asked('stores=BCN-001')).map(({ id }) => id)).to.deep.equal(['BCN-001']);
    expect(storesShown(catalogue, asked('stores=NOWHERE'))).to.have.lengthOf(2);
  });

  it('never stream more than 2 000 rows, and end at the last page', () => {
    const many = Array.from({ length: 450 }, (_, nth) => ({ id: String(nth), sku: '', name: '' }));
    expect(pageOf(many, 2, 1)).to.deep.include({ from: 0, size: 100 });
    expect(pageOf(many, 30, 2)).to.deep.include({ from: 66, size: 66 });
    const { items, from } = pageOf(many, 2, 99);
    expect([from, items.length]).to.deep.equal([400, 50]);
  });

  it('leave the products whose level or last change was asked for, and order by both', () => {
    const numbers = createNumbers();
    const row = (product: string, store: string, available: number, version: number, at: number) =>
      numbers.take({ product, store, available, reserved: 0, version }, at);
    row('a', 'MAD-001', 2, 1, 0);
    row('a', 'BCN-001', 9, 1, 0);
    row('b', 'MAD-001', 5, 1, 0);
    row('b', 'MAD-001', 4, 2, 1000);
    expect(fits('a', asked('level=low'), numbers, stores, 0)).to.equal(true);
    expect(fits('a', asked('level=low'), numbers, ['BCN-001'], 0), 'low in a store that is not shown').to.equal(false);
    expect(fits('b', asked('changed=5'), numbers, stores, 200_000)).to.equal(true);
    expect(fits('b', asked('changed=5'), numbers, stores, 400_000)).to.equal(false);
    expect(fits('a', asked('changed=5'), numbers, stores, 1000), 'its first row is no change').to.equal(false);
    expect(ids(inOrder(catalogue.products, 'changed', numbers, stores))).to.equal('bac');
    expect(ids(inOrder(catalogue.products, 'least', numbers, stores))).to.equal('cba');
  });
});

describe('the numbers of the board', () => {
  it('tell what a row changes; the same row again changes nothing', () => {
    const numbers = createNumbers();
    const row = { product: 'a', store: 'MAD-001', available: 4, reserved: 1, version: 7 };
    expect(numbers.take(row, 0)).to.deep.include({ before: undefined, delta: 0 });
    expect(numbers.take(row, 1)).to.equal(undefined);
    const change = numbers.take({ ...row, available: 0, reserved: 5, version: 8 }, 2);
    expect([change?.delta, change?.before?.level, change?.after.level]).to.deep.equal([-4, 'ok', 'out']);
    expect(numbers.total('a', stores)).to.equal(0);
  });
});
