import { expect } from 'chai';
import { adminUrlFromEnvironment, createTestDatabase, createTestPool } from '@inventory/db/testing/database.ts';
import { expectInvariants } from '../invariants/invariants.ts';
import { fillPast } from './past.ts';

describe('a long past', () => {
  for (const { rows, events, each } of [{ rows: 7, events: 70, each: 10 }, { rows: 5, events: 48, each: 9 }, { rows: 3, events: 3, each: 1 }]) {
    it(`of ${events} events for ${rows} rows breaks no invariant`, async () => {
      const database = await createTestDatabase(adminUrlFromEnvironment());
      const pool = createTestPool(database.url);
      try {
        expect(await fillPast(pool, { rows, events })).to.have.length(rows);
        await expectInvariants(pool);
        const { rows: [log] } = await pool.query(`
          SELECT count(*)::int AS events, min(stream_version)::int AS first, max(stream_version)::int AS last,
            bool_and(e.processed) AS published FROM events e`);
        expect(log).to.deep.equal({ events: rows * each, first: 1, last: each, published: true });
      } finally {
        await pool.end();
        await database.drop();
      }
    });
  }
});
