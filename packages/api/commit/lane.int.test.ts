import { openClient } from '@inventory/db/session/open.ts';
import { expect } from 'chai';
import { createTestStore } from '../testing/api.ts';
import { LANE_SETTINGS } from './lane.ts';

describe('a lane\'s connection', () => {
  it('has no statement compiled, not even the one that reads the sequence without an index', async () => {
    const store = await createTestStore();
    const client = await openClient({ url: store.url, applicationName: 'lane-test', settings: LANE_SETTINGS });
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
