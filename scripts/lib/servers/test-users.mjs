// @ts-check
/*
 * The users of Redis and NATS on servers that only tests use: those of a deployment, with the same rights and passwords that
 * everybody knows, and the test's own, who may do everything. Whoever brings no name is the test, too.
 */
import { natsConfig, redisConfig } from './credentials.mjs';

/** The test's own user. A URL with this name is the test's; a process gets its own user in its place. */
export const TESTER = 'tester';

/** @param {string} user */
export const testPassword = (user) => `test-${user}`;

const PASSWORDS = {
  redis: { api: testPassword('api'), projector: testPassword('projector') },
  nats: { relay: testPassword('relay'), projector: testPassword('projector'), analytics: testPassword('analytics') },
};

/** What redis-server reads. */
export const testRedisConfig = () => redisConfig(PASSWORDS.redis)
  .replace('user default off', `user default on nopass ~* &* +@all\nuser ${TESTER} on >${testPassword(TESTER)} ~* &* +@all`);

/** What nats-server reads. */
export const testNatsConfig = () => natsConfig(PASSWORDS.nats)
  .replace('users: [', `users: [\n    { user: ${TESTER}, password: ${testPassword(TESTER)} }`)
  .concat(`\nno_auth_user: ${TESTER}\n`);

/**
 * @param {string} url of a server with these users, without one
 * @returns {string} the same with the test's user
 */
export function asTester(url) {
  const parsed = new URL(url);
  parsed.username = TESTER;
  parsed.password = testPassword(TESTER);
  return parsed.href;
}
