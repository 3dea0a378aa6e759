import { storedIdentifiers, keyOfCode } from '@inventory/domain/barcodes.ts';
import type { Client } from '@inventory/testkit/http/client.ts';
import { expectInvariants } from '@inventory/testkit/invariants/invariants.ts';
import { expect } from 'chai';
import { v7 } from 'uuid';
import { admin, customer, startTestApi } from '../testing/api.ts';
import type { TestApi } from '../testing/api.ts';
import { product } from './schema.ts';

/** A GTIN-13 of its own for each use, with its check digit. */
let numbers = 400_000_000_000;
function newGtin(): string {
  numbers += 1;
  const sum = [...String(numbers)].reverse().reduce((total, digit, nth) => total + Number(digit) * (nth % 2 === 0 ? 3 : 1), 0);
  return `${numbers}${(10 - (sum % 10)) % 10}`;
}

describe('the codes of a product', () => {
  let api: TestApi;
  let boss: Client;
  before(async () => {
    api = await startTestApi();
    boss = await api.as(admin);
  });
  after(async () => {
    // What is looked up is what the products say, and the last event of each says the same.
    const { rows: products } = await api.pool.query<{ id: string; identifiers: unknown; told: unknown }>(`
      SELECT p.id, p.identifiers, e.payload -> 'identifiers' AS told FROM products p CROSS JOIN LATERAL (
        SELECT payload FROM events WHERE stream_id = p.id ORDER BY stream_version DESC LIMIT 1) e`);
    const { rows: codes } = await api.pool.query<{ value: string; product_id: string; units: number }>('SELECT value, product_id, units FROM product_codes');
    const wanted = products.flatMap(({ id, identifiers }) => storedIdentifiers.parse(identifiers)
      .map(({ value, units }) => ({ value: keyOfCode(value), product_id: id, units })));
    expect(codes).to.have.deep.members(wanted);
    for (const { identifiers, told } of products) expect(told).to.deep.equal(identifiers);
    await expectInvariants(api.db).finally(() => api.close());
  });

  const sample = (more: object = {}) => ({ sku: `SKU-${v7()}`, name: 'Crisps', price: '1.20', ...more });
  const made = async (...identifiers: readonly object[]) => product.parse((await boss.post('/products', sample({ identifiers }))).body);
  const patch = (id: string, body: object) => boss.request('PATCH', `/products/${id}`, body);
  const found = async (code: string) => {
    const { status, text } = await (await api.as(customer)).get(`/products?barcode=${encodeURIComponent(code)}`);
    expect(status, text).to.equal(200);
    return JSON.parse(text).items.map(({ product_id: id }: { product_id: string }) => id);
  };

  it('are given when it is made, shown with it, and in its event; without any it has none, and is counted in pieces', async () => {
    const [piece, box] = [newGtin(), newGtin()];
    const identifiers = [{ value: piece, kind: 'GTIN', units: 1 }, { value: box, kind: 'GTIN', units: 12 }, { value: v7().slice(-12), kind: 'OWN', units: 1 }];
    const answer = await boss.post('/products', sample({ identifiers: identifiers.map(({ units, ...code }) => (units === 1 ? code : { ...code, units })), unit: 'G', display_exponent: 3 }));
    expect(answer.status, answer.text).to.equal(201);
    const body = product.parse(answer.body);
    expect(body).to.deep.include({ identifiers, unit: 'G', display_exponent: 3 });
    expect((await boss.get(`/products/${body.product_id}`)).body).to.deep.equal(body);
    const { rows: [event] } = await api.pool.query('SELECT payload, schema_version FROM events WHERE stream_id = $1', [body.product_id]);
    expect(event.payload).to.deep.include({ identifiers, unit: 'G', display_exponent: 3 });
    expect(await made()).to.deep.include({ identifiers: [], unit: 'PIECE', display_exponent: 0 });
  });

  it('find it, with zeros in front or without, until they are taken off it, or it is archived', async () => {
    const upc = '036000291452';
    const { product_id: id } = await made({ value: upc, kind: 'GTIN' }, { value: 'Ñ 7/%&', kind: 'OWN' });
    for (const code of [upc, `0${upc}`, `00${upc}`, 'Ñ 7/%&']) expect(await found(code), code).to.deep.equal([id]);
    expect(await found('Ñ 7/%')).to.deep.equal([]);
    const other = newGtin();
    expect((await patch(id, { identifiers: [{ value: other, kind: 'GTIN' }] })).body).to.deep.include({ version: 2 });
    expect([await found(upc), await found(other)]).to.deep.equal([[], [id]]);
    expect((await patch(id, { identifiers: [{ value: other, kind: 'GTIN', units: 1 }] })).body, 'nothing changes').to.deep.include({ version: 2 });
    expect((await patch(id, { name: 'Crisps, salted' })).body, 'what is left out stays').to.deep.include({
      version: 3, identifiers: [{ value: other, kind: 'GTIN', units: 1 }],
    });
    expect((await boss.request('DELETE', `/products/${id}`)).status).to.equal(204);
    expect(await found(other)).to.deep.equal([]);
  });

  it('are those of one product in the chain, archived ones included', async () => {
    const code = newGtin();
    const first = await made({ value: code, kind: 'GTIN' });
    await boss.request('DELETE', `/products/${first.product_id}`);
    const second = await made();
    for (const answer of [
      await boss.post('/products', sample({ identifiers: [{ value: newGtin(), kind: 'GTIN' }, { value: `0${code}`, kind: 'OWN' }] })),
      await patch(second.product_id, { identifiers: [{ value: newGtin(), kind: 'GTIN' }, { value: code, kind: 'GTIN' }] }),
    ]) {
      expect(answer.body).to.deep.include({ status: 409, code: 'sku_taken' });
      expect(answer.text).to.contain('"pointer":"/identifiers/1/value"');
    }
    expect((await boss.get(`/products/${second.product_id}`)).body).to.deep.include({ version: 1, identifiers: [] });
  });

  it('that are wanted by ten at once are one\'s', async () => {
    for (let round = 0; round < 3; round += 1) {
      const code = { value: newGtin(), kind: 'GTIN' };
      const others = await Promise.all(Array.from({ length: 5 }, () => made()));
      const told = await Promise.all([
        ...others.map(({ product_id: id }) => patch(id, { identifiers: [code] })),
        ...Array.from({ length: 5 }, () => boss.post('/products', sample({ identifiers: [code] }))),
      ]);
      expect(told.filter(({ status }) => status === 200 || status === 201), 'winners').to.have.length(1);
      expect(told.filter(({ body }) => body['code'] === 'sku_taken'), 'refused').to.have.length(9);
      expect(await found(code.value)).to.have.length(1);
    }
  });

  it('are refused when malformed, with a pointer to the fault', async () => {
    const faults: readonly (readonly [object, string])[] = [
      [{ identifiers: [{ value: '4006381333932', kind: 'GTIN' }] }, '/identifiers/0/value'],
      [{ identifiers: [{ value: '4006381333931', kind: 'GTIN' }, { value: '4006381333931', kind: 'OWN' }] }, '/identifiers/1/value'],
      [{ identifiers: [{ value: '401', kind: 'PLU' }] }, '/identifiers/0/value'],
      [{ identifiers: [{ value: 'x', kind: 'EAN' }] }, '/identifiers/0/kind'],
      [{ identifiers: [{ value: 'x', kind: 'OWN', units: 0 }] }, '/identifiers/0/units'],
      [{ identifiers: [{ value: 'a\u200bb', kind: 'OWN' }] }, '/identifiers/0/value'],
      [{ identifiers: {} }, '/identifiers'], [{ identifiers: null }, '/identifiers'],
      [{ unit: 'KG' }, '/unit'], [{ unit: 'g' }, '/unit'], [{ display_exponent: 4 }, '/display_exponent'], [{ display_exponent: -1 }, '/display_exponent'],
    ];
    const { product_id: id } = await made();
    for (const [fault, pointer] of faults) {
      for (const { body } of [await boss.post('/products', sample(fault)), await patch(id, fault)]) {
        expect(body, JSON.stringify(fault)).to.deep.include({ status: 400, code: 'validation_failed' });
        expect(body['errors'], JSON.stringify(fault)).to.have.nested.property('[0].pointer', pointer);
      }
    }
  });

  it('are looked for alone, and one digit wrong is told apart from a code that no product has', async () => {
    const code = newGtin();
    expect(await found(code)).to.deep.equal([]);
    const wrong = `${code.slice(0, -1)}${(Number(code.at(-1)) + 1) % 10}`;
    for (const [query, pointer] of [
      [`barcode=${wrong}`, '/barcode'], [`barcode=${code}&sku=x`, '/sku'], [`barcode=${code}&q=x`, '/q'], [`barcode=${code}&archived=true`, '/archived'],
      ['barcode=', '/barcode'],
    ] as const) {
      const { status, text } = await boss.get(`/products?${query}`);
      expect([status, text.includes(`"pointer":"${pointer}"`)], text).to.deep.equal([400, true]);
    }
    // A number that only looks like one is the product's that has it.
    const { product_id: id } = await made({ value: wrong, kind: 'OWN' });
    expect(await found(wrong)).to.deep.equal([id]);
  });
});
