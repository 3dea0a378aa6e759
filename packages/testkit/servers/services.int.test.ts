import { expect } from 'chai';
import { existsSync } from 'node:fs';
import { Redis } from 'ioredis';
import { connect as connectNats } from 'nats';
import pg from 'pg';
import { eventually } from '../waiting/eventually.ts';
import type { Service } from './service.ts';
import { startNats, startPostgres, startRedis } from './services.ts';

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('services', function () {
  this.timeout(60_000);

  describe('postgres', () => {
    let service: Service;
    before(async () => { service = await startPostgres({ settings: ['max_connections=20'] }); });
    after(() => service.stop());

    async function query(text: string): Promise<unknown> {
      const client = new pg.Client({ connectionString: service.url, connectionTimeoutMillis: 500, query_timeout: 500 });
      client.on('error', () => undefined);
      try {
        await client.connect();
        const { rows } = await client.query<Record<string, unknown>>(text);
        return rows[0]?.['value'];
      } finally {
        client.end().catch(() => undefined);
      }
    }

    it('serves with the settings that were asked for', async () => {
      expect(await query(`SELECT current_setting('max_connections') AS value`)).to.equal('20');
      expect(await query(`SELECT current_setting('fsync') AS value`)).to.equal('off');
    });

    it('freezes with all of its backends, those of open connections too, and wakes up again', async () => {
      const client = new pg.Client({ connectionString: service.url });
      await client.connect();
      await service.freeze();
      let answered = false;
      const answer = client.query('SELECT 1').then(() => { answered = true; });
      const fresh = await query('SELECT 1 AS value').then(() => 'answered', () => 'silent');
      expect({ fresh, answered }).to.deep.equal({ fresh: 'silent', answered: false });
      await service.resume();
      await answer;
      await client.end();
      expect(await query('SELECT 1 AS value')).to.equal(1);
    });

    it('comes back after a kill, on the same port with its data', async () => {
      await query('CREATE TABLE kept (id int)');
      const { local } = service;
      await service.kill();
      if (local !== undefined) expect(isRunning(local.pid)).to.equal(false);
      expect(await query('SELECT 1 AS value').then(() => 'up', () => 'down')).to.equal('down');
      await service.restart();
      if (local !== undefined) expect(service.local?.pid).not.to.equal(local.pid);
      expect(await query(`SELECT to_regclass('kept')::text AS value`)).to.equal('kept');
    });

    it('freezes single backends by the numbers that they know themselves by', async () => {
      const client = new pg.Client({ connectionString: service.url });
      await client.connect();
      const { rows: [row] } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      const pid = row?.pid ?? 0;
      await service.signal([pid], 'SIGSTOP');
      let answered = false;
      const answer = client.query('SELECT 1').then(() => { answered = true; });
      expect(await query('SELECT 1 AS value'), 'another connection').to.equal(1);
      expect(answered).to.equal(false);
      await service.signal([pid], 'SIGCONT');
      await answer;
      await client.end();
    });

    it('stops even when it is frozen, and leaves nothing behind', async () => {
      const { local } = service;
      await service.freeze();
      await service.stop();
      await service.stop();
      expect(await query('SELECT 1 AS value').then(() => 'up', () => 'down')).to.equal('down');
      if (local === undefined) return;
      expect(isRunning(local.pid)).to.equal(false);
      expect(existsSync(local.dir)).to.equal(false);
    });
  });

  it('redis takes arguments, forgets at a restart and can be killed and frozen', async () => {
    const service = await startRedis({ args: ['--maxmemory', '10mb'] });
    const redis = new Redis(service.url, { commandTimeout: 300, retryStrategy: () => 20 });
    redis.on('error', () => undefined);
    try {
      expect(await redis.config('GET', 'maxmemory')).to.deep.equal(['maxmemory', '10485760']);
      await redis.set('a', '1');
      await service.freeze();
      expect(await redis.get('a').then(() => 'answered', () => 'silent')).to.equal('silent');
      await service.resume();
      expect(await eventually(() => redis.get('a'), { what: 'redis to answer' })).to.equal('1');
      await service.kill();
      await service.restart();
      expect(await eventually(() => redis.get('a'), { what: 'redis to answer' })).to.equal(null);
    } finally {
      redis.disconnect();
      await service.stop();
    }
  });

  it('nats keeps its streams over a kill', async () => {
    const service = await startNats();
    try {
      const first = await connectNats({ servers: service.url });
      const manager = await first.jetstreamManager();
      await manager.streams.add({ name: 'KEPT', subjects: ['kept.>'] });
      await first.jetstream().publish('kept.a', 'x');
      await first.close();
      await service.kill();
      await service.restart();
      const second = await connectNats({ servers: service.url });
      const manager2 = await eventually(() => second.jetstreamManager(), { what: 'JetStream' });
      const info = await eventually(() => manager2.streams.info('KEPT'), { what: 'the stream' });
      expect(info.state.messages).to.equal(1);
      await second.close();
    } finally {
      await service.stop();
    }
  });
});
