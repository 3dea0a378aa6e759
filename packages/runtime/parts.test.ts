import { expect } from 'chai';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { createParts } from './parts.ts';
import { captureLog } from './testing/log.ts';

describe('the parts of a process', () => {
  const create = () => {
    const { log, lines } = captureLog();
    const stopped: string[] = [];
    const parts = createParts({ log });
    const add = (name: string, stop: () => void | Promise<void> = () => undefined): void => {
      parts.add({ name, stop: async () => { await stop(); stopped.push(name); } });
    };
    return { parts, add, stopped, lines };
  };

  it('stop in reverse, each when the one before it has stopped', async () => {
    const { parts, add, stopped } = create();
    let release = (): void => undefined;
    add('first');
    add('second', () => new Promise((resolve) => { release = resolve; }));
    add('third');
    const stop = parts.stop();
    await new Promise(setImmediate);
    expect(stopped, 'the first waits for the second').to.deep.equal(['third']);
    release();
    await stop;
    expect(stopped).to.deep.equal(['third', 'second', 'first']);
  });

  it('are released after half a start: a later part that fails to start stops the earlier ones', async () => {
    const { parts, add, stopped } = create();
    const listen = async (port: number): Promise<number> => {
      const server = createServer().listen(port, '127.0.0.1');
      await once(server, 'listening');
      add(`port ${port}`, async () => { await new Promise((resolve) => { server.close(resolve); }); });
      const address = server.address();
      return typeof address === 'object' && address !== null ? address.port : 0;
    };
    const start = async (): Promise<void> => {
      add('pool');
      const port = await listen(0);
      await listen(port);
    };
    const failure = await start().then(() => undefined, (error: unknown) => error);
    expect(failure).to.have.property('code', 'EADDRINUSE');
    await parts.stop();
    expect(stopped).to.deep.equal(['port 0', 'pool']);
  });

  it('stop although one of them fails to, which is logged', async () => {
    const { parts, add, stopped, lines } = create();
    add('first');
    add('second', () => { throw new Error('stuck'); });
    add('third');
    await parts.stop();
    expect(stopped).to.deep.equal(['third', 'first']);
    expect(lines()).to.have.length(1);
    expect(lines()[0]).to.deep.include({ level: 'error', message: 'could not stop second' });
  });

  it('stop once, however often they are told to', async () => {
    const { parts, add, stopped } = create();
    add('first');
    await Promise.all([parts.stop(), parts.stop()]);
    await parts.stop();
    expect(stopped).to.deep.equal(['first']);
    expect(() => { add('late'); }).to.throw('late was started after the stop');
  });

  it('say what they are for the line "ready"', () => {
    const { parts } = create();
    parts.add({ name: 'a', stop: () => undefined, ready: { port: 1 } });
    parts.add({ name: 'b', stop: () => undefined });
    parts.add({ name: 'c', stop: () => undefined, ready: { lanes: 2 } });
    expect(parts.ready()).to.deep.equal({ port: 1, lanes: 2 });
  });
});
