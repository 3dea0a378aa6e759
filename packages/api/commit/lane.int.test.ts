import { clientConfig } from '@inventory/db/pool.ts';
import { expect } from 'chai';
import pg from 'pg';
import { createTestStore } from '../testing/api.ts';
import { LANE_SETTINGS } from './lane.ts';

describe('a lane\'s connection', () => {
  it('has nothing compiled: not even the reading of the sequence, which no index can answer', async () => {
    const store = await createTestStore();
    const client = new pg.Client({ ...clientConfig({ url: store.url, applicationName: 'lane-test' }), options: LANE_SETTINGS });
    await client.connect();
    try {
      // What the trigger that announces a writer asks at each commit.
      const { rows: [plan] } = await client.query<{ 'QUERY PLAN': readonly object[] }>(
        'EXPLAIN (ANALYZE, FORMAT JSON) SELECT last_value FROM events_position');
      expect(plan?.['QUERY PLAN'][0]).to.include.keys('Plan').and.not.include.keys('JIT');
    } finally {
      await client.end();
      await store.close();
    }
  });
});
