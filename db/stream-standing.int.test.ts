import { expect } from 'chai';
import { sql } from 'kysely';
import type { Database } from './pool.ts';
import { createDatabase } from './pool.ts';
import { noteStream, replaceNotedStream, streamStanding } from './stream-standing.ts';
import type { TestDatabase } from './testing/database.ts';
import { adminUrlFromEnvironment, createTestDatabase, createTestPool, TEST_EPOCH } from './testing/database.ts';

const NAME = 'INVENTORY';
const OURS = '2026-11-01T10:00:00.123456789Z';
const OTHER = '2026-11-02T10:00:00.123456789Z';
const ours = { name: NAME, created: OURS, lastSequence: 100 };

describe('what a stream is to the log', () => {
  let database: TestDatabase;
  let db: Database;
  beforeEach(async () => {
    database = await createTestDatabase(adminUrlFromEnvironment());
    // One session: the one that leads.
    db = createDatabase(createTestPool(database.url, 1));
    await sql`SELECT set_config('inventory.lead', 'test', false)`.execute(db);
  });
  afterEach(async () => {
    await db.destroy();
    await database.drop();
  });

  const lead = { nonce: 'test' };
  const note = (epoch = 1) => noteStream(db, { name: NAME, created: OURS, epoch }, lead);
  const publishOne = () => db.insertInto('events').values({
    id: '0198c2f2-6b0a-7cc3-9d5b-0d1f7c3a8e11', event_type: 'store.created', store_id: 'GLOBAL', payload: '{}',
    aggregate_id: '0198c2f2-6b0a-7cc3-9d5b-0d1f7c3a8e12', stream_id: '0198c2f2-6b0a-7cc3-9d5b-0d1f7c3a8e12',
    stream_version: 1,
  }).execute().then(() => db.insertInto('published_runs').values({
    stream: OTHER, first_position: 1, last_position: 1, first_sequence: 1, count: 1, term: 1,
  }).execute());
  const standing = (found: { readonly created: string | undefined; readonly lastSequence: number }) =>
    streamStanding(db, { name: NAME, ...found });

  it('is nothing yet while nothing was published, where there is none, or an empty one', async () => {
    for (const found of [{ created: undefined, lastSequence: 0 }, { created: OTHER, lastSequence: 0 }]) {
      expect(await standing(found)).to.deep.equal({ epochName: TEST_EPOCH, state: 'none', epoch: 1, problem: '', vacant: false });
    }
  });

  it('is that it belongs to it when it was noted, in the epoch of the log', async () => {
    await note();
    expect(await standing(ours)).to.deep.equal({ epochName: TEST_EPOCH, state: 'ours', epoch: 1, problem: '', vacant: false });
    expect(await standing({ created: OURS, lastSequence: 0 }), 'empty').to.include({ state: 'ours', vacant: false });
  });

  it('is a conflict when it has messages that this log did not publish', async () => {
    expect(await standing(ours)).to.deep.equal({
      epochName: TEST_EPOCH, state: 'conflict', epoch: 1, vacant: false,
      problem: 'a stream INVENTORY with messages is there that this log did not make',
    });
  });

  it('is a conflict when the log was published, and nobody knows where', async () => {
    await publishOne();
    const problem = 'the log has been published, but it is not known to which stream INVENTORY';
    expect(await standing(ours)).to.deep.equal({ epochName: TEST_EPOCH, state: 'conflict', epoch: 1, problem, vacant: false });
    expect(await standing({ created: undefined, lastSequence: 0 })).to.include({ state: 'conflict', problem, vacant: true });
  });

  it('is a conflict when it is gone, or was made anew; an empty place may be filled again', async () => {
    await note();
    expect(await standing({ created: undefined, lastSequence: 0 })).to.deep.equal({
      epochName: TEST_EPOCH, state: 'conflict', epoch: 1, vacant: true, problem: `the stream INVENTORY is gone, which was made ${OURS}`,
    });
    const anew = `the stream INVENTORY was made ${OTHER}; ours was made ${OURS}`;
    expect(await standing({ created: OTHER, lastSequence: 0 })).to.include({ state: 'conflict', problem: anew, vacant: true });
    expect(await standing({ created: OTHER, lastSequence: 5 })).to.include({ state: 'conflict', problem: anew, vacant: false });
  });

  it('is a conflict when the log has another epoch', async () => {
    await note();
    await db.updateTable('log_epoch').set({ epoch: 2 }).execute();
    expect(await standing(ours)).to.deep.equal({
      epochName: '00000000.2', state: 'conflict', epoch: 2, vacant: false,
      problem: 'the stream INVENTORY belongs to epoch 1, the log is in epoch 2',
    });
  });

  it('is noted once: a late note changes nothing, a repair puts another stream in its place', async () => {
    await note();
    expect(await noteStream(db, { name: NAME, created: OTHER, epoch: 1 }, lead)).to.equal(true);
    expect(await standing(ours)).to.include({ state: 'ours' });
    const other = { name: NAME, created: OTHER, epoch: 1, fromPosition: 1 };
    for (const stranger of [{ nonce: '' }, { nonce: 'another' }]) {
      expect(await replaceNotedStream(db, other, stranger), 'not the session that leads').to.equal(false);
    }
    expect(await standing(ours)).to.include({ state: 'ours' });
    expect(await replaceNotedStream(db, other, lead)).to.equal(true);
    expect(await standing({ created: OTHER, lastSequence: 0 })).to.include({ state: 'ours' });
  });
});
