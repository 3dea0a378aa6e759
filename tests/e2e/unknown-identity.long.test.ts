/** A managed PostgreSQL that does not say which server it is, as Aurora: the whole system works with POSTGRES_IDENTITY=off. */
import { expect } from 'chai';
import { createClient } from '@inventory/testkit/http/client.ts';
import { expectInvariants } from '@inventory/testkit/invariants/invariants.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { startSystem } from './system.ts';
import type { System } from './system.ts';

describe('the system on a PostgreSQL that does not say which server it is, with POSTGRES_IDENTITY=off', function () {
  this.timeout(180_000);
  let system: System;
  before(async () => {
    system = await startSystem({ env: { POSTGRES_IDENTITY: 'off' } });
    for (const name of ['pg_control_system()', 'pg_current_wal_lsn()', 'pg_walfile_name(pg_lsn)']) {
      await system.sql.query(`REVOKE EXECUTE ON FUNCTION ${name} FROM PUBLIC`);
    }
    for (const process of ['api', 'relay', 'projector'] as const) await system.restart(process, 0);
  });
  after(() => system.stop());

  it('sells, publishes and shows it, and every command does its work', async () => {
    const boss = await system.client('admin');
    const product_id = await system.product(1);
    const before = Number((await boss.get(`/api/v1/products/${product_id}/availability`)).body['total_available']);
    const received = await boss.post('/api/v1/stock', { product_id, store_id: 'MAD-001', quantity_change: 5, reason: 'RESTOCK' });
    expect(received.status, received.text).to.equal(200);
    await eventually(async () => {
      const { body } = await boss.get(`/api/v1/products/${product_id}/availability`);
      expect(body).to.include({ total_available: before + 5, source: 'cache' });
    }, { timeoutMs: 30_000 });
    await eventually(async () => { expect((await system.command('packages/relay/main.ts', ['status'])).stdout).to.match(/Backlog +0 events/); });
    expect((await boss.get('/api/v1/events')).status).to.equal(200);

    for (const [script, args] of [
      ['packages/relay/main.ts', ['reconcile']], ['packages/relay/main.ts', ['reconcile', '--repair']],
      ['packages/relay/main.ts', ['replay', '--from', 'beginning']],
      ['packages/projector/main.ts', ['verify', '--deep']], ['packages/projector/main.ts', ['rebuild']],
      ['packages/projector/main.ts', ['status']], ['packages/api/cli/seed.ts', []],
    ] as const) {
      const failed = await system.command(script, args).then(() => '', (error: unknown) => String(error));
      expect(failed, [script, ...args].join(' ')).to.equal('');
    }
    for (const { opsPort } of [...system.apis, ...system.relays, ...system.projectors]) {
      await eventually(async () => {
        const { status, text } = await createClient(`http://127.0.0.1:${opsPort}`).get('/readyz?verbose');
        expect(status, text).to.equal(200);
        expect(text).to.match(/"name":"server","ok":true/);
      }, { timeoutMs: 15_000 });
    }
    await expectInvariants(system.sql);
  });
});
