import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { processEnv } from '@inventory/runtime/config/config.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { addStockRows, appendStockEvents } from '@inventory/testkit/log/fixture.ts';
import { asProcess } from '@inventory/testkit/processes/logins.ts';
import { inContainers, startPostgres } from '@inventory/testkit/servers/services.ts';
import type { Service } from '@inventory/testkit/servers/service.ts';
import { createRelays } from '../testing/relays.ts';
import type { Relays } from '../testing/relays.ts';
import { readStream } from '../testing/workbench.ts';

const SUBJECTS = ['stock.>', 'reservation.>', 'product.>', 'store.>'];
const command = promisify(execFile);
const ROOT = join(import.meta.dirname, '..', '..', '..');

type Line = Readonly<Record<string, unknown>>;

describe('relay reconcile', () => {
  let relays: Relays;
  let postgres: Service | undefined;
  let folder: string;
  beforeEach(async () => {
    postgres = undefined;
    folder = await mkdtemp(join(tmpdir(), 'reconcile-'));
  });
  afterEach(async () => {
    await relays.close();
    await postgres?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const reconcile = async (...args: readonly string[]) => {
    const { code, said } = await relays.run(['reconcile', '--json', ...args]);
    const lines = said.split('\n').filter((line) => line.startsWith('{')).map((line): Line => JSON.parse(line));
    return { code, said, lines, of: (type: string) => lines.filter((line) => line['type'] === type) };
  };

  it('finds exactly the three messages that were deleted, and --repair puts them back', async function () {
    this.timeout(120_000);
    relays = await createRelays();
    const { workbench } = relays;
    await workbench.jsm.streams.add({ name: 'INVENTORY', subjects: SUBJECTS, deny_delete: false });
    const stockIds = await addStockRows(workbench.pool, { rows: 10 });
    await appendStockEvents(workbench.pool, { stockIds, each: 10 });
    await relays.start();
    await relays.everythingPublished();
    const before = await readStream(workbench.nats);
    // At the head, in the middle and at the end: neither the first nor the last sequence of the stream shows it.
    const gone = [1, 50, 100].map((sequence) => before.find((message) => message.sequence === sequence));
    for (const message of gone) await workbench.jsm.streams.deleteMessage('INVENTORY', message?.sequence ?? 0);

    const found = await reconcile();
    expect(found.code, found.said).to.equal(1);
    expect(found.of('missing').map(({ event_id: id, sequence }) => [id, sequence])).to.deep.equal(
      gone.map((message) => [message?.id, message?.sequence]));
    expect(found.of('summary')[0]).to.include({ agree: false, missing: 3, unknown: 0, copy: 0 });
    expect(found.of('begin')[0]?.['drift']).to.include('deny_delete is false, not true');

    const repaired = await reconcile('--repair');
    expect(repaired.code, repaired.said).to.equal(0);
    expect(repaired.of('summary')[0]).to.include({ agree: true, missing: 3, repaired: 3 });
    const put = (await readStream(workbench.nats)).slice(-3);
    expect(put.map(({ id, sequence, repair }) => ({ id, sequence, repair }))).to.deep.equal(
      gone.map((message, i) => ({ id: message?.id, sequence: 101 + i, repair: true })));
    // The relay leads again by itself, behind what was put back.
    await appendStockEvents(workbench.pool, { stockIds });
    await relays.expectOneCopyEach();
    const after = await relays.run(['reconcile']);
    expect(after.code, after.said).to.equal(0);
    expect(after.said).to.match(/^Drift: deny_delete is false, not true$/m)
      .and.match(/^Log and stream agree: 0 missing, 0 unknown, 0 copies, 0 not yet marked\.$/m);

    // A log that has gone back in time has another epoch, and the stream is not its own, though every event agrees.
    await workbench.pool.query("UPDATE log_epoch SET epoch = 2, reason = 'test'");
    const [other, refused] = [await reconcile(), await reconcile('--repair')];
    const conflict = 'the stream INVENTORY belongs to epoch 1, the log is in epoch 2';
    expect(other.code, other.said).to.equal(1);
    expect(other.of('begin')[0]).to.include({ conflict, epoch: 2 });
    // What a repair refuses is not what the advice is.
    expect((await relays.run(['reconcile'])).said).to.match(/not yet marked\. See relay reconcile --restored\.$/m);
    expect(refused.code, refused.said).to.equal(1);
    expect(refused.of('summary')[0]).to.include({ refused: `${conflict}; see --restored` });
    const status = await relays.run(['status', '--json']);
    expect(status.code, status.said).to.equal(1);
    expect(JSON.parse(status.said).problems).to.include(conflict);
  });

  const skipped = inContainers ? ' (skipped: the files of a server in a container are out of reach)' : '';
  const promise = 'gives a restored database a new epoch and a stream of its own, and saves what only the old one knew';

  (inContainers ? it.skip : it)(`${promise}${skipped}`, async function () {
    this.timeout(180_000);
    postgres = await startPostgres();
    const data = postgres.local?.dir ?? '';
    relays = await createRelays({ adminUrl: postgres.url });
    const { workbench } = relays;
    const stockIds = await addStockRows(workbench.pool, { rows: 5 });
    await appendStockEvents(workbench.pool, { stockIds, each: 20 });
    const relay = await relays.start();
    await relays.everythingPublished();
    const customers = ['in-the-file', 'in-the-stream', 'stays'].map((id) => ({ id, ref: randomUUID() }));
    for (const { id, ref } of customers) await workbench.pool.query('INSERT INTO customers (ref, external_id) VALUES ($1, $2)', [ref, id]);
    // A backup; then the shop goes on; then the backup is put back.
    const backup = join(folder, 'backup');
    await postgres.kill();
    await command('cp', ['-a', data, backup]);
    await postgres.restart();
    await eventually(() => appendStockEvents(workbench.pool, { stockIds, each: 10 }));
    const payload = { customer_ref: customers[1]?.ref, erasure_id: randomUUID(), holds_released: 0, erased_at: new Date().toISOString() };
    await workbench.pool.query(`INSERT INTO events (id, event_type, store_id, aggregate_id, payload, stream_id)
      VALUES (gen_random_uuid(), 'customer.erased', 'GLOBAL', $1, $2, $1)`, [payload.customer_ref, JSON.stringify(payload)]);
    await relays.everythingPublished();
    await postgres.kill();
    await command('rm', ['-rf', data]);
    await command('cp', ['-a', backup, data]);
    await postgres.restart();
    await eventually(() => appendStockEvents(workbench.pool, { stockIds, each: 3 }));
    await relay.waitForLog(({ error }) => JSON.stringify(error ?? '').includes('which the log does not know'), {
      timeoutMs: 30_000,
    });

    expect(await reconcile('--repair')).to.include({ code: 1 }).and.property('said').match(/which the log does not know/);
    const file = join(folder, 'unknown.jsonl');
    const erasures = join(folder, 'erasures.jsonl');
    const { rows: [log] } = await workbench.pool.query<{ log_id: string }>('SELECT log_id FROM log_epoch');
    const head = { type: 'erasures', log_id: log?.log_id, exported_at: new Date().toISOString() };
    const lineOf = (ref = '') => ({ erasure_id: randomUUID(), customer_ref: ref, erased_at: head.exported_at, erased_by: 'admin-1', holds_released: 1, references_removed: 0 });
    const write = (lines: readonly object[]) => writeFile(erasures, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    expect(await reconcile('--restored', '--save', file), 'it asks before it does anything').to.include({ code: 2 })
      .and.property('said').match(/who was erased since the backup/);
    await write([{ ...head, log_id: randomUUID() }]);
    expect(await reconcile('--restored', '--erasures', erasures)).to.include({ code: 2 }).and.property('said').match(/of another log/);
    await write([head, lineOf(customers[0]?.ref), lineOf(randomUUID())]);
    const { code, said, of } = await reconcile('--restored', '--erasures', erasures, '--save', file);
    expect(code, said).to.equal(0);
    expect(of('epoch')).to.deep.equal([{ type: 'epoch', epoch: 2 }]);
    expect(of('saved')[0]).to.include({ messages: 51 });
    expect(of('forgotten')).to.deep.equal([{ type: 'forgotten', known: 2, told: 3 }]);
    const known = await workbench.pool.query<{ id: string }>('SELECT external_id AS id FROM customers WHERE external_id IS NOT NULL');
    expect(known.rows).to.deep.equal([{ id: 'stays' }]);
    expect((await workbench.pool.query('SELECT FROM erasures')).rows).to.have.length(3);
    const saved = (await readFile(file, 'utf8')).trim().split('\n').map((line): Line => JSON.parse(line));
    expect(saved.map(({ sequence }) => sequence)).to.deep.equal(Array.from({ length: 51 }, (_, i) => 101 + i));
    await relays.expectOneCopyEach();
    expect(await readStream(workbench.nats)).to.have.length(115);
    expect((await workbench.jsm.streams.info('INVENTORY')).config.description).to.equal('inventory event log, epoch 2');
    // A second time there is nothing to restore, and nothing is destroyed.
    const again = await reconcile('--restored', '--no-erasures');
    expect(again.code).to.equal(1);
    expect(again.of('summary')[0]?.['refused']).to.match(/nothing was changed/);
    expect(await readStream(workbench.nats)).to.have.length(115);
    // But whoever is told of is forgotten: the stream may be as old as the backup.
    await write([head, lineOf(customers[2]?.ref)]);
    const told = await reconcile('--restored', '--erasures', erasures);
    expect(told.of('forgotten')).to.deep.equal([{ type: 'forgotten', known: 1, told: 1 }]);
    expect(told.of('summary')[0]?.['refused']).to.match(/nothing else was changed/);
    // With --yes it does all of its work, although nobody reads on.
    const env = asProcess('relay', { DATABASE_URL: workbench.url, NATS_URL: relays.server.url });
    const piped = `"${process.execPath}" packages/relay/main.ts reconcile --restored --no-erasures --yes --save "${file}.again" | head -1; exit \${PIPESTATUS[0]}`;
    const { stdout, stderr } = await command('bash', ['-c', piped], { cwd: ROOT, env: { ...processEnv(), ...env } });
    expect(stdout, 'one line').to.match(/^.+\n$/);
    expect(stderr).to.equal('');
    expect((await workbench.jsm.streams.info('INVENTORY')).config.description).to.equal('inventory event log, epoch 3');
    await relays.expectOneCopyEach();
  });
});
