// @ts-check
/* TEST_SERVICES=containers: the servers that all tests share; their end removes every container that a test started. */
import { setTimeout as wait } from 'node:timers/promises';
import { lastLines } from '../process/command.mjs';
import { spawnGuarded } from '../process/guard.mjs';
import { paths } from '../base/paths.mjs';
import { Problem } from '../base/problem.mjs';

/** With pulls over a slow line. */
const START_MS = 10 * 60_000;
const STOP_MS = 60_000;

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {boolean} whether the tests are to run on containers
 */
export function wantsContainers(env) {
  const value = env['TEST_SERVICES'] ?? '';
  if (value === '' || value === 'private') return false;
  if (value === 'containers') return true;
  throw new Problem(`TEST_SERVICES=${value}: no such services.`, 'They are `private` (the default) or `containers`.');
}

/**
 * @param {import('../install/tools.mjs').Tools} tools
 * @returns {Promise<{ env: NodeJS.ProcessEnv, stop: () => Promise<void> }>} what the tests need to find them
 */
export async function startContainerStack(tools) {
  // It removes what is left itself. Testcontainers' reaper would be one more image to pull, so it runs only on request.
  const settings = { TESTCONTAINERS_RYUK_DISABLED: tools.env['TESTCONTAINERS_RYUK_DISABLED'] ?? 'true' };
  const mode = { TEST_SERVICES: 'containers', ...settings };
  const child = await spawnGuarded({
    command: tools.node, args: ['packages/testkit/servers/container-stack.ts'], cwd: paths.root,
    env: { ...tools.env, ...mode }, patienceMs: STOP_MS,
  });
  let said = '';
  let errors = '';
  child.child.stdout?.setEncoding('utf8').on('data', (chunk) => (said += chunk));
  child.child.stderr?.setEncoding('utf8').on('data', (chunk) => (errors = (errors + chunk).slice(-4000)));
  const stop = () => child.stop(STOP_MS);
  const deadline = Date.now() + START_MS;
  while (child.alive() && !said.includes('\n') && Date.now() < deadline) await Promise.race([child.exited, wait(50)]);
  if (!said.includes('\n')) {
    await stop();
    throw new Problem(`The test services did not start in containers:\n${lastLines(errors)}`,
      'Is Docker running? `docker info` says so.');
  }
  const { owner, urls } = JSON.parse(said);
  const addresses = { DATABASE_URL: urls.postgres, REDIS_URL: urls.redis, NATS_URL: urls.nats };
  return { env: { ...addresses, ...mode, INVENTORY_TEST_OWNER: owner }, stop };
}
