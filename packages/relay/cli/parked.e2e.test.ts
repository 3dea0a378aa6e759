import { expect } from 'chai';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { addStockRows, appendStockEvents } from '@inventory/testkit/log/fixture.ts';
import { createRelays } from '../testing/relays.ts';
import type { Relays } from '../testing/relays.ts';
import { readStream, rejection } from '../testing/workbench.ts';

const CRLF_STORE = 'MAD-001\r\nPUB forged 2\r\nhi';
const NOBODY = '00000000-0000-7000-8000-000000000000';

interface Hostile { readonly store: string; readonly type: string; readonly filler: number }
const HOSTILE: readonly Hostile[] = [
  { store: CRLF_STORE, type: 'stock.updated', filler: 0 },
  { store: 'MAD-001', type: 'stock.updated', filler: 2_000_000 },
  { store: 'MAD-001', type: 'stock.\u001b[31mstolen', filler: 0 },
];

describe('relay parked', () => {
  let relays: Relays;
  beforeEach(async () => { relays = await createRelays(); });
  afterEach(() => relays.close());

  /** Writes a row's next event straight into the log, past the domain. @returns its id */
  const insert = async (stockId: string, { store, type, filler }: Hostile): Promise<string> => {
    const { rows: [row] } = await relays.workbench.pool.query<{ id: string }>(
      `WITH raised AS (UPDATE stock SET version = version + 1 WHERE id = $1 RETURNING *)
       INSERT INTO events (id, event_type, store_id, aggregate_id, payload, stream_id, stream_version)
       SELECT gen_random_uuid(), $2, $3, r.product_id,
         e.payload || jsonb_build_object('version', version, 'filler', repeat('x', $4::int)), r.id, version
       FROM raised r, LATERAL (SELECT payload FROM events WHERE stream_id = r.id ORDER BY position LIMIT 1) e
       RETURNING id`, [stockId, type, store, filler]);
    return row?.id ?? '';
  };
  const parked = (count: number) => eventually(async () => {
    const { said } = await relays.run(['parked', 'ls', '--json']);
    const list: { total: number; events: readonly Record<string, unknown>[] } = JSON.parse(said);
    expect(list.total).to.equal(count);
    return list.events;
  }, { timeoutMs: 20_000 });
  const versions = async (stockId: string) => (await readStream(relays.workbench.nats))
    .filter(({ streamId }) => streamId === stockId).map(({ version }) => version);

  it('shows and resolves hostile rows, which hold up nothing but their own streams', async function () {
    this.timeout(120_000);
    const { workbench, run } = relays;
    const stockIds = await addStockRows(workbench.pool, { rows: 4 });
    await appendStockEvents(workbench.pool, { stockIds });
    await relays.start();
    // The table refuses two of them by itself; the third has a type that only the domain knows not to exist.
    for (const hostile of HOSTILE.slice(0, 2)) {
      expect(await rejection(insert(stockIds[0] ?? '', hostile))).to.have.property('code', '23514');
    }
    await workbench.pool.query('ALTER TABLE events DROP CONSTRAINT events_store_id_check, DROP CONSTRAINT events_size');
    const ids: string[] = [];
    for (const [i, hostile] of HOSTILE.entries()) ids.push(await insert(stockIds[i] ?? '', hostile));
    await appendStockEvents(workbench.pool, { stockIds, each: 2 });

    const events = await parked(3);
    expect(events.map(({ event_id: id }) => id)).to.deep.equal(ids);
    expect(events.map(({ waiting }) => waiting)).to.deep.equal([2, 2, 2]);
    expect(String(events[0]?.['reason'])).to.match(/^subject refused: no subject for the store id/);
    expect(String(events[1]?.['reason'])).to.match(/^payload too large: \d+ bytes with headers, 1048576 allowed/);
    expect(String(events[2]?.['reason'])).to.match(/^subject refused: no subject for the event type/);
    await eventually(async () => { expect(await versions(stockIds[3] ?? ''), 'others flow').to.deep.equal([1, 2, 3]); });

    // Nothing that they carry reaches the terminal as it is.
    const [list, shown] = await Promise.all([run(['parked', 'ls']), run(['parked', 'show', ids[1] ?? ''])]);
    expect(list.said).to.match(/^EVENT +TYPE +STORE +POSITION +STATE +WAITING +REASON$/m)
      .and.contain('MAD-001\\u{d}\\u{a}PUB forged').and.contain('stock.\\u{1b}[31mstolen');
    expect(shown.said).to.match(/^Payload +\{.{3999} …, 2000\d\d\d bytes in all$/m)
      .and.match(/^Stream .*; 2 later events wait$/m);

    const [first = '', second = '', third = ''] = ids;
    const again = await run(['parked', 'retry', first]);
    expect(again).to.include({ code: 1 }).and.property('said').match(/ parked again: subject refused/);
    const skipped = await run(['parked', 'skip', first, second, third, '--by', 'ops', '--json']);
    expect(skipped.code).to.equal(0);
    expect(skipped.said.split('\n').map((line): unknown => JSON.parse(line))).to.deep.equal(
      ids.map((event_id) => ({ event_id, outcome: 'skipped' })));
    await eventually(async () => {
      for (const id of stockIds.slice(0, 3)) expect(await versions(id), 'what waited').to.deep.equal([1, 3, 4]);
    });
    const [none, skippedList, detail, late, status] = await Promise.all([
      ['parked', 'ls'], ['parked', 'ls', '--state', 'skipped'], ['parked', 'show', first], ['parked', 'retry', first],
      ['status', '--json'],
    ].map((args) => run(args)));
    expect(none?.said).to.equal('Nothing is parked.');
    expect(skippedList?.said).to.match(new RegExp(`^${third} .* skipped +0 `, 'm'));
    expect(detail?.said).to.match(/^State +skipped by ops at 20/m);
    expect(late?.said).to.contain('skipped for good');
    expect(JSON.parse(status?.said ?? '').log).to.include({ backlog: 0, skipped: 3, waiting: 0 });
  });

  it('releases an event to the relay when its reason is gone, and it comes before what waited behind it', async function () {
    this.timeout(120_000);
    const { workbench, run } = relays;
    await workbench.jsm.streams.add({
      name: 'INVENTORY', subjects: ['stock.>', 'reservation.>', 'product.>', 'store.>'], max_msg_size: 2000,
    });
    const [stockId = ''] = await addStockRows(workbench.pool, { rows: 1 });
    await appendStockEvents(workbench.pool, { stockIds: [stockId] });
    const id = await insert(stockId, { store: 'MAD-001', type: 'stock.updated', filler: 3000 });
    await appendStockEvents(workbench.pool, { stockIds: [stockId], each: 2 });
    await relays.start();
    await parked(1);
    await workbench.jsm.streams.update('INVENTORY', { max_msg_size: -1 });
    const { code, said } = await run(['parked', 'retry', '--all', '--json']);
    expect(code, said).to.equal(0);
    expect(JSON.parse(said)).to.deep.equal({ event_id: id, outcome: 'published', sequence: 2 });
    await relays.expectOneCopyEach();
    expect(await versions(stockId)).to.deep.equal([1, 2, 3, 4]);
  });

  it('ends with 1 for an event that is not there and with 2 for what it does not understand', async function () {
    this.timeout(120_000);
    const { run } = relays;
    const outcomes = await Promise.all([
      ['show', NOBODY], ['skip', NOBODY], ['retry', '--all'], ['show', '1; DROP TABLE events'], ['bury'], ['--help'],
    ].map((args) => run(['parked', ...args])));
    expect(outcomes.map(({ code }) => code)).to.deep.equal([1, 1, 0, 2, 2, 0]);
    expect(outcomes[2]?.said).to.equal('Nothing is parked.');
    expect(outcomes[5]?.said).to.match(/ls \[options\]/);
    // The name that the command had before.
    expect(await run(['dead', 'retry', '--all'])).to.deep.equal({ code: 0, said: 'Nothing is parked.' });
  });
});
