import { expect } from 'chai';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'nats';
import type { NatsConnection } from 'nats';
import { inContainers, startNats } from '@inventory/testkit/servers/services.ts';
import type { Service } from '@inventory/testkit/servers/service.ts';
import { publishFrames } from './acks.ts';
import type { Answer, Frame } from './acks.ts';
import { classifyPublishError } from './broker-failures.ts';

const frame = (subject: string, text = '', headers: Frame['headers'] = []): Frame =>
  ({ subject, headers, data: Buffer.from(text) });
/** Sequences and messages of errors. */
const inWords = (answers: readonly Answer[]) =>
  answers.map((answer) => (answer instanceof Error ? answer.message : answer.seq));

describe('acknowledgements', () => {
  let server: Service;
  let nats: NatsConnection;
  before(async () => {
    server = await startNats();
    nats = await connect({ servers: server.url });
    const jsm = await nats.jetstreamManager();
    await jsm.streams.add({ name: 'ACKS', subjects: ['acks.>'], max_msg_size: 1000 });
  });
  after(async () => {
    await nats.close();
    await server.stop();
  });
  const publish = (frames: readonly Frame[], timeoutMs = 2000) => publishFrames(nats, frames, { timeoutMs });

  it('say of each message where it is in the stream, or why it is not', async () => {
    const answers = await publish([frame('acks.a', '1'), frame('acks.b', 'x'.repeat(2000)), frame('acks.a', '2')]);
    expect(inWords(answers)).to.deep.equal([1, 'message size exceeds maximum allowed', 2]);
    expect(classifyPublishError(answers[1])).to.equal('too_large');
    expect(inWords(await publish([frame('acks.a', '3', [['Nats-Expected-Last-Sequence', '1']])])))
      .to.deep.equal(['wrong last sequence: 2']);
    expect(inWords(await publish([]))).to.deep.equal([]);
  });

  it('are the server\'s own where no stream takes the subject', async () => {
    const [answer] = await publish([frame('nowhere')]);
    expect(answer).to.have.property('code', '503');
    expect(classifyPublishError(answer)).to.equal('unknown');
  });

  it('that come too late, or twice, count for nothing', async () => {
    const late = nats.subscribe('late.*', {
      callback: (_error, message) => {
        const again = (): void => { message.respond('{"stream":"LATE","seq":7}'); };
        if (message.subject === 'late.twice') for (let i = 0; i < 2; i += 1) again();
        else setTimeout(again, 100);
      },
    });
    const silent = nats.subscribe('silent', { callback: () => undefined });
    expect(inWords(await publish([frame('late.a'), frame('late.b')], 50))).to.deep.equal(['TIMEOUT', 'TIMEOUT']);
    // Meanwhile the answers to those come in.
    expect(inWords(await publish([frame('silent'), frame('silent')], 300))).to.deep.equal(['TIMEOUT', 'TIMEOUT']);
    expect(inWords(await publish([frame('late.twice'), frame('silent')], 100))).to.deep.equal([7, 'TIMEOUT']);
    late.unsubscribe();
    silent.unsubscribe();
  });

  it('are not waited for where the client sends nothing, and nothing behind that is sent', async () => {
    const heard: string[] = [];
    const spy = nats.subscribe('acks.>', { callback: (_error, message) => { heard.push(message.subject); } });
    for (const refused of [frame('acks.x', '', [['ce-id', 'a\r\nNats-Rollup: all']]), frame('acks.x', 'x'.repeat(2_000_000))]) {
      const answers = await publish([frame('acks.first'), refused, frame('acks.last')]);
      expect(answers).to.have.length(2);
      expect(answers[1]).to.be.instanceOf(Error);
    }
    await nats.flush();
    expect(heard).to.deep.equal(['acks.first', 'acks.first']);
    spy.unsubscribe();
  });

  const skipped = inContainers ? ' (skipped: the files of a server in a container are out of reach)' : '';
  (inContainers ? it.skip : it)(`say at once that a subject may not be published to${skipped}`, async () => {
    const dir = await mkdtemp(join(tmpdir(), 'acks-'));
    const users = '[{ user: relay, password: secret, permissions: { publish: { deny: "denied.>" } } }]';
    await writeFile(join(dir, 'nats.conf'), `authorization { users: ${users} }\n`);
    const strict = await startNats({ args: ['-c', join(dir, 'nats.conf')] });
    const relay = await connect({ servers: strict.url, user: 'relay', pass: 'secret' });
    try {
      const answers = await publishFrames(relay, [frame('denied.a')], { timeoutMs: 10_000 });
      expect(answers.map((answer) => classifyPublishError(answer))).to.deep.equal(['misconfigured']);
    } finally {
      await relay.close();
      await strict.stop();
      await rm(dir, { recursive: true });
    }
  });
});
