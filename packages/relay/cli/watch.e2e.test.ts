import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { connect, headers } from 'nats';
import type { NatsConnection } from 'nats';
import { spawnProcess } from '@inventory/testkit/processes/processes.ts';
import type { TestProcess } from '@inventory/testkit/processes/processes.ts';
import { processEnv } from '@inventory/runtime/config/config.ts';
import { startNats } from '@inventory/testkit/servers/services.ts';
import type { Service } from '@inventory/testkit/servers/service.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';

const TOKEN = 's3cret';

describe('relay watch', function () {
  this.timeout(60_000);
  let server: Service;
  let nats: NatsConnection;
  let url: string;
  const running: TestProcess[] = [];
  before(async () => { server = await startNats({ users: false, args: ['--auth', TOKEN] }); });
  after(() => server.stop());
  beforeEach(async () => {
    url = server.url.replace('nats://', `nats://${TOKEN}@`);
    nats = await connect({ servers: server.url, token: TOKEN, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
  });
  afterEach(async () => {
    for (const child of running.splice(0)) await child.kill();
    await nats.close();
  });

  const spawnWatch = async (args: readonly string[], env: Readonly<Record<string, string>> = { NATS_URL: url }) => {
    const child = await spawnProcess({ command: 'relay', args: ['watch', ...args], env });
    running.push(child);
    return child;
  };
  /** Resolves when its subscriptions stand: what is published from now on is shown. */
  const watch = async (...args: readonly string[]): Promise<TestProcess> => {
    const child = await spawnWatch(args);
    await eventually(() => { expect(child.noise[0]).to.match(/^Watching /); }, { timeoutMs: 20_000 });
    await eventually(async () => {
      nats.publish('stock.probe.X', 'probe');
      await nats.flush();
      expect(child.noise.join('\n')).to.match(/stock\.probe\.X|"stock\.probe\.X"/);
    });
    return child;
  };
  const shown = (child: TestProcess) => child.noise.slice(1).filter((line) => !line.includes('stock.probe.X'));
  const ended = async (args: readonly string[], env?: Readonly<Record<string, string>>) => {
    const child = await spawnWatch(args, env);
    const { code } = await child.exited;
    return { code, said: child.noise.join('\n') };
  };

  it('shows each event of its subjects on a line of its own, whatever is in it, and ends by Ctrl-C', async () => {
    const child = await watch('stock.>', 'reservation.*.MAD-001');
    expect(child.noise[0]).to.match(/^Watching stock\.> reservation\.\*\.MAD-001: to /).and.not.contain(TOKEN);
    nats.publish('stock.updated.MAD-001', '{"quantity":20,"note":"Añil"}');
    nats.publish('reservation.created.BCN-001', '{"not":"asked for"}');
    nats.publish('reservation.created.MAD-001', 'a\r\nb\u001b[31mc\u009bd\u202ee');
    await nats.flush();
    await eventually(() => { expect(shown(child)).to.have.length(2); });
    const [first, second] = shown(child).map((line) => line.replace(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z /, ''));
    expect(first).to.equal('stock.updated.MAD-001 {"quantity":20,"note":"Añil"}');
    expect(second).to.equal('reservation.created.MAD-001 a\\u{d}\\u{a}b\\u{1b}[31mc\\u{9b}d\\u{202e}e');
    await child.kill('SIGINT');
    expect(await child.exited).to.deep.equal({ code: 0, signal: null });
  });

  it('shows everything without subjects, and as JSON for programs', async () => {
    const child = await watch('--json');
    const head = headers();
    head.set('ce-id', '0198c2f2-6b0a-7cc3-9d5b-0d1f7c3a8e11');
    nats.publish('store.created.GLOBAL', '{"name":"Madrid"}', { headers: head });
    nats.publish('product.created.GLOBAL', Buffer.from([0xff, 0x00]));
    nats.publish('product.updated.GLOBAL', '{"name":"\u009b2J\u202e"}');
    nats.publish('replay.x.stock.updated.MAD-001', '{}');
    await nats.flush();
    // A line of JSON with a message would be a log line; these have none.
    await eventually(() => { expect(shown(child)).to.have.length(3); });
    // As it is for a program, and no more than text for a terminal.
    expect(shown(child)[2]).to.contain(String.raw`"data":{"name":"\u009b2J\u202e"}`);
    const lines = shown(child).map((line): Record<string, unknown> => JSON.parse(line));
    expect(lines.map(({ received_at: at, ...line }) => [typeof at, line])).to.deep.equal([
      ['string', { subject: 'store.created.GLOBAL', headers: { 'ce-id': '0198c2f2-6b0a-7cc3-9d5b-0d1f7c3a8e11' }, data: { name: 'Madrid' } }],
      ['string', { subject: 'product.created.GLOBAL', headers: {}, data_base64: '/wA=' }],
      ['string', { subject: 'product.updated.GLOBAL', headers: {}, data: { name: '\u009b2J\u202e' } }],
    ]);
    await child.kill('SIGTERM');
    expect((await child.exited).code).to.equal(0);
  });

  it('says when NATS goes and comes back, and goes on', async () => {
    const child = await watch('stock.>');
    await server.restart();
    await eventually(() => { expect(shown(child)[0]).to.match(/^Not watching stock\.>: the connection was lost$/); });
    await eventually(() => { expect(shown(child)[1]).to.match(/^Watching stock\.>: again to /); }, { timeoutMs: 20_000 });
    await eventually(async () => {
      nats.publish('stock.updated.MAD-001', '{"after":"restart"}');
      await nats.flush();
      expect(shown(child).at(-1)).to.match(/stock\.updated\.MAD-001 \{"after":"restart"\}$/);
    }, { timeoutMs: 20_000 });
  });

  /** With a reader of its output that may go, or be slow. */
  const spawnPiped = () => spawn(process.execPath, [join(import.meta.dirname, '..', 'main.ts'), 'watch', 'stock.>'], {
    env: { PATH: processEnv()['PATH'], NATS_URL: url }, stdio: ['ignore', 'pipe', 'pipe'],
  });

  it('ends with its reader', async () => {
    const child = spawnPiped();
    const closed = once(child, 'exit');
    child.stdout.once('data', () => { child.stdout.destroy(); });
    await eventually(async () => {
      nats.publish('stock.updated.MAD-001', '{}');
      await nats.flush();
      expect(child.exitCode).to.equal(0);
    }, { timeoutMs: 20_000 });
    await closed;
  });

  it('leaves out what a slow reader would let pile up, and says how much', async () => {
    const child = spawnPiped();
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => { said += chunk.toString(); });
    await eventually(() => { expect(said).to.match(/^Watching/); }, { timeoutMs: 20_000 });
    const large = 'x'.repeat(100_000);
    for (let n = 0; n < 300; n += 1) nats.publish('stock.updated.MAD-001', large);
    await eventually(() => { expect(said).to.match(/^The output is read too slowly: events are left out$/m); });
    let shownBytes = 0;
    child.stdout.on('data', (chunk: Buffer) => { shownBytes += chunk.length; });
    await eventually(async () => {
      nats.publish('stock.updated.MAD-001', '{}');
      await nats.flush();
      expect(said).to.match(/^\d+ events were left out$/m);
    }, { timeoutMs: 20_000 });
    child.kill('SIGINT');
    // 'close' comes behind the last byte of its output.
    await once(child, 'close');
    expect(shownBytes).to.be.within(8_000_000, 12_000_000);
  });

  it('ends with 1 and says why when NATS is not there, or does not let it in', async () => {
    const away = await ended([], { NATS_URL: 'nats://127.0.0.1:1' });
    expect(away).to.deep.equal({ code: 1, said: 'relay: NATS does not answer: CONNECTION_REFUSED' });
    const refused = await ended([], { NATS_URL: server.url.replace('nats://', 'nats://wr0ng@') });
    expect(refused.code).to.equal(1);
    expect(refused.said).to.match(/^relay: NATS does not answer: .*Authorization Violation/i).and.not.contain('wr0ng');
  });

  it('ends with 2 when it was used or configured wrongly: no subject reaches NATS that could forge a line', async () => {
    for (const subject of ['a b', 'a\r\nPUB x 1', 'a..b', '.a', 'a.>.b', 'a*', '', '>x']) {
      const { code, said } = await ended([subject]);
      expect([code, said], subject).to.deep.equal(
        [2, `relay: ${JSON.stringify(subject)} is no subject, such as stock.updated.MAD-001 or stock.>`]);
    }
    expect(await ended([], {})).to.deep.equal({
      code: 2, said: 'relay: 1 problem in the configuration\n  NATS_URL is required: NATS with JetStream, where the events are published; of a cluster, several servers with commas between them',
    });
    const { code, said } = await ended(['--help']);
    expect(code).to.equal(0);
    expect(said).to.match(/relay watch 'stock\.>'/);
  });
});
