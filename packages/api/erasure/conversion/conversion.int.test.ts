import { asLogin, createTestPool } from '@inventory/db/testing/database.ts';
import { createDatabase } from '@inventory/db/pool.ts';
import type { Database } from '@inventory/db/pool.ts';
import { admin, service, vendorOf } from '@inventory/domain/testing/given-when-then.ts';
import { expectInvariants } from '@inventory/testkit/invariants/invariants.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { expect } from 'chai';
import pg from 'pg';
import { v7 } from 'uuid';
import { createPseudonym } from '../../pseudonyms.ts';
import { addProduct, createTestStore } from '../../testing/api.ts';
import type { TestStore } from '../../testing/api.ts';
import { change, customer, hold, outcomeOf, receive, refOf, testCommitter } from '../../testing/committing.ts';
import type { Row } from '../../testing/committing.ts';
import { erasing, startErasers } from '../../testing/erasing.ts';
import { tablesWith } from '@inventory/testkit/log/tables-with.ts';
import { convert, toConvert } from './convert.ts';

const CANARY = 'canary-51ce';
const pseudonym = createPseudonym('test');

describe('a log that names customers', () => {
  let store: TestStore;
  let owner: Database;
  let row: Row;
  /** As a release before refs wrote it. */
  let older: ReturnType<typeof testCommitter>;
  beforeEach(async () => {
    store = await createTestStore();
    owner = createDatabase(createTestPool(asLogin(store.url, 'owner'), 1));
    older = testCommitter(asLogin(store.url, 'api'));
    row = { productId: await addProduct(store.db), storeId: 'MAD-001' };
    await older.submit(receive(row, 1000));
    const made = await Promise.all([customer(CANARY), service, vendorOf('BCN-001'), admin, customer(CANARY), customer('another')].map((by) =>
      outcomeOf(older, hold(row, 1, { customerId: by.role === 'customer' ? by.id : CANARY, reference: 'order-1' }, { by, name: `request of ${CANARY}` }))));
    const [own = '', sold = '', , , mine = ''] = made.map(({ reservation_id: id = '' }) => id);
    await older.submit(change(own, { type: 'cancel' }, { by: customer(CANARY) }));
    await older.submit(change(sold, { type: 'confirm', quantity: undefined }, { by: service }));
    await older.submit(change(mine, { type: 'extend', ttlSeconds: 3600 }, { by: customer(CANARY), name: `sweep-${CANARY}` }));
    await store.pool.query("INSERT INTO revoked_tokens (kind, value) VALUES ('sub', $1)", [CANARY]);
  });
  afterEach(async () => {
    await Promise.all([older.stop(), owner.destroy()]);
    await expectInvariants(store.db).finally(() => store.close());
  });

  const deps = () => ({ db: owner, pseudonym, newId: v7, batch: 2 });
  const versions = async () => (await store.pool.query<{ version: number; count: number }>(`
    SELECT schema_version AS version, count(*)::int FROM events WHERE event_type LIKE 'reservation.%' GROUP BY 1 ORDER BY 1`)).rows;
  /** What becomes of somebody who is to be erased, in a process that writes refs. */
  const erase = async (id: string) => {
    const [{ committer, erase: forget }, other] = startErasers(asLogin(store.url, 'api'), store.db, pseudonym);
    const settled = await forget(erasing(id)).finally(() => Promise.all([committer.stop(), other.committer.stop()]));
    if (settled.kind !== 'decided') throw new Error('repeated');
    return settled.outcome.ok ? settled.outcome.value : settled.outcome.refusal.code;
  };

  it('has refs in their place when it was converted, all else is as it was, and then they can be forgotten', async () => {
    expect(await erase(CANARY)).to.equal('conversion_pending');
    expect(await toConvert(owner)).to.deep.equal({ events: 9, holds: 6 });
    const steps = new Set<string>();
    const converted = await convert(deps(), ({ step }) => steps.add(step));
    expect(converted).to.deep.include({ events: 9, holds: 6, revoked: 1, pending: undefined });
    expect(converted.digest?.after).to.equal(converted.digest?.before).and.match(/^[0-9a-f]{64}$/);
    expect([...steps]).to.deep.equal(['digest before', 'events', 'holds', 'digest after']);
    expect(await versions()).to.deep.equal([{ version: 2, count: 9 }]);
    expect(await tablesWith(store.pool, CANARY)).to.deep.equal(['customers']);
    const ref = await refOf(store.pool, CANARY);
    const { rows } = await store.pool.query<{ by: string; actor: string }>(`
      SELECT payload ->> 'created_by' AS by, metadata #>> '{actor,id}' AS actor FROM events
      WHERE event_type = 'reservation.created' AND payload ->> 'customer_ref' = $1 ORDER BY position`, [ref]);
    expect(rows).to.deep.equal([ref, service.id, 'vendor-1', admin.id, ref].map((by) => ({ by, actor: by })));
    expect(await convert(deps()), 'again').to.deep.equal({ events: 0, holds: 0, revoked: 0, digest: undefined, pending: undefined });
    expect(await erase(CANARY)).to.include({ customerRef: ref, holdsReleased: 3 });
    expect(await tablesWith(store.pool, CANARY)).to.deep.equal([]);
  });

  it('is converted to the end by another run where one was cut off, and the digest is that of before the first', async () => {
    const cut = await convert(deps(), ({ step, done }) => { if (step === 'events' && done >= 4) throw new Error('cut off'); }).catch((error: unknown) => error);
    expect(cut).to.be.instanceOf(Error).with.property('message', 'cut off');
    expect(await versions()).to.deep.equal([{ version: 1, count: 5 }, { version: 2, count: 4 }]);
    await expectInvariants(store.db);
    expect(await erase(CANARY)).to.equal('conversion_pending');
    const { events, digest } = await convert(deps());
    expect(events).to.equal(5);
    const { rows } = await store.pool.query('SELECT converted::int, digest_before, digest_after FROM customer_conversions');
    expect(rows).to.deep.equal([{ converted: 9, digest_before: digest?.before, digest_after: digest?.after }]);
  });

  it('does not refuse the tokens of a user again who is let in meanwhile', async () => {
    const restorer = await store.pool.connect();
    try {
      await restorer.query('BEGIN');
      await restorer.query("DELETE FROM revoked_tokens WHERE kind = 'sub' AND value = $1", [CANARY]);
      const converting = convert(deps());
      await eventually(async () => {
        const { rows } = await store.pool.query("SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()");
        expect(rows).to.have.length(1);
      });
      await restorer.query('COMMIT');
      await converting;
    } finally {
      restorer.release(true);
    }
    expect((await store.pool.query('SELECT FROM revoked_tokens')).rows).to.deep.equal([]);
  });

  it('is not converted while somebody may write ids', async () => {
    await store.pool.query(`ALTER TABLE log_formats DISABLE TRIGGER log_formats_one_way;
      UPDATE log_formats SET allowed_by = 'a test', allowed_at = clock_timestamp() WHERE version = 2`);
    const refused = await convert(deps()).catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(Error).with.property('message').that.contains('try again in ten');
    expect(await versions()).to.deep.equal([{ version: 1, count: 9 }]);
  });

  it('takes no other change, whoever says that he converts', async () => {
    const refusal = (statement: string, login: 'owner' | 'api' = 'owner') => {
      const client = new pg.Client({ connectionString: asLogin(store.url, login) });
      return client.connect()
        .then(() => client.query(`SET inventory.converting = 'on'; ${statement}`))
        .then(() => 'it was done', (error: unknown) => (error instanceof pg.DatabaseError ? error.code : error))
        .finally(() => client.end());
    };
    const set = `UPDATE events SET schema_version = 2, payload = payload - 'customer_id' || '{"customer_ref":null}'`;
    const where = "WHERE event_type LIKE 'reservation.%'";
    for (const statement of [
      `${set}`, `${set} || '{"quantity":7}' ${where}`, `${set}, timestamp = now() ${where}`, `${set}, metadata = '{"actor":{"role":"admin"}}' ${where}`,
      `${set}, stream_version = 99 ${where}`, `UPDATE events SET schema_version = 2 ${where}`, 'DELETE FROM events',
      `UPDATE events SET payload = payload - 'customer_id' || '{"customer_ref":null}' ${where}`,
    ]) {
      expect(await refusal(statement), statement).to.equal('23001');
    }
    expect(await refusal(`${set} ${where}`, 'api')).to.equal('42501');
    expect(await versions()).to.deep.equal([{ version: 1, count: 9 }]);
  });
});
