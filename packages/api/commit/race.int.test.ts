import { expectInvariants } from '@inventory/testkit/invariants/invariants.ts';
import { expect } from 'chai';
import { addProduct, createTestStore, leaveOnlyTheLock } from '../testing/api.ts';
import type { TestStore } from '../testing/api.ts';
import { expireBatch } from '../background/expire-reservations.ts';
import { change, hold, outcomeOf, receive, stockOf, testCommitter } from '../testing/committing.ts';
import type { Row, Told } from '../testing/committing.ts';

const ROUNDS = 200;
/** On some machines one of the three hardly ever wins: then the test goes on, up to so many rounds. */
const MAX_ROUNDS = 5 * ROUNDS;

/** The race for one reservation: what confirm and cancel were answered. */
interface Round { readonly id: string; readonly confirmed: Told; readonly cancelled: Told }

describe('a confirmation, a cancellation and the sweeper at once, through two processes', () => {
  let store: TestStore;
  let pair: readonly [ReturnType<typeof testCommitter>, ReturnType<typeof testCommitter>];
  before(async () => {
    store = await createTestStore();
    await leaveOnlyTheLock(store.pool);
    pair = [testCommitter(store.url), testCommitter(store.url)];
  });
  after(async () => {
    await Promise.all(pair.map((each) => each.stop()));
    await store.close();
  });

  it(`have one winner on each of ${ROUNDS} reservations, and one terminal event`, async () => {
    const row: Row = { productId: await addProduct(store.db), storeId: 'MAD-001' };
    await pair[0].submit(receive(row, MAX_ROUNDS));
    const rounds: Round[] = [];
    const winners = new Set<string>();
    let tookMs = 10;
    for (let n = 0; n < ROUNDS || (winners.size < 3 && n < MAX_ROUNDS); n += 1) {
      const [one, other] = n % 2 === 0 ? pair : [pair[1], pair[0]];
      // It lives about as long as the others take to arrive on this machine at this moment, so that each wins sometimes.
      const ttlSeconds = tookMs * (n % 12 + 1) / (n < ROUNDS ? 4 : 1) / 1000;
      const begun = performance.now();
      const { reservation_id: id = '' } = await outcomeOf(one, hold(row, 1, { ttlSeconds }));
      tookMs = performance.now() - begun;
      const confirm = () => outcomeOf(other, change(id, { type: 'confirm', quantity: undefined }));
      const cancel = () => outcomeOf(one, change(id, { type: 'cancel' }));
      const asked = n % 3 === 0 ? { confirm: confirm(), cancel: cancel() } : { cancel: cancel(), confirm: confirm() };
      await expireBatch({ db: store.db, committer: n % 5 === 0 ? one : other });
      const [confirmed, cancelled] = await Promise.all([asked.confirm, asked.cancel]);
      rounds.push({ id, confirmed, cancelled });
      winners.add(confirmed.code === undefined ? 'confirmed' : cancelled.code === undefined ? 'cancelled' : 'expired');
    }

    const { rows } = await store.pool.query<{ id: string; status: string; terminal: string[] }>(`
      SELECT r.id, r.status, array_agg(e.event_type::text) AS terminal FROM reservations r
      JOIN events e ON e.aggregate_id = r.id AND e.event_type <> 'reservation.created' GROUP BY r.id, r.status`);
    const ended = new Map(rows.map((row) => [row.id, row]));
    expect(rows).to.have.length(rounds.length);
    const loser = {
      CONFIRMED: [undefined, 'reservation_already_confirmed'], CANCELLED: ['reservation_already_cancelled', undefined],
      EXPIRED: ['reservation_expired', 'reservation_expired'],
    } as const;
    for (const { id, confirmed, cancelled } of rounds) {
      const { status = '', terminal } = ended.get(id) ?? {};
      expect(terminal).to.deep.equal([`reservation.${status.toLowerCase()}`]);
      expect([confirmed.code, cancelled.code]).to.deep.equal(new Map(Object.entries(loser)).get(status));
    }
    const wins = Map.groupBy(rows, ({ status }) => status);
    const won = (status: string): number => wins.get(status)?.length ?? 0;
    for (const status of Object.keys(loser)) expect(won(status), `${status}, or it was no race`).to.be.at.least(1);
    expect(await stockOf(store.pool, row)).to.deep.include({ quantity: MAX_ROUNDS - won('CONFIRMED'), reserved: 0 });
    await expectInvariants(store.db);
  });
});
