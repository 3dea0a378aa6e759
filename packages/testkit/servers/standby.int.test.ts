import { expect } from 'chai';
import pg from 'pg';
import { eventually } from '../waiting/eventually.ts';
import { startProxy } from './proxy.ts';
import type { Proxy } from './proxy.ts';
import { inContainers, startPostgres } from './services.ts';
import type { Service } from './service.ts';
import { noStandby, startStandby, stopImmediately } from './standby.ts';

const reason = inContainers ? 'a server in a container keeps its files to itself' : noStandby();
const skipped = reason === '' ? '' : ` (skipped: ${reason})`;

(reason === '' ? describe : describe.skip)(`a streaming standby${skipped}`, function () {
  this.timeout(60_000);
  let primary: Service;
  let replication: Proxy;
  let standby: Service;
  before(async () => {
    primary = await startPostgres();
    replication = await startProxy({ targetPort: primary.port });
    standby = await startStandby(primary, { port: replication.port });
  });
  after(async () => {
    await replication.close();

    await standby.stop();
    await primary.stop();
  });

  const ask = async (service: Service, text: string): Promise<unknown> => {
    const client = new pg.Client({ connectionString: service.url, connectionTimeoutMillis: 2_000, query_timeout: 35_000 });
    client.on('error', () => undefined);
    await client.connect();
    try {
      const { rows } = await client.query<Record<string, unknown>>(text);
      return rows[0]?.['value'];
    } finally {
      await client.end();
    }
  };
  const arrives = (service: Service, count: number) => eventually(async () => {
    expect(await ask(service, 'SELECT count(*)::int AS value FROM kept')).to.equal(count);
  });

  it('follows its primary, stays behind while nothing passes between them, and is promoted without the rest', async () => {
    await ask(primary, 'CREATE TABLE kept (id int)');
    await ask(primary, 'INSERT INTO kept VALUES (1)');
    await arrives(standby, 1);
    expect(await ask(standby, 'SELECT pg_is_in_recovery() AS value')).to.equal(true);
    replication.blackhole();
    await ask(primary, 'INSERT INTO kept VALUES (2)');
    replication.refuse();
    expect(await ask(standby, 'SELECT pg_promote(true, 30) AS value')).to.equal(true);
    expect(await ask(standby, 'SELECT pg_is_in_recovery() AS value')).to.equal(false);
    await arrives(standby, 1);
    await ask(standby, 'INSERT INTO kept VALUES (3)');
    await arrives(standby, 2);
  });

  it('is stopped in the middle of its work, and comes back with what was committed', async () => {
    const before = standby.local?.pid;
    await stopImmediately(standby);
    expect(await ask(standby, 'SELECT 1').then(() => 'answers', () => 'gone')).to.equal('gone');
    await standby.restart();
    expect(standby.local?.pid).to.not.equal(before);
    await arrives(standby, 2);
  });
});
