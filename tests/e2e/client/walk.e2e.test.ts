/** Every operation of the API through the client, and what the client adds, against a real system. */
import { expect } from 'chai';
import type { Client } from '@inventory/client/client.ts';
import { operations } from '@inventory/client/generated/operations.ts';
import { expectInvariants } from '@inventory/testkit/invariants/invariants.ts';
import { spawnProcess } from '@inventory/testkit/processes/processes.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { startSystem } from '../system.ts';
import type { System } from '../system.ts';
import { clientOf, problemOf } from './clients.ts';

describe('the client, by a real api', function () {
  this.timeout(120_000);
  let system: System;
  let [admin, vendor, customer]: [Client?, Client?, Client?] = [];
  const walked = new Set<string>();
  const clients = (): { readonly admin: Client; readonly vendor: Client; readonly customer: Client } => {
    if (admin === undefined || vendor === undefined || customer === undefined) throw new Error('not started');
    return { admin, vendor, customer };
  };

  before(async () => {
    system = await startSystem();
    const onAttempt = ({ operation, code }: { readonly operation: string; readonly code: string | undefined }): void => {
      if (code === undefined) walked.add(operation);
    };
    [admin, vendor, customer] = await Promise.all((['admin', 'vendor', 'customer'] as const).map((role) => clientOf(system, role, { onAttempt })));
  });
  after(() => system.stop());

  it('keeps a catalogue', async () => {
    const { admin: boss } = clients();
    const store = await boss.createStore({ store_id: 'SEV-001', name: 'Sevilla Este' });
    expect(store).to.include({ store_id: 'SEV-001', version: 1 });
    expect((await boss.updateStore({ id: 'SEV-001', name: 'Sevilla' }, { ifMatch: 1 })).name).to.equal('Sevilla');
    expect((await boss.getStore({ id: 'SEV-001' })).version).to.equal(2);
    const names: string[] = [];
    for await (const { name } of boss.listStores({ limit: 2 })) names.push(name);
    expect(names).to.include('Sevilla').and.to.have.length(4);

    const made = await boss.createProduct({ sku: 'CLIENT-1', name: 'Lamp', price: '19.00' });
    const known = await boss.getProduct({ id: made.product_id });
    const etag = boss.responseOf(known)?.headers.get('etag') ?? '';
    expect(await boss.getProduct({ id: made.product_id }, { ifNoneMatch: etag }), 'a 304').to.equal(undefined);
    expect((await boss.updateProduct({ id: made.product_id, price: '17.50' }, { ifMatch: etag })).price).to.equal('17.50');
    expect((await problemOf(boss.updateProduct({ id: made.product_id, price: '1.00' }, { ifMatch: etag }))).code).to.equal('version_mismatch');
    const found = await boss.listProducts({ sku: 'CLIENT-1' }).page();
    expect(found.items.map(({ product_id }) => product_id)).to.deep.equal([made.product_id]);
    expect(await boss.archiveProduct({ id: made.product_id })).to.equal(undefined);
    expect((await problemOf(boss.createProduct({ sku: 'CLIENT-1', name: 'Lamp', price: '19.00' }))).code).to.equal('sku_taken');
  });

  it('receives, counts and explains stock', async () => {
    const { vendor: clerk } = clients();
    const product = await system.product(1);
    const row = { product_id: product, store_id: 'MAD-001' };
    const before = await clerk.getStock({ store: 'MAD-001', product });
    const received = await clerk.changeStock({ ...row, quantity_change: 20, reason: 'RESTOCK', user_id: 'vendor-789' });
    expect(received.quantity).to.equal(before.quantity + 20);
    const batch = await clerk.changeStockBatch({ mode: 'partial', items: [
      { ...row, quantity_change: 5, reason: 'RESTOCK' }, { ...row, quantity_change: -1_000_000, reason: 'LOSS' },
    ] });
    if (batch.mode !== 'partial') throw new Error('another mode');
    expect([batch.succeeded, batch.failed]).to.deep.equal([1, 1]);
    expect(clerk.responseOf(batch)?.status).to.equal(207);
    const counted = await clerk.countStock({ store: 'MAD-001', product, quantity: 38 }, { ifMatch: received.version + 1 });
    expect(counted.quantity).to.equal(38);
    const shelf = await clerk.countShelf({ store: 'MAD-001', items: [{ product_id: product, quantity: 38, expected_quantity: 38 }] });
    expect(shelf.items.map(({ status }) => status)).to.deep.equal([200]);
    const past = await clerk.getStock({ store: 'MAD-001', product, as_of: '2100-01-01T00:00:00Z' });
    expect(past).to.have.property('as_of');
    const deltas: number[] = [];
    for await (const { delta } of clerk.getStockHistory({ store: 'MAD-001', product, limit: 2 })) deltas.push(delta);
    expect(deltas.slice(0, 3)).to.deep.equal([38 - received.quantity - 5, 5, 20]);
    const moved: number[] = [];
    for await (const { delta } of clerk.listMovements({ store: 'MAD-001', limit: 2 })) moved.push(delta);
    expect(moved.slice(0, 3), 'the newest first').to.deep.equal(deltas.slice(0, 3));
    expect(await clerk.getMe()).to.deep.include({ role: 'vendor', store_ids: ['MAD-001'] });
    expect(await clerk.explainStock({ store: 'MAD-001', product })).to.be.an('object');
    const all = new Set<string>();
    for await (const { product_id } of clerk.listStock({ store: 'MAD-001', limit: 7 })) all.add(product_id);
    expect(all.size).to.be.above(7);
    expect((await problemOf(clerk.getStock({ store: 'BCN-001', product }))).code).to.equal('store_not_in_scope');
  });

  it('holds, sells and lets go', async () => {
    const { admin: boss, customer: shopper } = clients();
    const product_id = await system.product(2);
    const order = { product_id, store_id: 'BCN-001', customer_id: 'cust-456' };
    const held = await shopper.createReservation({ ...order, quantity: 2, ttl: 60 });
    expect((await shopper.getReservation({ id: held.reservation_id })).status).to.equal('PENDING');
    const { customer_ref: ref } = await boss.getReservation({ id: held.reservation_id });
    expect(await boss.getCustomer({ ref: ref ?? '' })).to.include({ customer_id: 'cust-456', erased_at: null });
    await shopper.extendReservation({ id: held.reservation_id, ttl: 900 });
    expect((await shopper.confirmReservation({ id: held.reservation_id, quantity: 1 })).confirmed_quantity).to.equal(1);
    expect((await boss.returnReservation({ id: held.reservation_id })).returned_quantity).to.equal(1);
    const other = await shopper.createReservation({ ...order, quantity: 1 });
    expect((await shopper.cancelReservation({ id: other.reservation_id })).status).to.equal('CANCELLED');
    const cart = (quantity: number) => shopper.createCart({ customer_id: 'cust-456', lines: [{ product_id, store_id: 'BCN-001', quantity }] });
    const [first, second] = [await cart(1), await cart(1)];
    expect((await shopper.getCart({ id: first.batch_id })).reservations).to.have.length(1);
    expect((await shopper.extendCart({ id: first.batch_id, ttl: 900 })).reservations).to.have.length(1);
    expect((await shopper.confirmCart({ id: first.batch_id })).reservations.map(({ status }) => status)).to.deep.equal(['CONFIRMED']);
    expect((await shopper.cancelCart({ id: second.batch_id })).reservations.map(({ status }) => status)).to.deep.equal(['CANCELLED']);
    const states: string[] = [];
    for await (const { status } of shopper.listReservations({ limit: 1 })) states.push(status);
    expect(states).to.deep.equal(['CANCELLED', 'CONFIRMED', 'CANCELLED', 'CONFIRMED']);

    const refused = await problemOf(shopper.createReservation({ ...order, quantity: 100 }));
    if (refused.code !== 'insufficient_stock') throw refused;
    expect(refused.lines).to.deep.equal([{ index: 0, product_id, store_id: 'BCN-001', requested: 100, available: 39 }]);
    expect([refused.status, refused.retryable, refused.call.attempts]).to.deep.equal([409, false, 1]);
    expect(refused.requestId).to.be.a('string');
    const wrong = await problemOf(shopper.createReservation({ ...order, quantity: 0 }));
    expect([wrong.code, wrong.errors[0]?.pointer]).to.deep.equal(['validation_failed', '/quantity']);
  });

  it('forgets a customer, and says so in the file', async () => {
    const { admin: boss } = clients();
    const held = await boss.createReservation({ product_id: await system.product(2), store_id: 'BCN-001', customer_id: 'cust-9021', quantity: 1 });
    expect((await problemOf(boss.eraseCustomer({ customer_id: 'cust-9021' }))).code).to.equal('customer_has_holds');
    const { erasure_id: id, ...done } = await boss.eraseCustomer({ customer_id: 'cust-9021', release_holds: true });
    expect(done).to.include({ customer_ref: held.customer_ref, holds_released: 1, references_removed: 0 });
    expect(await boss.getErasure({ id })).to.deep.equal({ erasure_id: id, ...done });
  });

  it('gets a ticket for the live feed', async () => {
    const { ticket, expires_at: until } = await clients().customer.createStreamTicket({ product_ids: [await system.product(1)] });
    expect([ticket.length, Date.parse(until) > Date.now()]).to.deep.equal([43, true]);
  });

  it('shows availability, log, state and documents', async () => {
    const { admin: boss, customer: shopper } = clients();
    const id = await system.product(3);
    expect((await shopper.getAvailability({ id })).product_id).to.equal(id);
    expect((await shopper.listAvailability({ product_ids: [id, await system.product(4)] })).items).to.have.length(2);
    const seen: string[] = [];
    for await (const event of boss.listEvents({ type: 'stock.updated', limit: 3 })) seen.push(event.id);
    expect(seen.length).to.be.above(3);
    expect((await boss.getEvent({ id: seen[0] ?? '' })).type).to.equal('stock.updated');
    expect((await boss.getLag()).log.settled_position).to.be.above(0);
    expect(await boss.getConsistency()).to.have.property('problems');
    expect(await boss.getConsumers()).to.have.property('consumers');
    expect(await shopper.getOpenApi()).to.have.property('openapi');
    expect(await shopper.getAsyncApi()).to.have.property('asyncapi');
    expect(await shopper.getEventSchema({ type: 'stock.updated', version: '1' })).to.be.an('object');
    expect(await shopper.getDocs()).to.be.a('string').and.to.include('<html');
    expect(await shopper.getDocsAsset({ asset: 'start.js' })).to.be.a('string');
    expect(await shopper.getProblem({ code: 'insufficient_stock' })).to.be.a('string').and.to.include('insufficient_stock');
  });

  it('decides about parked events, and steers a replay', async () => {
    const { admin: boss } = clients();
    // As if the relay had not been able to publish it.
    const { rows: [parked] } = await system.sql.query<{ event_id: string }>(`INSERT INTO relay_parked (event_id, stream_id, position, reason)
      SELECT id, stream_id, position, 'test: by hand' FROM events WHERE event_type = 'store.created' LIMIT 1 RETURNING event_id`);
    const id = parked?.event_id ?? '';
    try {
      expect((await boss.getParkedEvents({ reason: 'test' })).events.map(({ event_id }) => event_id)).to.deep.equal([id]);
      expect((await boss.getParkedEvent({ id })).state).to.equal('parked');
      expect((await boss.skipParked({ filter: { reason: 'another' }, expected_count: 0, note: 'none of them' })).decided).to.equal(0);
      const changed = await problemOf(boss.retryParked({ filter: {}, expected_count: 2 }));
      expect([changed.code, changed.problem.current_count]).to.deep.equal(['version_mismatch', 1]);
      expect((await boss.retryParked({ filter: { event_ids: [id] }, expected_count: 1 })).event_ids).to.deep.equal([id]);
    } finally {
      await system.sql.query('DELETE FROM relay_parked');
    }
    const { total } = await boss.planReplay({ from: 'beginning', to: 'position:20' });
    // One event a second, so that it is not done before it is paused.
    const { id: replay } = await boss.createReplay({ from: 'beginning', to: 'position:20', expected_total: total, rate: 1 });
    expect((await boss.getReplays()).replays.map((each) => each.id)).to.deep.equal([replay]);
    expect((await boss.pauseReplay({ id: replay })).state).to.equal('paused');
    expect((await boss.resumeReplay({ id: replay })).state).to.equal('requested');
    expect((await boss.cancelReplay({ id: replay })).state).to.equal('cancelling');
    await eventually(async () => { expect((await boss.getReplay({ id: replay })).state).to.equal('cancelled'); }, { timeoutMs: 30_000 });
  });

  it('asks the projectors to compare the view and to build it anew', async () => {
    const { admin: boss } = clients();
    expect((await boss.createVerification({ deep: true })).state).to.equal('requested');
    expect((await boss.createRebuild({ note: 'for the walk' })).kind).to.equal('rebuild');
    await eventually(async () => {
      expect((await boss.getViewJobs()).jobs.map(({ state, result }) => [state, result?.differences])).to.deep.equal([['done', 0], ['done', 0]]);
    }, { timeoutMs: 30_000 });
  });

  it('has asked every operation of the document by now', () => {
    expect([...walked].toSorted()).to.deep.equal(Object.keys(operations).toSorted());
  });

  it('reads its own writes of several stores, at once, in the view', async () => {
    const { admin: boss } = clients();
    const id = await system.product(5);
    for (let nth = 1; nth <= 50; nth += 1) {
      const written = await Promise.all(['MAD-001', 'BCN-001', 'VAL-001'].map((store_id) =>
        boss.changeStock({ product_id: id, store_id, quantity_change: 1, reason: 'RESTOCK' })));
      const { stores } = await boss.getAvailability({ id });
      for (const { store_id, version } of written) {
        expect(stores.find((each) => each.store_id === store_id)?.version, `${store_id}, the ${nth}th time`).to.be.at.least(version);
      }
    }
  });

  it('changes a row by what others leave of it, until all are through', async () => {
    const { admin: boss } = clients();
    const product = await system.product(6);
    const before = await boss.getStock({ store: 'VAL-001', product });
    let decided = 0;
    const addOne = () => boss.changeStock('VAL-001', product, ({ quantity }) => {
      decided += 1;
      return { quantity_change: 1, reason: 'CORRECTION', note: `to ${quantity + 1}` };
    }, { tries: 100, deadlineMs: 60_000 });
    await Promise.all(Array.from({ length: 8 }, addOne));
    const after = await boss.getStock({ store: 'VAL-001', product });
    expect([after.quantity - before.quantity, after.version - before.version]).to.deep.equal([8, 8]);
    expect(decided, 'some had to decide again').to.be.above(8);
    const notes: (string | null)[] = [];
    for await (const { note } of boss.getStockHistory({ store: 'VAL-001', product })) notes.push(note);
    expect(notes.slice(0, 8), 'each decided on what the one before left').to.deep.equal(
      Array.from({ length: 8 }, (_, nth) => `to ${before.quantity + 8 - nth}`));
  });

  it('makes a row that is not there by a decision on nothing', async () => {
    const { admin: boss } = clients();
    const { product_id: id } = await boss.createProduct({ sku: 'CLIENT-2', name: 'Chair', price: '49.00' });
    const row = await boss.changeStock('MAD-001', id, ({ version }) => (version === 0 ? { quantity_change: 3, reason: 'RESTOCK' } : undefined));
    expect(row).to.include({ quantity: 3, version: 1 });
    expect(await boss.changeStock('MAD-001', id, () => undefined)).to.include({ quantity: 3, version: 1 });
  });

  it('follows the log from the beginning to the end, each event once, and goes on from a checkpoint', async () => {
    const { admin: boss } = clients();
    const expected: string[] = [];
    for await (const event of boss.listEvents()) expected.push(event.id);
    const followed = async (after: string | undefined, count: number) => {
      const over = new AbortController();
      const [ids, kept]: [string[], string[]] = [[], []];
      await boss.follow({
        ...(after === undefined ? {} : { after }), limit: 50, pollMs: 5, signal: over.signal,
        onEvents: (events) => { ids.push(...events.map((event) => event.id)); },
        checkpoint: (cursor) => {
          kept.push(cursor);
          if (ids.length >= count) over.abort();
        },
      });
      return { ids, kept };
    };
    const whole = await followed(undefined, expected.length);
    expect(whole.ids).to.deep.equal(expected);
    const rest = await followed(whole.kept[0], expected.length - 50);
    expect(rest.ids).to.deep.equal(expected.slice(50));
  });

  it('shows a tablet what its store has, and each change: the example', async () => {
    const tablet = await spawnProcess({
      command: 'api', script: 'packages/client/example/tablet.mjs', args: ['MAD-001'],
      env: { API_URL: `http://127.0.0.1:${system.apis[0]?.port}`, TOKEN_VENDOR: await system.keys.token({ role: 'vendor', userId: 'vendor-789', storeIds: ['MAD-001'] }) },
    });
    try {
      await eventually(() => { expect(tablet.noise[0]).to.match(/^2\d products in MAD-001, \d+ of them out$/); });
      const product = await system.product(2);
      const { available } = await clients().vendor.changeStock({ product_id: product, store_id: 'MAD-001', quantity_change: 3, reason: 'RETURN' });
      await eventually(() => { expect(tablet.noise).to.include(`${product} ${available} OK (3, RETURN)`); });
    } finally {
      expect(await tablet.stop()).to.deep.equal({ code: 0, signal: null });
    }
  });

  it('hears of a log that was restored, and begins again', async () => {
    const { admin: boss } = clients();
    const { next_cursor: after } = await boss.listEvents({ limit: 1 }).page();
    await system.sql.query('UPDATE log_epoch SET epoch = epoch + 1');
    const over = new AbortController();
    const told: unknown[] = [];
    await boss.follow({
      after, limit: 2, pollMs: 5, signal: over.signal,
      onReset: ({ code }) => { told.push(code); return undefined; },
      onEvents: ([first]) => { told.push(first?.position); over.abort(); },
    });
    expect(told[0]).to.equal('log_epoch_changed');
    const { rows: [row] } = await system.sql.query<{ position: string }>('SELECT min(position) AS position FROM events');
    expect(told[1]).to.equal(Number(row?.position));
  });

  it('leaves every invariant intact', async () => {
    await expectInvariants(system.sql);
  });
});
