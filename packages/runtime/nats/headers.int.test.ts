import { expect } from 'chai';
import { AckPolicy, connect, headers } from 'nats';
import type { JsMsg, NatsConnection } from 'nats';
import type { Service } from '@inventory/testkit/servers/service.ts';
import { startNats } from '@inventory/testkit/servers/services.ts';
import { headerBlock, headerReader } from './headers.ts';

describe('the headers of a message', function () {
  this.timeout(90_000);
  let service: Service;
  let nats: NatsConnection;
  before(async () => {
    service = await startNats();
    nats = await connect({ servers: service.url });
  });
  after(async () => {
    await nats.close();
    await service.stop();
  });

  /** Messages as a consumer gets them: headers as given, none for null. */
  async function received(all: readonly (Readonly<Record<string, string>> | null)[], data: Uint8Array): Promise<readonly JsMsg[]> {
    const jsm = await nats.jetstreamManager();
    await jsm.streams.add({ name: 'HEADERS', subjects: ['headers'] });
    try {
      await jsm.consumers.add('HEADERS', { durable_name: 'reader', ack_policy: AckPolicy.Explicit });
      for (const record of all) {
        const made = headers();
        for (const [name, value] of Object.entries(record ?? {})) made.append(name, value);
        await nats.jetstream().publish('headers', data, record === null ? {} : { headers: made });
      }
      const found: JsMsg[] = [];
      const consumer = await nats.jetstream().consumers.get('HEADERS', 'reader');
      for await (const message of await consumer.fetch({ max_messages: all.length, expires: 5_000 })) found.push(message);
      return found;
    } finally {
      await jsm.streams.delete('HEADERS');
    }
  }

  it('read as the client reads them, out of the bytes', async () => {
    const names = ['ce-type', 'ce-time', 'ce-types', 'type', 'Ce-Type', 'empty', 'name', 'missing'];
    const messages = await received([
      { 'ce-types': 'longer', 'ce-type': 'thing.changed', 'ce-time': '2026-11-26T10:00:00.000Z', empty: '', name: 'Café: ☕ ce-type: none' },
      { name: 'NATS/1.0', 'ce-type': 'after it' },
      null,
    ], Buffer.from('{"payload":"NATS/1.0\\r\\nce-time: of the payload"}'));
    expect(messages.length).to.equal(3);
    for (const message of messages) {
      const read = headerReader(message);
      expect(names.map((name) => read(name))).to.deep.equal(names.map((name) => message.headers?.get(name) ?? ''));
      // Where the client has moved its bytes, this goes red: then every consumer pays for the map again.
      expect(headerBlock(message)).to.be.a('string');
    }
    expect(names.map((name) => headerReader(messages[1] ?? expect.fail())(name))[0]).to.equal('after it');
  });

  it('read whole of messages that came in several pieces', async () => {
    const messages = await received(Array.from({ length: 20 }, (_, nth) => ({ nth: String(nth) })), Buffer.alloc(50_000, 'x'));
    expect(messages.map((message) => headerReader(message)('nth'))).to.deep.equal(Array.from({ length: 20 }, (_, nth) => String(nth)));
  });

  it('come from the client\'s map where its bytes are not found', async () => {
    const [message] = await received([{ 'ce-type': 'thing.changed' }], Buffer.from('{}'));
    if (message === undefined) throw new Error('it was published');
    const { headers: known, data, subject } = message;
    const other = { ...message, headers: known, data, subject, msg: undefined };
    expect(headerBlock(other)).to.equal(undefined);
    expect([headerReader(other)('ce-type'), headerReader(other)('none')]).to.deep.equal(['thing.changed', '']);
  });
});
