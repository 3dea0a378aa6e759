// @ts-check
import { expect } from 'chai';
import { processesOf } from './watch-sources.mjs';

describe('a changed file', () => {
  it('of a process concerns that process, what they share concerns all three', () => {
    expect(processesOf('packages/api/http/errors.ts')).to.deep.equal(['api']);
    expect(processesOf('packages/relay/config.ts')).to.deep.equal(['relay']);
    expect(processesOf('packages/board/app/board/feed.tsx')).to.deep.equal(['api']);
    for (const path of ['packages/domain/stock.ts', 'packages/runtime/log.ts', 'db/pool.ts', 'db/migrations/0001_foundation.sql']) {
      expect(processesOf(path), path).to.deep.equal(['api', 'relay', 'projector']);
    }
  });

  it('that no process runs concerns none: tests, what only they use, documents, and what an editor leaves beside a file', () => {
    const others = ['packages/api/config.test.ts', 'packages/api/testing/api.ts', 'packages/testkit/http/client.ts', 'README.md',
      'packages/api/http/errors.ts~', 'packages/api/.errors.ts.swp', 'packages/api/node_modules/pg/index.ts', 'bench/main.ts'];
    expect(others.flatMap(processesOf)).to.deep.equal([]);
  });
});
