/**
 * Opens each URL among its arguments by the factory that the processes use, and logs what became of it. A process of its
 * own, because Node reads NODE_EXTRA_CA_CERTS once, at its start.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { createPool } from '@inventory/db/pool.ts';
import { classify } from '@inventory/db/sqlstate.ts';
import { createLogger } from '@inventory/runtime/log.ts';
import type { Logger } from '@inventory/runtime/log.ts';
import { connectNats } from '@inventory/runtime/nats/link.ts';
import { createRedis } from '@inventory/runtime/redis/link.ts';

/** Time for more attempts after the first one, whose lines would be too many. */
const MORE_MS = 800;

async function tryPostgres(url: string, log: Logger): Promise<void> {
  const pool = createPool({ url, applicationName: 'tls', max: 1, maxLifetimeSeconds: 60, onIdleError: () => undefined });
  try {
    const { rows: [row] } = await pool.query<{ ssl: boolean }>('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()');
    log.info('connected to postgres', { encrypted: row?.ssl });
  } catch (error) {
    log.warn('not connected to postgres', { error, kind: classify(error) });
  } finally {
    await pool.end();
  }
}

async function tryRedis(url: string, log: Logger): Promise<void> {
  await new Promise<void>((resolve) => { createRedis({ url, name: 'tls', log, onState: () => { resolve(); } }); });
  await delay(MORE_MS);
}

async function tryNats(url: string, log: Logger): Promise<void> {
  await new Promise<void>((resolve) => { connectNats({ url, name: 'tls', log, onState: () => { resolve(); } }); });
  await delay(MORE_MS);
}

const root = createLogger({ process: 'tls', instance: 'tls', level: 'info' });
await Promise.all(process.argv.slice(2).map((url, nth) => {
  const log = root.child({ nth });
  if (url.startsWith('postgres:')) return tryPostgres(url, log);
  return url.startsWith('redis') ? tryRedis(url, log) : tryNats(url, log);
}));
await root.close();
// With whatever is connected, or still being tried: their ends are lines that are not asked for.
process.exit();
