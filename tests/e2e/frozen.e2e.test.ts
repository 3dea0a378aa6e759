/** Every command of an operator beside a server that is frozen: it says so and ends, within seconds, whatever stays open. */
import { expect } from 'chai';
import pg from 'pg';
import { createTestDatabase } from '@inventory/db/testing/database.ts';
import type { TestDatabase } from '@inventory/db/testing/database.ts';
import { addStockRows, appendStockEvents } from '@inventory/testkit/log/fixture.ts';
import { spawnProcess, startProcess } from '@inventory/testkit/processes/processes.ts';
import type { ProcessName } from '@inventory/testkit/processes/processes.ts';
import { startNats, startPostgres, startRedis } from '@inventory/testkit/servers/services.ts';
import type { Service } from '@inventory/testkit/servers/service.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';

/** From the last word to the end of the process; what a command waits for before it speaks is bounded by the test. */
const END_MS = 3000;
const WHOLE_MS = 40_000;
/** A replay waits for half a minute before it pauses; its last attempt may take some ten seconds more. */
const REPLAY_MS = 60_000;
const EVENTS = 20_000;

describe('beside a frozen server', function () {
  this.timeout(180_000);
  let postgres: Service;
  let redis: Service;
  let nats: Service;
  let database: TestDatabase;
  let pool: pg.Pool;
  const started: { kill(): Promise<void> }[] = [];

  before(async () => {
    [postgres, redis, nats] = await Promise.all([startPostgres(), startRedis(), startNats()]);
    database = await createTestDatabase(postgres.url);
    pool = new pg.Pool({ connectionString: database.url, max: 2 });
    pool.on('error', () => undefined);
    const stockIds = await addStockRows(pool, { rows: 20 });
    await appendStockEvents(pool, { stockIds, each: EVENTS / 20 });
    const env = { DATABASE_URL: database.url, NATS_URL: nats.url };
    const relay = await startProcess({ command: 'relay', args: ['run'], env });
    await eventually(async () => {
      const { rows } = await pool.query<{ left: number }>('SELECT count(*)::int AS left FROM events WHERE NOT processed');
      expect(rows[0]?.left).to.equal(0);
    }, { timeoutMs: 60_000, what: 'everything published' });
    await relay.stop();
  });
  afterEach(async () => {
    for (const each of started.splice(0)) await each.kill();
    await Promise.all([postgres, redis, nats].map((service) => service.resume()));
  });
  after(async () => {
    await pool.end();
    await Promise.all([postgres, redis, nats].map((service) => service.stop()));
  });

  const spawn = async (command: ProcessName, args: readonly string[], script?: string) => {
    const child = await spawnProcess({
      command, args, ...(script === undefined ? {} : { script }),
      env: { DATABASE_URL: database.url, NATS_URL: nats.url, REDIS_URL: redis.url },
    });
    started.push(child);
    return child;
  };
  /** Until it has ended, or for so long at most; it is killed then. */
  const outcome = async (child: Awaited<ReturnType<typeof spawn>>, wholeMs = WHOLE_MS) => {
    const begun = performance.now();
    let said = 0;
    let saidAt = begun;
    const watch = setInterval(() => {
      if (child.noise.length + child.logs.length === said) return;
      said = child.noise.length + child.logs.length;
      saidAt = performance.now();
    }, 20);
    const late = setTimeout(() => { void child.kill(); }, wholeMs);
    const { code, signal } = await child.exited;
    clearTimeout(late);
    clearInterval(watch);
    return { code: code ?? signal, silentMs: performance.now() - saidAt, text: child.noise.join('\n') };
  };

  /** Its words where it did not end with 1, said nothing, or stayed after its last word. */
  const faultOf = async (child: Awaited<ReturnType<typeof spawn>>, name: string, wholeMs = WHOLE_MS): Promise<readonly string[]> => {
    const { code, silentMs, text } = await outcome(child, wholeMs);
    return code === 1 && text !== '' && silentMs < END_MS ? [] : [`${name}: ${code}, ${silentMs.toFixed(0)} ms after its last word: ${text}`];
  };

  type Command = readonly [command: ProcessName, args: readonly string[], script?: string];
  const commands: Readonly<Record<'nats' | 'redis' | 'postgres', readonly Command[]>> = {
    nats: [
      ['relay', ['status']], ['relay', ['status', '--json']], ['relay', ['reconcile']], ['relay', ['reconcile', '--repair']],
      ['relay', ['reconcile', '--restored']], ['relay', ['replay', '--from', 'beginning']], ['relay', ['watch']],
    ],
    redis: [['projector', ['status']], ['projector', ['verify']], ['projector', ['rebuild']]],
    postgres: [
      ['relay', ['status']], ['relay', ['reconcile']], ['relay', ['parked', 'ls']], ['relay', ['replay', 'ls']],
      ['projector', ['status']], ['projector', ['verify']], ['api', [], 'packages/api/cli/seed.ts'], ['api', ['up'], 'db/migrate.ts'],
      ['api', ['revoke', '--jti', 'x'], 'packages/api/cli/token.ts'],
    ],
  };
  for (const frozen of ['nats', 'redis', 'postgres'] as const) {
    it(`${frozen}: each of ${commands[frozen].length} commands says what is wrong, and ends`, async () => {
      await ({ nats, redis, postgres })[frozen].freeze();
      const faults = await Promise.all(commands[frozen].map(async ([command, args, script]) =>
        faultOf(await spawn(command, args, script), `${script ?? command} ${args.join(' ')}`)));
      expect(faults.flat()).to.deep.equal([]);
    });
  }

  it('nats, frozen in the midst of it: relay reconcile says what is wrong, relay replay is paused, and both end', async () => {
    const [reading, replaying] = await Promise.all([
      spawn('relay', ['reconcile', '--json']), spawn('relay', ['replay', '--from', 'beginning', '--rate', '500', '--json']),
    ]);
    await eventually(() => { expect(replaying.noise.join('\n')).to.contain('"type":"progress"'); }, { timeoutMs: 20_000, everyMs: 1 });
    await nats.freeze();
    expect((await Promise.all([
      faultOf(reading, 'relay reconcile'), faultOf(replaying, 'relay replay', REPLAY_MS),
    ])).flat()).to.deep.equal([]);
    expect(replaying.noise.join('\n')).to.contain('"reason":"NATS does not answer"');
  });
});
