import { expect } from 'chai';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { readOwnWrites } from './own-writes.ts';
import { startSystem } from './system.ts';

const PAIRS = 10_000;

describe('reading one\'s own write', function () {
  this.timeout(600_000);

  it(`never shows an older version: ${PAIRS} pairs through two apis`, async () => {
    const system = await startSystem({ apis: 2 });
    try {
      const shopper = await system.client('customer');
      const shown = `/api/v1/products/${await system.product(1)}/availability`;
      await eventually(async () => { expect((await shopper.get(shown)).body).to.include({ source: 'cache' }); },
        { timeoutMs: 30_000, what: 'a sealed view' });
      const { older, refused, sources } = await readOwnWrites(system, { pairs: PAIRS });
      process.stdout.write(`      ${PAIRS} pairs: ${older.length} older, ${refused} refused; ${JSON.stringify(sources)}\n`);
      expect(older.slice(0, 5)).to.deep.equal([]);
    } finally {
      await system.stop();
    }
  });
});
