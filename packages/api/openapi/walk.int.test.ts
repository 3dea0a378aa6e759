import { expectInvariants } from '@inventory/testkit/invariants/invariants.ts';
import { expect } from 'chai';
import { admin, customer, service, startTestApi, vendor } from '../testing/api.ts';
import type { TestApi } from '../testing/api.ts';
import { settle, walk } from '../testing/contract/walk.ts';

const who = { admin, vendor, customer, service } as const;

describe('whatever is sent to the endpoints of the OpenAPI document', function () {
  this.timeout(60_000);
  let api: TestApi;
  before(async () => { api = await startTestApi(); });
  after(() => api.close());

  it('has a documented status and a body that fits, never a 5xx, and breaks no invariant', async () => {
    const settled = await settle(api.db, await api.as(admin));
    const prototype = JSON.stringify(Object.getOwnPropertyNames(Object.prototype));
    const { pid } = process;
    // A fixed seed, so that the same commit always has the same result; the long walk takes a new one each time.
    const seed = 621_249;
    const { requests, endpoints, byStatus } = await walk({
      baseUrl: `http://127.0.0.1:${api.port}/api/v1`, token: (role) => api.token(who[role]), ...settled,
    }, { forMs: 2500, seed });
    console.info(`      ${requests} requests to ${endpoints} endpoints, seed ${seed}: `
      + Object.entries(byStatus).map(([status, count]) => `${count} × ${status}`).join(', '));
    expect(Object.keys(byStatus)).to.include.members(['200', '400', '401', '403']);
    expect(JSON.stringify(Object.getOwnPropertyNames(Object.prototype))).to.equal(prototype);
    expect(process.pid).to.equal(pid);
    expect(api.logLines().filter(({ level }) => level === 'error')).to.deep.equal([]);
    await expectInvariants(api.db);
  });
});
