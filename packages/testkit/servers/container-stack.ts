/**
 * The servers that all tests of a run share, in containers. Prints one line of JSON with their URLs and then waits; a
 * SIGTERM ends it, and it removes every container of the run, those of its tests too. The process that starts it has it
 * signalled at its own end (guard.mjs), so that kill -9 of a run leaves no container behind. If this process is killed
 * itself, the next run on this machine removes its containers.
 */
import { once } from 'node:events';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { identify, isAlive } from '../../../scripts/lib/process/identity.mjs';
import { removeContainers } from './containers.ts';
import { startNats, startPostgres, startRedis } from './services.ts';

const Owner = z.object({ host: z.string(), pid: z.number(), since: z.string() });

/** A test process that was killed with the run needs up to 5 s to end, and may start a container until then. */
const ORPHANS_MS = 7000;

function isAbandoned(owner: string): boolean {
  const { data } = Owner.safeParse(JSON.parse(owner));
  return data?.host === hostname() && !isAlive(data);
}

const parent = process.ppid;
const asked = Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
const owner = JSON.stringify({ host: hostname(), ...identify() });
process.env['INVENTORY_TEST_OWNER'] = owner;

async function removeAll(): Promise<void> {
  await removeContainers((label) => label === owner);
  if (process.ppid === parent) return;
  await delay(ORPHANS_MS);
  await removeContainers((label) => label === owner);
}

async function start(): Promise<void> {
  await removeContainers(isAbandoned);
  const [postgres, redis, nats] = await Promise.all([startPostgres(), startRedis(), startNats()]);
  const urls = { postgres: postgres.url, redis: redis.url, nats: nats.url };
  process.stdout.write(`${JSON.stringify({ owner, urls })}\n`);
}

const awake = setInterval(() => undefined, 60_000);
try {
  await Promise.race([asked, start().then(() => asked)]);
} finally {
  await removeAll();
  clearInterval(awake);
}
// A start that was interrupted may still wait for a server that is gone.
process.exit();
