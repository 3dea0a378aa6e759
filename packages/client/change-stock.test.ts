import { expect } from 'chai';
import { failure, scriptedClients } from './testing/scripted-client.ts';
import { problem } from './testing/scripted-server.ts';

const ID = '807acc38-bad3-5a9b-af8c-889c493a3230';
const row = (version: number) => ({ product_id: ID, store_id: 'MAD-001', quantity: 10 * version, reserved: 0, available: 10 * version, version });

describe('changeStock by a decision', function () {
  this.timeout(10_000);
  const scripted = scriptedClients();

  it('sends what was decided for the version that was read, and decides anew where it has moved', async () => {
    let version = 1;
    const { client, asked } = await scripted(({ method, headers }) => {
      if (method === 'GET') return { body: row(version) };
      version += 1;
      return headers['if-match'] === '"3"' ? { body: row(4) } : problem(412, 'version_mismatch', { current_version: version });
    });
    const seen: number[] = [];
    const after = await client.changeStock('MAD-001', ID, async ({ quantity }) => {
      seen.push(quantity);
      return { quantity_change: -quantity, reason: 'CORRECTION' };
    });
    expect(after).to.deep.equal(row(4));
    expect(seen).to.deep.equal([10, 20, 30]);
    const writes = asked.filter(({ method }) => method === 'POST');
    expect(writes.map(({ headers, body }) => [headers['if-match'], JSON.parse(body).quantity_change])).to.deep.equal([['"1"', -10], ['"2"', -20], ['"3"', -30]]);
    expect(new Set(writes.map(({ headers }) => headers['idempotency-key'])).size, 'each is a request of its own').to.equal(3);
  });

  it('ends with version_mismatch after the last try, and uses the caller\'s key', async () => {
    const { client, asked } = await scripted(({ method }) => (method === 'GET' ? { body: row(1) } : problem(412, 'version_mismatch', { current_version: 2 })));
    const error = await failure(client.changeStock('MAD-001', ID, () => ({ quantity_change: 1, reason: 'COUNT' }), { tries: 3, idempotencyKey: 'k' }));
    expect(error.code).to.equal('version_mismatch');
    if (error.code === 'version_mismatch') expect(error.current_version).to.equal(2);
    const keys = asked.filter(({ method }) => method === 'POST').map(({ headers }) => headers['idempotency-key']);
    expect(keys).to.deep.equal(['k', 'k:2', 'k:3']);
  });

  it('of a row that is not there yet decides on version 0', async () => {
    const { client, asked } = await scripted(({ method }) => (method === 'GET' ? problem(404, 'not_found') : { body: row(1) }));
    await client.changeStock('MAD-001', ID, ({ version, quantity }) => ({ quantity_change: 5 + quantity + version, reason: 'RESTOCK' }));
    expect([asked[1]?.headers['if-match'], JSON.parse(asked[1]?.body ?? '').quantity_change]).to.deep.equal(['"0"', 5]);
  });

  it('to nothing changes nothing, and any other refusal ends it', async () => {
    const still = await scripted(() => ({ body: row(7) }));
    expect(await still.client.changeStock('MAD-001', ID, () => undefined)).to.deep.equal(row(7));
    expect(still.asked.map(({ method }) => method)).to.deep.equal(['GET']);
    const refused = await scripted(({ method }) => (method === 'GET' ? { body: row(1) } : problem(409, 'insufficient_stock')));
    expect((await failure(refused.client.changeStock('MAD-001', ID, () => ({ quantity_change: -99, reason: 'LOSS' })))).code).to.equal('insufficient_stock');
    expect(refused.asked).to.have.length(2);
  });
});
