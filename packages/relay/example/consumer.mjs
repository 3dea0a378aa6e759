// @ts-check
/*
 * Follows what every store has of every product, and writes a line for each change:
 *
 *   node packages/relay/example/consumer.mjs nats://127.0.0.1:4222 my-analytics
 *   node packages/relay/example/consumer.mjs nats://127.0.0.1:4222 my-backfill REPLAY_5f1c0a9be2
 *
 * It may be killed at any time, and goes on where it was; docs/events.md says what it may rely on.
 */
import { AckPolicy, DeliverPolicy, connect } from 'nats';

const words = process.argv.slice(2);
const option = words.find((word) => word.startsWith('-'));
if (option !== undefined) {
  const help = option === '--help' || option === '-h';
  const usage = 'Usage: node packages/relay/example/consumer.mjs [NATS_URL [DURABLE [STREAM]]]\n';
  process[help ? 'stdout' : 'stderr'].write(`${help ? '' : `unknown option ${option}\n`}${usage}`);
  process.exit(help ? 0 : 2);
}
const [url = 'nats://127.0.0.1:4222', durable = 'example', stream = 'INVENTORY'] = words;

const nats = await connect({ servers: url, name: durable, maxReconnectAttempts: -1 });
const manager = await nats.jetstreamManager();
// Asked for again, a durable consumer is the one that is there, with all that it has acknowledged.
await manager.consumers.add(stream, {
  durable_name: durable,
  ack_policy: AckPolicy.Explicit,
  deliver_policy: DeliverPolicy.All,
  ack_wait: 30_000_000_000,
});
const consumer = await nats.jetstream().consumers.get(stream, durable);
const messages = await consumer.consume({ max_messages: 100 });
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => messages.stop());

/**
 * The newest version seen of each stock row. In earnest it stands beside what you make of the event, and both are
 * written in one transaction; then it does not matter that a message may come twice, or late.
 * @type {Map<string, number>}
 */
const versions = new Map();

for await (const message of messages) {
  const type = message.headers?.get('ce-type') ?? '';
  const key = message.headers?.get('ce-partitionkey') ?? '';
  // stock.* and reservation.* carry the state of their stock row after the event; a rejection changes nothing.
  if (/^(stock|reservation)\./.test(type) && type !== 'reservation.rejected') {
    /** @type {{ store_id: string, product_id: string, available: number, version: number }} */
    const state = message.json();
    if (state.version > (versions.get(key) ?? 0)) {
      versions.set(key, state.version);
      process.stdout.write(`${state.store_id} ${state.product_id} ${state.available} available, version ${state.version}\n`);
    }
  }
  message.ack();
}
await nats.drain();
