import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { inContainers, startNats } from '@inventory/testkit/servers/services.ts';
import { startNatsWithoutJetStream } from '@inventory/testkit/servers/odd.ts';
import { Unreachable, withNats } from '../cli/connections.ts';
import { captureLog } from '../testing/log.ts';
import { connectNats } from './link.ts';
import type { NatsLink } from './link.ts';

const skipped = inContainers ? ' (skipped: a container takes no configuration of ours)' : '';
const describeHere = inContainers ? describe.skip : describe;

describeHere(`a NATS server that is there and of no use${skipped}`, function () {
  this.timeout(60_000);
  let folder: string;
  let link: NatsLink | undefined;
  let capture: ReturnType<typeof captureLog>;
  const ends: (() => unknown)[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nats-rights-'));
    capture = captureLog();
  });
  afterEach(async () => {
    await link?.close();
    for (const end of ends.splice(0)) await end();
    await rm(folder, { recursive: true });
  });

  it('is said to have JetStream switched off', async () => {
    const { url, stop } = await startNatsWithoutJetStream();
    ends.push(stop);
    link = connectNats({ url, name: 'test', log: capture.log });
    expect(link.hint(), 'before it is reached').to.equal(undefined);
    await link.connection(AbortSignal.timeout(5_000));
    await eventually(() => { expect(link?.hint()).to.equal('this NATS server has JetStream switched off'); });
    const failed = await withNats({ url, name: 'command' }, async (nats) =>
      (await nats.jetstreamManager({ checkAPI: false })).streams.info('INVENTORY')).catch((error: unknown) => error);
    expect(failed).to.be.instanceOf(Unreachable);
    expect(String(failed)).to.match(/JetStream switched off/);
  });

  it('is said to refuse a right, with its subject, once in the log', async () => {
    const config = join(folder, 'nats.conf');
    await writeFile(config, `authorization { users = [{ user: relay, password: secret, permissions: {
      publish: { deny: ["things.>"] }, subscribe: { deny: ["secrets"] } } }] }\n`);
    const server = await startNats({ args: ['-c', config], users: false });
    ends.push(() => server.stop());
    link = connectNats({ url: server.url.replace('nats://', 'nats://relay:secret@'), name: 'test', log: capture.log });
    const nats = await link.connection(AbortSignal.timeout(5_000));
    expect(link.hint()).to.equal(undefined);
    for (let n = 0; n < 3; n += 1) nats.publish('things.changed');
    await eventually(() => { expect(link?.hint()).to.equal('this user of NATS may not publish to things.changed'); });
    await nats.flush();
    expect(capture.lines().filter(({ message }) => message === 'nats refuses a right')).to.have.length(1);
    nats.subscribe('secrets', { callback: () => undefined });
    await eventually(() => { expect(link?.hint()).to.match(/may not subscribe to secrets/); });
  });
});
