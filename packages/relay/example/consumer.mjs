// @ts-check
/*
 * Follows what every store has of every product, and writes a line for each change:
 *
 *   node packages/relay/example/consumer.mjs nats://analytics:PASSWORD@127.0.0.1:4222 analytics
 *   node packages/relay/example/consumer.mjs nats://analytics:PASSWORD@127.0.0.1:4222 analytics REPLAY_5f1c0a9be2
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

// The client does not look for a user in the URL.
const { host, username: user, password } = new URL(url);
const login = user === '' ? {} : { user: decodeURIComponent(user), pass: decodeURIComponent(password) };
const nats = await connect({ servers: host, ...login, name: durable, maxReconnectAttempts: -1 });
const manager = await nats.jetstreamManager();
// The one that is there has what was acknowledged. In a replay's stream the replay makes it (--durable).
await manager.consumers.info(stream, durable).catch(() => manager.consumers.add(stream, {
  durable_name: durable,
  ack_policy: AckPolicy.Explicit,
  deliver_policy: DeliverPolicy.All,
  ack_wait: 30_000_000_000,
}));
const consumer = await nats.jetstream().consumers.get(stream, durable);
let going = true;
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => { going = false; });

/**
 * The newest version seen of each stock row. In earnest it stands beside what you make of the event, and both are
 * written in one transaction; then it does not matter that a message may come twice, or late.
 * @type {Map<string, number>}
 */
const versions = new Map();

/** @param {import('nats').JsMsg} message */
function read(message) {
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

// Asked for a hundred at a time, because a server that answers across accounts remembers each request of a longer subscription.
while (going) {
  const messages = await consumer.fetch({ max_messages: 100, expires: 1000 });
  for await (const message of messages) read(message);
}
await nats.drain();
