/** The configuration of the projector and its commands. */
import { commonShape, defineConfig, processEnv, readConfig, secret, url } from '@inventory/runtime/config/config.ts';

const redisUrl = () => secret(url(['redis:', 'rediss:'])).meta({
  description: 'Redis, where the availability view is kept',
  examples: ['redis://127.0.0.1:6379'],
});
const natsUrl = () => secret(url(['nats:', 'tls:'])).meta({
  description: 'NATS with JetStream, where the events come from',
  examples: ['nats://127.0.0.1:4222'],
});

/** How long an answer of Redis may take. Nobody waits for the projector, but a cycle of sealing has only two seconds. */
export const REDIS_TIMEOUT_MS = 1_000;

/** What `projector run` reads from the environment. */
export const projectorConfig = defineConfig({
  name: 'projector',
  shape: { ...commonShape(9466), REDIS_URL: redisUrl(), NATS_URL: natsUrl() },
});

/** What its other commands read: they repair and show the view, which needs no broker. */
const commandConfig = defineConfig({
  name: 'projector',
  shape: { ...commonShape(0), REDIS_URL: redisUrl() },
});

/** The configuration of a command that is no server. @throws {ConfigError} with all problems at once */
export function readCommandConfig() {
  return readConfig(commandConfig, processEnv());
}

type Parsed<S> = S extends { parse(...args: never): infer R } ? Extract<R, { readonly config: unknown }>['config'] : never;
export type ProjectorConfig = Parsed<typeof projectorConfig>;
