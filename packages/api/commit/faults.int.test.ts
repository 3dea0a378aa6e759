import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { expectInvariants } from '@inventory/testkit/invariants/invariants.ts';
import { startProxy } from '@inventory/testkit/servers/proxy.ts';
import type { Direction, Proxy } from '@inventory/testkit/servers/proxy.ts';
import { expect } from 'chai';
import { addProduct, createTestStore } from '../testing/api.ts';
import type { TestStore } from '../testing/api.ts';
import { eventsOf, hold, outcomeOf, receive, stockOf, testCommitter } from '../testing/committing.ts';
import type { Row } from '../testing/committing.ts';

describe('the group commit and a broken connection to Postgres', () => {
  let store: TestStore;
  let proxy: Proxy;
  let committer: ReturnType<typeof testCommitter>;
  let row: Row;
  before(async () => {
    store = await createTestStore();
  });
  beforeEach(async () => {
    const url = new URL(store.url);
    proxy = await startProxy({ targetPort: Number(url.port) });
    url.host = `127.0.0.1:${proxy.port}`;
    committer = testCommitter(url.href);
    row = { productId: await addProduct(store.db), storeId: 'MAD-001' };
    await committer.submit(receive(row, 10));
  });
  afterEach(async () => {
    proxy.heal();
    await committer.stop();
    await proxy.close();
  });
  after(() => expectInvariants(store.db).finally(() => store.close()));

  const add = (key?: string) => outcomeOf(committer, receive(row, 1, {}, key === undefined ? {} : { key }));
  const quantity = async (): Promise<number | undefined> => (await stockOf(store.pool, row))?.quantity;

  /** Calls `hit` with the nth chunk of one direction that contains the text, and sends on what it returns. */
  function at(direction: Direction, text: string, nth: number, hit: (chunk: Buffer) => Buffer | null): void {
    let seen = 0;
    proxy.transform((chunk, way) => {
      if (way !== direction || !chunk.includes(text)) return chunk;
      seen += 1;
      return seen === nth ? hit(chunk) : chunk;
    });
  }
  const cutting = (): null => {
    proxy.cut();
    return null;
  };

  it('a connection that is lost while idle fails no command', async () => {
    // Those of the lane and of the notifier.
    await eventually(() => { expect(proxy.connections()).to.equal(2); });
    proxy.cut();
    await eventually(() => { expect(proxy.connections()).to.equal(0); });
    expect(await add()).to.deep.include({ version: 2 });
  });

  it('cut before COMMIT was sent: dependency_unavailable, and nothing is written', async () => {
    at('to_server', 'BEGIN', 1, cutting);
    expect(await add()).to.deep.equal({ code: 'dependency_unavailable' });
    expect(await quantity()).to.equal(10);
  });

  it('cut after COMMIT, its answer lost: outcome_unknown, and never retried', async () => {
    at('to_client', 'COMMIT', 1, cutting);
    expect(await add()).to.deep.equal({ code: 'outcome_unknown' });
    expect(await quantity()).to.equal(11);
    await eventually(async () => { expect(await outcomeOf(committer, hold(row, 1))).to.deep.include({ status: 'PENDING' }); });
    expect(await quantity()).to.equal(11);
    expect(await eventsOf(store.pool, row.productId)).to.have.length(3);
  });

  it('cut after COMMIT was sent, before it arrived: outcome_unknown too, because nobody here can know', async () => {
    // With the end of the text: BEGIN has READ COMMITTED in it.
    at('to_server', 'COMMIT\0', 1, cutting);
    expect(await add()).to.deep.equal({ code: 'outcome_unknown' });
    expect(await quantity()).to.equal(10);
  });

  it('after an unknown outcome a repeat with the same key learns it: one effect, committed before or not', async () => {
    at('to_client', 'COMMIT', 1, cutting);
    expect(await add('key-1')).to.deep.equal({ code: 'outcome_unknown' });
    await eventually(async () => { expect(await add('key-1')).to.deep.include({ version: 2, quantity: 11 }); });
    at('to_server', 'COMMIT\0', 1, cutting);
    expect(await add('key-2')).to.deep.equal({ code: 'outcome_unknown' });
    await eventually(async () => { expect(await add('key-2')).to.deep.include({ version: 3, quantity: 12 }); });
    expect(await quantity()).to.equal(12);
  });

  it('a COMMIT that is answered with ROLLBACK is not a success', async () => {
    // The answer to the COMMIT of a failed transaction: tag C, its length, the words.
    const words = (text: string): Buffer => {
      const bytes = Buffer.alloc(text.length + 6, 0);
      bytes.write('C', 0);
      bytes.writeInt32BE(text.length + 5, 1);
      bytes.write(text, 5);
      return bytes;
    };
    at('to_client', 'COMMIT', 1, (chunk) => {
      const begin = chunk.indexOf(words('COMMIT'));
      expect(begin).to.be.at.least(0);
      return Buffer.concat([chunk.subarray(0, begin), words('ROLLBACK'), chunk.subarray(begin + words('COMMIT').length)]);
    });
    expect(await add()).to.deep.equal({ code: 'internal_error' });
  });

  it('a COMMIT that is answered with an error is a failure, not an unknown outcome', async () => {
    await store.pool.query(`
      CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'not at the end' USING ERRCODE = 'check_violation'; END $$;
      CREATE CONSTRAINT TRIGGER refuse_late AFTER INSERT ON reservations DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW WHEN (NEW.reference = 'late') EXECUTE FUNCTION refuse()`);
    try {
      const told = await Promise.all([add(), outcomeOf(committer, hold(row, 1, { reference: 'late' })), add()]);
      expect(told.map(({ code }) => code ?? 'ok')).to.deep.equal(['ok', 'internal_error', 'ok']);
    } finally {
      await store.pool.query('DROP FUNCTION refuse CASCADE');
    }
  });

  it('what one half of a batch has committed stays acknowledged when the connection breaks under the other half', async () => {
    // All four fail with the bad one among them; the first half is committed, the second never begins.
    at('to_server', 'BEGIN', 3, cutting);
    const told = await Promise.all([add(), add(), outcomeOf(committer, hold(row, 0)), add()]);
    expect(told.map(({ code }) => code ?? 'ok')).to.deep.equal(
      ['ok', 'ok', 'dependency_unavailable', 'dependency_unavailable']);
    expect(await quantity()).to.equal(12);
  });

  it('refused connections open the breaker: answers come at once, and it closes by itself when Postgres is back', async () => {
    proxy.refuse();
    expect(await add()).to.deep.equal({ code: 'dependency_unavailable' });
    const begun = performance.now();
    const told = await Promise.all(Array.from({ length: 100 }, () => add()));
    // One that tried for itself would take its time limit of seconds.
    expect(performance.now() - begun).to.be.below(2000);
    expect(new Set(told.map(({ code }) => code))).to.deep.equal(new Set(['dependency_unavailable']));
    proxy.heal();
    await eventually(async () => { expect(await add()).to.deep.include({ version: 2 }); });
    expect(committer.logLines().map(({ message }) => message)).to.include.members(
      ['breaker postgres-write is open', 'breaker postgres-write is closed again']);
  });

  it('a partition is answered within 5 s, at once while the breaker is open, and overcome by itself', async () => {
    proxy.blackhole();
    const begun = performance.now();
    const first = await add();
    const firstMs = performance.now() - begun;
    const again = await Promise.all(Array.from({ length: 20 }, async () => {
      const asked = performance.now();
      return { told: await add(), ms: performance.now() - asked };
    }));
    expect(first).to.deep.equal({ code: 'dependency_unavailable' });
    expect(firstMs).to.be.below(5000);
    for (const { told, ms } of again) {
      expect(told).to.deep.equal({ code: 'dependency_unavailable' });
      expect(ms).to.be.below(2500);
    }
    // The probe of the open breaker is a new connection, which the partition swallows too.
    await eventually(async () => {
      const asked = performance.now();
      expect(await add()).to.deep.equal({ code: 'dependency_unavailable' });
      expect(performance.now() - asked, 'a probe').to.be.within(500, 1500);
    });
    proxy.heal();
    await eventually(async () => { expect(await add()).to.have.property('version'); }, { timeoutMs: 5000 });
  });
});
