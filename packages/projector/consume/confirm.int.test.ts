import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { headers } from 'nats';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { startNats } from '@inventory/testkit/servers/services.ts';
import type { Service } from '@inventory/testkit/servers/service.ts';
import { madeUpEvents } from '../testing/deliveries.ts';
import { createFastWay } from '../testing/fast-way.ts';
import type { FastWay } from '../testing/fast-way.ts';

describe('what the stream says of the log', function () {
  this.timeout(90_000);
  let server: Service;
  let way: FastWay;
  before(async () => { server = await startNats(); });
  after(() => server.stop());
  beforeEach(async () => { way = await createFastWay(server); });
  afterEach(() => way.close());

  it('believes no message: a forged one changes nothing, whatever it says of itself', async () => {
    await way.makeStream();
    way.consume();
    const [event, next] = madeUpEvents(1, 2);
    if (event?.type !== 'stock.updated') throw new Error('made-up events are of stock');
    const forged = JSON.stringify({ ...event.payload, quantity: 999_999, available: 999_998, version: 900 });
    await way.publishAll([event]);
    const { id, position } = await way.append('stock.updated', event.payload);
    await way.send('stock.updated', {}, forged);
    await way.send('stock.updated', { id }, forged);
    await way.send('stock.updated', { position: 1_000_000_000, id: '00000000-0000-4000-8000-00000000dead' }, forged);
    await way.send('stock.updated', { position, id: '00000000-0000-4000-8000-00000000dead' }, forged);
    await way.nats.jetstream().publish('stock.updated.MAD-001', 'no headers');
    for (const sequence of ['0', '-1', '1e3', '9'.repeat(20), '1 1', 'x']) {
      const head = headers();
      head.set('ce-sequence', sequence);
      head.set('ce-id', id);
      await way.nats.jetstream().publish('stock.updated.MAD-001', forged, { headers: head });
    }
    // Of a message that names an event of the log, the log's word is taken, not the message's.
    await way.send('stock.updated', { id, position }, forged);
    await way.settled(13);
    expect(await way.fieldOf(event), 'what the log says').to.equal('1:12:1:0:0');
    expect([await way.counted('refused'), await way.counted('terminated')]).to.deep.equal([11, 0]);
    // The forged version 900 stands in nobody's way.
    if (next !== undefined) await way.publishAll([next]);
    await way.settled(14);
    expect(await way.fieldOf(event)).to.match(/^2:/);
  });

  it('takes nothing while the log cannot be asked, and loses nothing', async () => {
    await way.makeStream();
    way.consume();
    await eventually(() => { expect(way.state().bound).to.equal(true); });
    const [event] = madeUpEvents(1, 1);
    if (event?.type !== 'stock.updated') throw new Error('made-up events are of stock');
    await way.append(event.type, event.payload);
    await way.workbench.pool.query('ALTER TABLE events RENAME TO away');
    await way.publish(event.type, event.payload);
    await eventually(async () => { expect((await way.consumer()).num_ack_pending).to.equal(1); }, { timeoutMs: 10_000, everyMs: 10 });
    await delay(300);
    expect(await way.fieldOf(event)).to.equal(null);
    expect((await way.consumer()).ack_floor.stream_seq, 'nothing is acknowledged').to.equal(0);
    await way.workbench.pool.query('ALTER TABLE away RENAME TO events');
    await way.settled(1);
    expect(await way.fieldOf(event)).to.equal('1:12:1:0:0');
  });
});
