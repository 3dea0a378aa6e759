import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { processEnv } from '@inventory/runtime/config/config.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import type { Client } from '@inventory/testkit/http/client.ts';
import { expect } from 'chai';
import { decodeJwt } from 'jose';
import { createClient } from '@inventory/testkit/http/client.ts';
import { customer, otherCustomer, startTestApi, vendor } from '../../testing/api.ts';
import type { TestApi } from '../../testing/api.ts';

const run = promisify(execFile);

describe('a revoked token', () => {
  let api: TestApi;
  before(async () => { api = await startTestApi(); });
  after(() => api.close());

  const token = (...args: readonly string[]) => run(
    process.execPath, [join(import.meta.dirname, '..', '..', 'cli', 'token.ts'), ...args], { env: { ...processEnv(), DATABASE_URL: api.url } });
  const statusOf = async (client: Client) => (await client.get('/stores')).status;
  const becomes = (client: Client, status: number) => eventually(async () => {
    expect(await statusOf(client)).to.equal(status);
  }, { timeoutMs: 5000, everyMs: 50 });

  it('is refused within 5 s by a process that knows it already, and accepted again when it is restored', async () => {
    const text = await api.token(customer);
    const known = createClient(`http://127.0.0.1:${api.port}/api/v1`, text);
    const sibling = await api.as(customer);
    expect([await statusOf(known), await statusOf(sibling)]).to.deep.equal([200, 200]);

    const jti = String(decodeJwt(text).jti);
    expect((await token('revoke', '--jti', jti)).stdout).to.include(`Revoked jti ${jti}`);
    await becomes(known, 401);
    expect(await statusOf(sibling), 'another token of the same user').to.equal(200);

    expect((await token('revoke', '--sub', customer.userId)).stdout).to.include('Revoked sub');
    await becomes(sibling, 401);
    expect(await statusOf(await api.as(customer)), 'one made later').to.equal(401);
    expect(await statusOf(await api.as(otherCustomer)), 'somebody else').to.equal(200);

    expect((await token('restore', '--sub', customer.userId)).stdout).to.include('no longer revoked');
    await becomes(sibling, 200);
    expect(await statusOf(known), 'its jti still is').to.equal(401);
  });

  it('may be put on the list by plain SQL, too', async () => {
    const client = await api.as(vendor);
    expect(await statusOf(client)).to.equal(200);
    await api.pool.query('INSERT INTO revoked_tokens (kind, value) VALUES ($1, $2)', ['sub', vendor.userId]);
    await api.revoked.refresh();
    expect(await statusOf(client)).to.equal(401);
  });

  it('needs a valid command line', async () => {
    for (const args of [['revoke'], ['revoke', '--jti', 'a', '--sub', 'b'], ['revoke', 'x', '--jti', 'a'], ['rewoke'], ['revoke', '--sub', '']]) {
      const told = await token(...args).then(() => undefined, (error: unknown) => error);
      expect(told, args.join(' ')).to.include({ code: 2 });
    }
  });
});
