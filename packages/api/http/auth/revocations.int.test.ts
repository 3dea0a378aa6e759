import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { writeReport } from '@inventory/db/process-reports.ts';
import { processEnv } from '@inventory/runtime/config/config.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import type { Client } from '@inventory/testkit/http/client.ts';
import { expect } from 'chai';
import { decodeJwt } from 'jose';
import { createClient } from '@inventory/testkit/http/client.ts';
import { markOf } from '../../background/same-key.ts';
import { createPseudonym } from '../../pseudonyms.ts';
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

  it('is not taken for refused where an api that runs makes other pseudonyms than the command', async () => {
    const pseudonyms = { mark: markOf(createPseudonym('the key of the apis')), since: new Date().toISOString() };
    await writeReport(api.db, { process: 'api', instance: 'with-a-key', report: { pseudonyms } });
    // It stays current however slow the machine is.
    await api.pool.query("UPDATE process_reports SET reported_at = reported_at + interval '1 hour' WHERE instance = 'with-a-key'");
    const listed = async () => (await api.pool.query("SELECT FROM revoked_tokens WHERE kind = 'sub'")).rows.length;
    const before = await listed();
    for (const verb of ['revoke', 'restore']) {
      const failed = await token(verb, '--sub', 'somebody').then(() => undefined, (error: unknown) => error);
      expect(failed).to.include({ code: 1 }).with.property('stderr').that.includes('api with-a-key runs with another PSEUDONYM_KEY');
    }
    expect(await listed()).to.equal(before);
    await api.pool.query("DELETE FROM process_reports WHERE instance = 'with-a-key'");
  });

  it('may be put on the list by plain SQL, too', async () => {
    const client = await api.as(vendor);
    expect(await statusOf(client)).to.equal(200);
    await api.pool.query('INSERT INTO revoked_tokens (kind, value) VALUES ($1, $2)', ['sub', vendor.userId]);
    await api.revoked.refresh();
    expect(await statusOf(client)).to.equal(401);
  });

  it('is noticed whatever count and newest mark of the list are', async () => {
    await api.pool.query('DELETE FROM revoked_tokens');
    const others = await Promise.all(['a', 'b', 'c'].map(async (userId) => ({ userId, client: await api.as({ role: 'customer', userId }) })));
    const list = (userId: string, mark: string) =>
      api.pool.query('INSERT INTO revoked_tokens (kind, value, revoked_at) VALUES (\'sub\', $1, $2)', [userId, mark]);
    const statuses = async () => {
      await api.revoked.refresh();
      return Promise.all(others.map(({ client }) => statusOf(client)));
    };
    await list('a', '2026-01-01T00:00:00Z');
    expect(await statuses()).to.deep.equal([401, 200, 200]);
    // One goes and another comes with the same mark: the same count, the same newest mark.
    await api.pool.query('DELETE FROM revoked_tokens WHERE value = \'a\'');
    await list('b', '2026-01-01T00:00:00Z');
    expect(await statuses()).to.deep.equal([200, 401, 200]);
    // An older mark instead of another old one: the newest stays.
    await api.pool.query('UPDATE revoked_tokens SET value = \'c\' WHERE value = \'b\'');
    expect(await statuses()).to.deep.equal([200, 200, 401]);
    await api.pool.query('TRUNCATE revoked_tokens');
    expect(await statuses()).to.deep.equal([200, 200, 200]);
  });

  it('is noticed when it is committed, however long after it was made', async () => {
    const late = await api.as({ role: 'customer', userId: 'late' });
    const holder = await api.pool.connect();
    await holder.query('BEGIN');
    await holder.query('INSERT INTO revoked_tokens (kind, value) VALUES (\'sub\', \'late\')');
    // Read meanwhile, it is not there yet, and must not count as read.
    await api.revoked.refresh();
    expect(await statusOf(late)).to.equal(200);
    await holder.query('COMMIT');
    holder.release();
    await api.revoked.refresh();
    expect(await statusOf(late)).to.equal(401);
  });

  it('of a user stays on the list however many single tokens are on it', async () => {
    const gone = await api.as({ role: 'customer', userId: 'gone-for-good' });
    await api.pool.query('INSERT INTO revoked_tokens (kind, value, revoked_at) VALUES (\'sub\', \'gone-for-good\', \'2020-01-01\')');
    await api.pool.query('INSERT INTO revoked_tokens (kind, value) SELECT \'jti\', n::text FROM generate_series(1, 100000) n');
    await api.revoked.refresh();
    expect(await statusOf(gone)).to.equal(401);
    expect(api.logLines().filter(({ level }) => level === 'warn').map(({ message }) => message))
      .to.include('more tokens are revoked than a process keeps: the oldest single ones are accepted again');
    await api.pool.query('TRUNCATE revoked_tokens');
  });

  it('needs a valid command line', async () => {
    for (const args of [['revoke'], ['revoke', '--jti', 'a', '--sub', 'b'], ['revoke', 'x', '--jti', 'a'], ['rewoke'], ['revoke', '--sub', '']]) {
      const told = await token(...args).then(() => undefined, (error: unknown) => error);
      expect(told, args.join(' ')).to.include({ code: 2 });
    }
  });
});
