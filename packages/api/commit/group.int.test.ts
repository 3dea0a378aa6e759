import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { expectInvariants } from '@inventory/testkit/invariants/invariants.ts';
import { expect } from 'chai';
import { addProduct, createTestStore } from '../testing/api.ts';
import type { TestStore } from '../testing/api.ts';
import { eventsOf, hold, outcomeOf, receive, stockOf, testCommitter } from '../testing/committing.ts';
import type { Row } from '../testing/committing.ts';

describe('the group commit', () => {
  let store: TestStore;
  let committer: ReturnType<typeof testCommitter>;
  before(async () => {
    store = await createTestStore();
    committer = testCommitter(store.url);
  });
  after(async () => {
    await committer.stop();
    await expectInvariants(store.db).finally(() => store.close());
  });

  const newRow = async (storeId = 'MAD-001'): Promise<Row> => ({ productId: await addProduct(store.db), storeId });

  /** Locks a row until `release`, as another process does in the middle of a transaction. */
  async function lockElsewhere({ productId, storeId }: Row): Promise<{ release: () => Promise<void> }> {
    const client = await store.pool.connect();
    await client.query('BEGIN');
    await client.query('SELECT 1 FROM stock WHERE product_id = $1 AND store_id = $2 FOR UPDATE', [productId, storeId]);
    return {
      release: async () => {
        await client.query('ROLLBACK');
        client.release();
      },
    };
  }

  it('commits all commands of one turn in one transaction', async () => {
    const row = await newRow();
    const told = await Promise.all(Array.from({ length: 100 }, () => outcomeOf(committer, receive(row, 1))));
    expect(told.map(({ version }) => version)).to.deep.equal(Array.from({ length: 100 }, (_, n) => n + 1));
    const events = await eventsOf(store.pool, row.productId);
    expect(events).to.have.length(100);
    expect(new Set(events.map(({ xid }) => xid)).size).to.equal(1);
  });

  it('commits all commands that arrive while a transaction runs in the next one, without a timer', async () => {
    const row = await newRow();
    await committer.submit(receive(row, 1));
    const lock = await lockElsewhere(row);
    const first = outcomeOf(committer, receive(row, 1));
    await waitsForALock(store);
    const others = Promise.all(Array.from({ length: 50 }, () => outcomeOf(committer, receive(row, 1))));
    await lock.release();
    expect(await first).to.deep.include({ version: 2 });
    expect((await others).at(-1)).to.deep.include({ version: 52 });
    const xids = (await eventsOf(store.pool, row.productId)).map(({ xid }) => xid);
    expect(new Set(xids).size).to.equal(3);
  });

  it('takes at most 128 commands into a transaction, and the rest into the next', async () => {
    const row = await newRow();
    await Promise.all(Array.from({ length: 300 }, () => outcomeOf(committer, receive(row, 1))));
    const sizes = Map.groupBy(await eventsOf(store.pool, row.productId), ({ xid }) => xid);
    expect([...sizes.values()].map((events) => events.length)).to.deep.equal([128, 128, 44]);
  });

  it('writes the events in the order of the decisions, over all rows of a batch', async () => {
    const rows = [await newRow(), await newRow('BCN-001'), await newRow('VAL-001')];
    const names = Array.from({ length: 60 }, (_, n) => `order-${String(n).padStart(2, '0')}`);
    await Promise.all(names.flatMap((name, n) => {
      const row = rows[n % 3];
      return row === undefined ? [] : [committer.submit(receive(row, 1, {}, { name }))];
    }));
    const { rows: logged } = await store.pool.query<{ name: string }>(`
      SELECT metadata ->> 'request_id' AS name FROM events WHERE metadata ->> 'request_id' LIKE 'order-%' ORDER BY position`);
    expect(logged.map(({ name }) => name)).to.deep.equal(names);
  });

  it('serves the other commands when a row is locked elsewhere; its own get lock_timeout and change nothing', async () => {
    const [busy, free] = [await newRow(), await newRow()];
    await Promise.all([committer.submit(receive(busy, 5)), committer.submit(receive(free, 5))]);
    const lock = await lockElsewhere(busy);
    const begun = performance.now();
    const told = await Promise.all(
      [hold(busy, 1), hold(free, 1), receive(busy, 1), hold(free, 1)].map((command) => outcomeOf(committer, command)));
    const tookMs = performance.now() - begun;
    await lock.release();
    expect(told.map(({ code, version }) => code ?? version)).to.deep.equal(['lock_timeout', 2, 'lock_timeout', 3]);
    // lock_timeout is one second; then the others are served without waiting.
    expect(tookMs).to.be.within(900, 2500);
    expect(await stockOf(store.pool, busy)).to.deep.equal({ quantity: 5, reserved: 0, version: 1 });
    expect(await outcomeOf(committer, hold(busy, 1))).to.deep.include({ version: 2 });
  });

  const badCommands = [
    { what: 'a CHECK refuses', command: (row: Row) => hold(row, 0) },
    { what: 'Postgres cannot store', command: (row: Row) => receive(row, 1, { note: 'a\u0000b' }) },
    { what: 'a column is too short for', command: (row: Row) => hold(row, 1, { customerId: 'x'.repeat(101) }) },
  ];
  for (const { what, command } of badCommands) {
    it(`fails only the command that ${what}: its neighbours are committed, and it is logged`, async () => {
      const row = await newRow();
      await committer.submit(receive(row, 100));
      const logged = committer.logLines().length;
      const commands = Array.from({ length: 10 }, (_, n) => (n === 3 ? command(row) : hold(row, 1)));
      const told = await Promise.all(commands.map((each) => outcomeOf(committer, each)));
      expect(told.map(({ code }) => code ?? 'ok')).to.deep.equal(
        Array.from({ length: 10 }, (_, n) => (n === 3 ? 'internal_error' : 'ok')));
      expect(await stockOf(store.pool, row)).to.deep.equal({ quantity: 100, reserved: 9, version: 10 });
      const lines = committer.logLines().slice(logged);
      expect(lines.map(({ level, message }) => [level, message])).to.deep.equal(
        [['error', 'a command could not be committed']]);
    });
  }

  it('fails only the bad command although another row of its batch is locked elsewhere', async () => {
    const [busy, free] = [await newRow(), await newRow()];
    await Promise.all([committer.submit(receive(busy, 5)), committer.submit(receive(free, 5))]);
    const lock = await lockElsewhere(busy);
    const told = await Promise.all(
      [hold(busy, 1), hold(free, 0), hold(free, 1)].map((command) => outcomeOf(committer, command)));
    await lock.release();
    expect(told.map(({ code }) => code ?? 'ok')).to.deep.equal(['lock_timeout', 'internal_error', 'ok']);
  });

  it('makes one row from two first receipts at once, at versions 1 and 2, whichever process is first', async () => {
    const other = testCommitter(store.url);
    let together = 0;
    try {
      for (let round = 0; round < 20; round += 1) {
        const row = await newRow();
        const told = await Promise.all([committer, other].map((each) => outcomeOf(each, receive(row, 10))));
        expect(told.map(({ version }) => version).sort()).to.deep.equal([1, 2]);
        const rows = await store.pool.query('SELECT quantity, version FROM stock WHERE product_id = $1', [row.productId]);
        expect(rows.rows).to.deep.equal([{ quantity: 20, version: 2 }]);
        const xids = new Set((await eventsOf(store.pool, row.productId)).map(({ xid }) => xid));
        together += xids.size - 1;
      }
    } finally {
      await other.stop();
    }
    expect(together, 'rounds in two transactions').to.equal(20);
  });

  it('does not deadlock where two processes touch the same rows in opposite orders', async () => {
    const rows = await Promise.all(Array.from({ length: 100 }, () => newRow()));
    await Promise.all(rows.map((row) => committer.submit(receive(row, 1))));
    const inOrder = async (order: readonly Row[]): Promise<void> => {
      const one = testCommitter(store.url, 'deadlock-test');
      for (let round = 0; round < 40; round += 1) {
        const told = await Promise.all(order.map((row) => outcomeOf(one, receive(row, 1))));
        expect(told.filter(({ code }) => code !== undefined)).to.deep.equal([]);
      }
      await one.stop();
    };
    await Promise.all([inOrder(rows), inOrder(rows.toReversed())]);
    // A session reports its statistics at its end at the latest.
    await eventually(async () => {
      const { rows: [seen] } = await store.pool.query<{ deadlocks: number; open: number }>(`
        SELECT deadlocks, (SELECT count(*)::int FROM pg_stat_activity WHERE application_name = 'deadlock-test') AS open
        FROM pg_stat_database WHERE datname = current_database()`);
      expect(seen).to.deep.equal({ deadlocks: 0, open: 0 });
    });
  });

  it('finishes the waiting commands when it is stopped, and accepts no more', async () => {
    const row = await newRow();
    const brief = testCommitter(store.url);
    const told = Promise.all(Array.from({ length: 20 }, () => outcomeOf(brief, receive(row, 1))));
    await brief.stop();
    expect((await told).at(-1)).to.deep.include({ version: 20 });
    expect(await outcomeOf(brief, receive(row, 1))).to.deep.equal({ code: 'dependency_unavailable' });
  });
});

/** Waits until some connection of this database waits for a lock. */
function waitsForALock(store: TestStore): Promise<void> {
  return eventually(async () => {
    const { rowCount } = await store.pool.query(
      `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`);
    expect(rowCount).to.equal(1);
  }, { everyMs: 5 });
}
