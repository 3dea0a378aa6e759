import { clientConfig } from '@inventory/db/pool.ts';
import { expect } from 'chai';
import pg from 'pg';
import { createTestStore } from '../testing/api.ts';
import { LANE_SETTINGS } from './lane.ts';

describe('a lane\'s connection', () => {
  it('has no statement compiled, not even the one that reads the sequence without an index', async () => {
    const store = await createTestStore();
    const client = new pg.Client({ ...clientConfig({ url: store.url, applicationName: 'lane-test' }), options: LANE_SETTINGS });
    await client.connect();
    try {
      // The trigger that announces a writer asks this at each commit.
      const { rows: [plan] } = await client.query<{ 'QUERY PLAN': readonly object[] }>(
        'EXPLAIN (ANALYZE, FORMAT JSON) SELECT last_value FROM events_position');
      expect(plan?.['QUERY PLAN'][0]).to.include.keys('Plan').and.not.include.keys('JIT');
    } finally {
      await client.end();
      await store.close();
    }
  });
});
