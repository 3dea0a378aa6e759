/** The configuration of the relay and its commands. */
import { problemOfDatabaseUrl } from '@inventory/db/session/target.ts';
import {
  commonShape, defineConfig, flag, positiveInt, processEnv, readConfig, secret, text, urlList,
} from '@inventory/runtime/config/config.ts';

const natsUrl = () => secret(urlList(['nats:', 'tls:'])).meta({
  description: 'NATS with JetStream, where the events are published; of a cluster, several servers with commas between them',
  examples: ['nats://127.0.0.1:4222'],
});

/** Of PG_POOL_MAX, those that are not the pool's: the leader's lock, and the listener. */
export const RESERVED_CONNECTIONS = 2;
const LEAST_CONNECTIONS = RESERVED_CONNECTIONS + 2;

/** What `relay` reads from the environment, whichever of its commands is run but `watch`. */
export const relayConfig = defineConfig({
  name: 'relay',
  shape: {
    ...commonShape(9465, problemOfDatabaseUrl),
    NATS_URL: natsUrl(),
    STREAM_REPLICAS: positiveInt(5).default(1)
      .describe('Copies of the stream INVENTORY when the relay makes it: 3 in a cluster'),
    NODE_ENV: text({ maxLength: 50 }).optional().describe('The environment; test allows the TEST_ variables'),
    TEST_WITHOUT_CHAIN: flag().default(false)
      .describe('Tests only: publish without the expected sequence, to see that a test of the chain can fail'),
  },
  rules: [{
    of: ['PG_POOL_MAX'],
    holds: ({ PG_POOL_MAX }) => PG_POOL_MAX >= LEAST_CONNECTIONS,
    problem: `PG_POOL_MAX must be at least ${LEAST_CONNECTIONS}: one connection for the lock, one to listen, two for all else`,
  }, {
    of: ['NODE_ENV', 'TEST_WITHOUT_CHAIN'],
    holds: ({ NODE_ENV, TEST_WITHOUT_CHAIN }) => !TEST_WITHOUT_CHAIN || NODE_ENV === 'test',
    problem: 'TEST_WITHOUT_CHAIN is for NODE_ENV=test only: without the chain events are doubled and lost',
  }],
});

export type RelayConfig = ReturnType<typeof readRelayConfig>;

/** The configuration of a command that is no server. @throws {ConfigError} with all problems at once */
export function readRelayConfig() {
  return readConfig(relayConfig, processEnv());
}

const watchConfig = defineConfig({ name: 'relay', shape: { NATS_URL: natsUrl() } });

/** The configuration of `relay watch`. @throws {ConfigError} */
export function readWatchConfig() {
  return readConfig(watchConfig, processEnv());
}
