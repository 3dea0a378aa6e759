// @ts-check
/*
 * Follows what every store has of every product, and writes a line for each change:
 *
 *   node packages/relay/example/consumer.mjs nats://analytics:PASSWORD@127.0.0.1:4222 analytics
 *   node packages/relay/example/consumer.mjs nats://analytics:PASSWORD@127.0.0.1:4222 analytics REPLAY_5f1c0a9be2
 *
 * It may be killed at any time, and goes on where it was. It outlives servers that are away, cut off or without a leader; of a
 * cluster it takes all servers, with commas between them. docs/events.md says what it may rely on.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { AckPolicy, DeliverPolicy, NatsError, connect } from 'nats';

const words = process.argv.slice(2);
const option = words.find((word) => word.startsWith('-'));
if (option !== undefined) {
  const help = option === '--help' || option === '-h';
  const usage = 'Usage: node packages/relay/example/consumer.mjs [NATS_URL [DURABLE [STREAM]]]\n';
  process[help ? 'stdout' : 'stderr'].write(`${help ? '' : `unknown option ${option}\n`}${usage}`);
  process.exit(help ? 0 : 2);
}
const [urls = 'nats://127.0.0.1:4222', durable = 'example', stream = 'INVENTORY'] = words;

const PAUSE_MS = 250;
/** A server that has been of no use for this long is left for another one. */
const PATIENCE_MS = 4_000;
/** What a call may take. */
const timeout = 2_000;
const CONSUMER_NOT_FOUND = 10_014;

const servers = urls.split(',').map((url) => new URL(url));
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

/** @param {number} first the server that is tried before the others */
function connectTo(first) {
  const inTurn = servers.map((_, nth) => servers[(first + nth) % servers.length] ?? new URL(urls));
  // The client does not look for a user in the URL.
  const [{ username: user, password } = new URL(urls)] = inTurn;
  const login = user === '' ? {} : { user: decodeURIComponent(user), pass: decodeURIComponent(password) };
  return connect({
    servers: inTurn.map(({ host }) => host), noRandomize: true, ...login, name: durable, timeout, maxReconnectAttempts: -1,
    pingInterval: 3_000,
  });
}

/**
 * The durable has what was acknowledged. It is made only where it is missing, because to make one asks the leader of the whole
 * cluster, even where it is there. In a replay's stream the replay makes it (--durable).
 * @param {import('nats').NatsConnection} nats
 */
async function findConsumer(nats) {
  const { consumers } = nats.jetstream({ timeout });
  try {
    return await consumers.get(stream, durable);
  } catch (error) {
    if (!(error instanceof NatsError) || error.api_error?.err_code !== CONSUMER_NOT_FOUND) throw error;
    const manager = await nats.jetstreamManager({ timeout, checkAPI: false });
    await manager.consumers.add(stream, {
      durable_name: durable, ack_policy: AckPolicy.Explicit, deliver_policy: DeliverPolicy.All, ack_wait: 30_000_000_000,
    });
    return await consumers.get(stream, durable);
  }
}

/** @param {import('nats').NatsConnection} nats */
async function readSome(nats) {
  const consumer = await findConsumer(nats);
  const { num_pending: pending } = await consumer.info(true);
  let came = 0;
  for (let pulls = 0; going && pulls < 5; pulls += 1) {
    // Asked for a hundred at a time, because a server that answers across accounts remembers each request of a longer subscription.
    for await (const message of await consumer.fetch({ max_messages: 100, expires: 1000 })) {
      read(message);
      came += 1;
    }
  }
  if (going && came === 0 && pending > 0) throw new Error(`${pending} messages are pending, and none comes`);
}

let said = '';
/** Says why nothing comes, once for each reason. @param {unknown} error */
function say(error) {
  const why = error instanceof NatsError ? error.api_error?.description ?? error.message : String(error);
  if (why !== said) process.stderr.write(`not now: ${why}\n`);
  said = why;
}

for (let first = 0; going; first += 1) {
  try {
    const nats = await connectTo(first);
    for (let wellAt = Date.now(); going && Date.now() - wellAt < PATIENCE_MS;) {
      try {
        await readSome(nats);
        wellAt = Date.now();
        said = '';
      } catch (error) {
        say(error);
        await delay(PAUSE_MS);
      }
    }
    // Acknowledgements that are under way go out. A server that is of no use is not waited for.
    await Promise.race([nats.drain(), delay(1_000)]);
  } catch (error) {
    say(error);
    await delay(PAUSE_MS);
  }
}
process.exit(0);
