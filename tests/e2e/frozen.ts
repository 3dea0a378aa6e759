/** Three private servers with a published log, one of which a test freezes, and an operator's commands beside it. */
import pg from 'pg';
import { expect } from 'chai';
import { createTestDatabase } from '@inventory/db/testing/database.ts';
import { addStockRows, appendStockEvents } from '@inventory/testkit/log/fixture.ts';
import { spawnProcess, startProcess } from '@inventory/testkit/processes/processes.ts';
import type { ProcessName, TestProcess } from '@inventory/testkit/processes/processes.ts';
import { startNats, startPostgres, startRedis } from '@inventory/testkit/servers/services.ts';
import type { Service } from '@inventory/testkit/servers/service.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';

/**
 * From the last word to the end of a command there is a second at most [2 to 71 ms], and on a busy machine as long besides as a
 * command takes that asks no server.
 */
const END_MS = 1000;
const WHOLE_MS = 40_000;
const EVENTS = 20_000;

export interface Freezer {
  readonly servers: Readonly<Record<'nats' | 'redis' | 'postgres', Service>>;
  /** Starts a command, killed at the latest by `thaw`. */
  spawn(command: ProcessName, args: readonly string[], script?: string): Promise<TestProcess>;
  /** Its words for each that did not end with 1 within the time, said nothing, or stayed after its last word. */
  faultsOf(children: readonly (readonly [name: string, child: TestProcess])[], wholeMs?: number): Promise<readonly string[]>;
  /** Ends what still runs, and every freeze. */
  thaw(): Promise<void>;
  close(): Promise<void>;
}

export async function openFreezer(): Promise<Freezer> {
  const [postgres, redis, nats] = await Promise.all([startPostgres(), startRedis(), startNats()]);
  const database = await createTestDatabase(postgres.url);
  const pool = new pg.Pool({ connectionString: database.url, max: 2 });
  pool.on('error', () => undefined);
  const stockIds = await addStockRows(pool, { rows: 20 });
  await appendStockEvents(pool, { stockIds, each: EVENTS / 20 });
  const relay = await startProcess({ command: 'relay', args: ['run'], env: { DATABASE_URL: database.url, NATS_URL: nats.url } });
  await eventually(async () => {
    const { rows } = await pool.query<{ left: number }>('SELECT count(*)::int AS left FROM events_unpublished');
    expect(rows[0]?.left).to.equal(0);
  }, { timeoutMs: 60_000, what: 'everything published' });
  await relay.stop();
  const started: TestProcess[] = [];

  /** Until it has ended, or for so long at most; it is killed then. */
  const outcome = async (child: TestProcess, wholeMs: number) => {
    const begun = performance.now();
    let said = 0;
    let saidAt = begun;
    const look = (): void => {
      if (child.noise.length + child.logs.length === said) return;
      said = child.noise.length + child.logs.length;
      saidAt = performance.now();
    };
    const watch = setInterval(look, 20);
    const late = setTimeout(() => { void child.kill(); }, wholeMs);
    const { code, signal } = await child.exited;
    clearTimeout(late);
    clearInterval(watch);
    look(); // Its last word and its end may have come between two looks.
    return { code: code ?? signal, silentMs: performance.now() - saidAt, text: child.noise.join('\n') };
  };

  const spawn = async (command: ProcessName, args: readonly string[], script?: string): Promise<TestProcess> => {
    const child = await spawnProcess({
      command, args, ...(script === undefined ? {} : { script }),
      env: { DATABASE_URL: database.url, NATS_URL: nats.url, REDIS_URL: redis.url },
    });
    started.push(child);
    return child;
  };
  /** How long a command takes now that asks no server, in ms. */
  const unhinderedMs = async (): Promise<number> => {
    const begun = performance.now();
    const { code } = await (await spawn('relay', ['--help'])).exited;
    expect(code).to.equal(0);
    return performance.now() - begun;
  };

  return {
    servers: { postgres, redis, nats },
    spawn,
    faultsOf: async (children, wholeMs = WHOLE_MS) => {
      const [busyMs, ...outcomes] = await Promise.all([
        unhinderedMs(), ...children.map(async ([name, child]) => ({ name, ...await outcome(child, wholeMs) })),
      ]);
      const slowest = Math.max(...outcomes.map(({ silentMs }) => silentMs));
      process.stdout.write(`      ended ${slowest.toFixed(0)} ms after the last word at most; a command that asks no server took ${busyMs.toFixed(0)} ms\n`);
      return outcomes.filter(({ code, silentMs, text }) => code !== 1 || text === '' || silentMs > END_MS + busyMs)
        .map(({ name, code, silentMs, text }) => `${name}: ${code}, ${silentMs.toFixed(0)} ms after its last word: ${text}`);
    },
    thaw: async () => {
      for (const each of started.splice(0)) await each.kill();
      await Promise.all([postgres, redis, nats].map((service) => service.resume()));
    },
    close: async () => {
      await pool.end();
      await Promise.all([postgres, redis, nats].map((service) => service.stop()));
    },
  };
}
