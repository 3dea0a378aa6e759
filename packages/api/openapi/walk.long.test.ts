import { createClient } from '@inventory/testkit/http/client.ts';
import { expectInvariants } from '@inventory/testkit/invariants/invariants.ts';
import { startProcess } from '@inventory/testkit/processes/processes.ts';
import { createTestKeys } from '@inventory/testkit/http/tokens.ts';
import { expect } from 'chai';
import { admin, createTestStore, customer, processEnv, service, vendor } from '../testing/api.ts';
import { settle, walk } from '../testing/contract/walk.ts';

const who = { admin, vendor, customer, service } as const;
const MINUTES = 3;

describe('the endpoints of the OpenAPI document, walked for a long time', function () {
  this.timeout((MINUTES + 2) * 60_000);

  it(`answer as documented for ${MINUTES} minutes, from one process from the first request to the last`, async () => {
    const store = await createTestStore();
    const keys = await createTestKeys();
    const api = await startProcess({ command: 'api', env: processEnv(store, keys.publicKeyPem) });
    const lived: { exit?: unknown } = {};
    void api.exited.then((exit) => { lived.exit = exit; });
    try {
      const baseUrl = `http://127.0.0.1:${api.port}/api/v1`;
      const settled = await settle(store.db, createClient(baseUrl, await keys.token(admin)));
      const seed = Date.now() % 1_000_000;
      const { requests, byStatus } = await walk(
        { baseUrl, token: (role) => keys.token(who[role]), ...settled }, { forMs: MINUTES * 60_000, seed });
      console.info(`      ${requests} requests, seed ${seed}: `
        + Object.entries(byStatus).map(([status, count]) => `${count} × ${status}`).join(', '));
      expect(lived.exit, 'the process ended').to.equal(undefined);
      expect(api.noise).to.deep.equal([]);
      expect(api.logs.filter(({ level }) => level === 'error')).to.deep.equal([]);
      expect(Object.keys(byStatus)).to.include.members([
        '200', '201', '204', '207', '304', '400', '401', '403', '404', '409', '412', '422', '428',
      ]);
      await expectInvariants(store.db);
    } finally {
      await api.stop();
      await store.close();
    }
  });
});
