import { expect } from 'chai';
import { AckPolicy } from 'nats';
import { addStockRows, appendStockEvents } from '@inventory/testkit/log/fixture.ts';
import { startNats } from '@inventory/testkit/servers/services.ts';
import type { Service } from '@inventory/testkit/servers/service.ts';
import { createWorkbench, drain } from '../testing/workbench.ts';
import type { Workbench } from '../testing/workbench.ts';
import { readConsumers } from './consumers.ts';

describe('what the relay tells of consumers', () => {
  let server: Service;
  let workbench: Workbench;
  before(async () => { server = await startNats(); });
  after(() => server.stop());
  beforeEach(async () => {
    workbench = await createWorkbench(server);
    await appendStockEvents(workbench.pool, { stockIds: await addStockRows(workbench.pool, { rows: 1 }), each: 10 });
    await drain(workbench.relay(await workbench.newTerm()));
  });
  afterEach(() => workbench.close());

  it('is that there are none where the stream is not there', async () => {
    await workbench.jsm.streams.delete('INVENTORY');
    expect(await readConsumers(workbench.jsm)).to.deep.equal([]);
  });

  it('is how much each has before it, since when, and what it was given in vain; those that last come first', async () => {
    const { jsm, nats, pool } = workbench;
    expect(await readConsumers(jsm)).to.deep.equal([]);
    await jsm.consumers.add('INVENTORY', { durable_name: 'accounts', ack_policy: AckPolicy.Explicit, filter_subject: 'stock.>' });
    await jsm.consumers.add('INVENTORY', { durable_name: 'prices', ack_policy: AckPolicy.Explicit, filter_subject: 'product.>' });
    await jsm.consumers.add('INVENTORY', { ack_policy: AckPolicy.Explicit, inactive_threshold: 60e9 });
    const { rows } = await pool.query<{ timestamp: Date }>('SELECT timestamp FROM events ORDER BY position');
    const [accounts, prices, passing] = await readConsumers(jsm);
    expect(accounts).to.deep.equal({
      name: 'accounts', durable: true, filter: ['stock.>'], pending: 10, unacknowledged: 0, redelivered: 0, acknowledged: 0,
      behind_since: rows[0]?.timestamp.toISOString(),
    });
    expect(prices, 'there is nothing for it').to.deep.include({ name: 'prices', pending: 0, behind_since: null });
    expect(passing).to.deep.include({ durable: false, filter: [], pending: 10 });

    const consumer = await nats.jetstream().consumers.get('INVENTORY', 'accounts');
    let taken = 0;
    for await (const message of await consumer.fetch({ max_messages: 4, expires: 5000 })) {
      taken += 1;
      // The last of them is given back.
      if (taken < 4) await message.ackAck();
      else message.nak(600_000);
    }
    const [after] = await readConsumers(jsm);
    expect(after).to.deep.include({ pending: 6, unacknowledged: 1, acknowledged: 3, behind_since: rows[3]?.timestamp.toISOString() });
    for await (const message of await consumer.fetch({ max_messages: 6, expires: 5000 })) await message.ackAck();
    expect((await readConsumers(jsm))[0]).to.deep.include({ pending: 0, unacknowledged: 1, acknowledged: 3, behind_since: rows[3]?.timestamp.toISOString() });
  });
});
