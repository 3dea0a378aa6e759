/** A customer is forgotten everywhere: tables, stream, Redis, what the processes say and count. */
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { connect } from 'nats';
import { createClient } from '@inventory/testkit/http/client.ts';
import { expectInvariants } from '@inventory/testkit/invariants/invariants.ts';
import { tablesWith } from '@inventory/testkit/log/tables-with.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { startSystem } from './system.ts';
import type { System } from './system.ts';

const CANARY = 'canary-2d70';

describe('the id of a customer, in a whole system', function () {
  this.timeout(120_000);
  let system: System;
  before(async () => { system = await startSystem({ apis: 2 }); });
  after(() => system.stop());

  const published = () => eventually(async () => {
    expect((await system.sql.query('SELECT FROM events_unpublished LIMIT 1')).rows).to.deep.equal([]);
  }, { timeoutMs: 60_000 });

  /** The messages of the stream, with their headers, as text. */
  const messages = async (): Promise<readonly string[]> => {
    const nats = await connect({ servers: system.nats.url });
    try {
      const { streams } = await nats.jetstreamManager();
      const { state } = await streams.info('INVENTORY');
      const all = [];
      for (let seq = state.first_seq; seq <= state.last_seq; seq += 1) {
        const { subject, header, data } = await streams.getMessage('INVENTORY', { seq });
        all.push(`${subject} ${[...header].map(([name, values]) => `${name}: ${values.join()}`).join(' ')} ${Buffer.from(data).toString()}`);
      }
      return all;
    } finally {
      await nats.close();
    }
  };

  /** All keys of Redis with what they hold, as text. */
  const keys = async (): Promise<readonly string[]> => {
    const redis = new Redis(system.redis.url);
    try {
      const names = await redis.keys('*');
      return await Promise.all(names.map(async (name) => {
        const read = { string: () => redis.get(name), hash: () => redis.hgetall(name), zset: () => redis.zrange(name, '0', '-1'), set: () => redis.smembers(name), list: () => redis.lrange(name, 0, -1) };
        const type = await redis.type(name);
        if (!(type in read)) throw new Error(`${name} is a ${type}`);
        const [, how] = Object.entries(read).find(([each]) => each === type) ?? [];
        return `${name} ${JSON.stringify(await how?.())}`;
      }));
    } finally {
      redis.disconnect();
    }
  };

  /** Everywhere beside the tables where the text is found. */
  const placesWith = async (text: string): Promise<readonly string[]> => {
    const processes = [...system.apis, ...system.relays, ...system.projectors];
    const metrics = await Promise.all(processes.map(async ({ opsPort }) => (await createClient(`http://127.0.0.1:${opsPort}`).get('/metrics')).text));
    const places = {
      stream: await messages(), redis: await keys(), metrics, logs: processes.flatMap(({ logs, noise }) => [...logs.map((line) => JSON.stringify(line)), ...noise]),
    };
    for (const [name, found] of Object.entries(places)) expect(found, name).to.have.length.above(0);
    return Object.entries(places).flatMap(([name, found]) => (found.some((each) => each.includes(text)) ? [name] : []));
  };

  it('is in the table of customers alone, and after an erasure nowhere, and the others go on', async () => {
    const product_id = await system.product(1);
    const clients = await Promise.all([
      { role: 'customer' as const, userId: CANARY }, { role: 'vendor' as const, userId: 'vendor-789', storeIds: ['MAD-001'] }, { role: 'service' as const, userId: 'shop-1' },
    ].map(async (who, nth) => createClient(`http://127.0.0.1:${system.apis[nth % 2]?.port}`, await system.keys.token(who))));
    const [canary] = clients;
    const ask = (path: string, body: object, client = canary) =>
      client?.post(path, body, { headers: { 'idempotency-key': `key-${CANARY}-${path}`, 'x-request-id': `request-${CANARY}` } });
    const line = { product_id, store_id: 'MAD-001', quantity: 1 };
    for (const client of clients) {
      for (const repeat of [1, 2]) expect((await ask('/api/v1/reservations', { ...line, customer_id: CANARY }, client))?.status, `${repeat}`).to.equal(201);
    }
    expect((await ask('/api/v1/reservations/batch', { lines: [line], customer_id: CANARY }))?.status).to.equal(201);
    expect((await canary?.post('/api/v1/reservations', { ...line, quantity: 100, customer_id: CANARY }))?.status).to.equal(409);
    expect((await canary?.get(`/api/v1/reservations?customer_id=${CANARY}`))?.status).to.equal(200);
    await eventually(async () => {
      expect((await system.sql.query("SELECT FROM events WHERE event_type = 'reservation.rejected'")).rows).to.have.length(1);
    }, { timeoutMs: 60_000 });
    await published();
    expect(await tablesWith(system.sql, CANARY)).to.deep.equal(['customers']);
    expect(await placesWith(CANARY)).to.deep.equal([]);

    const boss = await system.client('admin', 1);
    const erased = await boss.post('/api/v1/customers/erasures', { customer_id: CANARY, release_holds: true });
    expect([erased.status, erased.body['holds_released']]).to.deep.equal([200, 4]);
    await published();
    expect(await tablesWith(system.sql, CANARY)).to.deep.equal([]);
    expect(await placesWith(CANARY)).to.deep.equal([]);
    expect((await messages()).filter((each) => each.startsWith('customer.erased.GLOBAL '))).to.have.length(1)
      .and.have.nested.property('[0]').that.contains(String(erased.body['customer_ref']));
    // Both apis hear of it, not only the one that was asked.
    await eventually(async () => { expect((await canary?.get('/api/v1/me'))?.status).to.equal(401); }, { timeoutMs: 30_000 });
    const { stdout } = await system.command('packages/projector/main.ts', ['verify', '--deep']);
    expect(stdout).to.include('0 differences');
    await expectInvariants(system.sql);
  });
});
