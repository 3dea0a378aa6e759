import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { eventually } from '../waiting/eventually.ts';
import { startProxy, type Proxy } from './proxy.ts';

const soon = (what: string, check: () => void) => eventually(check, { timeoutMs: 2000, everyMs: 2, what });

/** A client that collects what it hears and how it ended. */
async function dial(port: number) {
  const socket = connect({ host: '127.0.0.1', port });
  let heard = '';
  let ended = 'open';
  socket.on('data', (chunk: Buffer) => { heard += chunk.toString(); });
  socket.on('end', () => { if (ended === 'open') ended = 'end'; });
  socket.on('error', (error: NodeJS.ErrnoException) => { ended = error.code ?? 'error'; });
  await once(socket, 'connect');
  return {
    socket,
    heard: () => heard,
    ended: () => ended,
    say: (text: string) => { socket.write(text); },
    hears: (text: string) => soon(text, () => { expect(heard).to.equal(text); }),
    ends: (how: string) => soon(how, () => { expect(ended).to.equal(how); }),
  };
}

const quiet = () => new Promise((resolve) => setTimeout(resolve, 40));

describe('proxy', function () {
  this.timeout(90_000);

  // Repeats everything that it hears in capitals.
  let received = '';
  let serverEnds = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('end', () => { serverEnds += 1; });
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString();
      socket.write(chunk.toString().toUpperCase());
    });
  });
  let proxy: Proxy;
  beforeEach(async () => {
    received = '';
    serverEnds = 0;
    if (!server.listening) {
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
    }
    const address = server.address();
    proxy = await startProxy({ targetPort: typeof address === 'object' ? (address?.port ?? 0) : 0 });
  });
  afterEach(() => proxy.close());
  after(() => { sockets.forEach((socket) => socket.destroy()); server.close(); });

  it('passes on both directions and the end', async () => {
    const client = await dial(proxy.port);
    client.say('hello');
    await client.hears('HELLO');
    client.socket.end();
    await eventually(() => { expect(serverEnds).to.equal(1); });
    await eventually(() => { expect(proxy.connections()).to.equal(0); });
  });

  it('passes on what the server said last before it closed', async () => {
    const client = await dial(proxy.port);
    client.say('x');
    await client.hears('X');
    sockets.forEach((socket) => { socket.end('y'.repeat(1_000_000)); });
    await client.ends('end');
    expect(client.heard()).to.have.length(1_000_001);
  });

  it('delays every chunk', async () => {
    const client = await dial(proxy.port);
    proxy.delay(30);
    const begun = performance.now();
    client.say('a');
    await client.hears('A');
    expect(performance.now() - begun).to.be.within(58, 1000);
  });

  it('is silent as a blackhole, keeps connections open, accepts new ones, and passes all on when healed', async () => {
    const client = await dial(proxy.port);
    client.say('a');
    await client.hears('A');
    proxy.blackhole();
    client.say('b');
    const second = await dial(proxy.port);
    second.say('c');
    await quiet();
    expect({ heard: client.heard() + second.heard(), received }).to.deep.equal({ heard: 'A', received: 'a' });
    expect([client.ended(), second.ended()]).to.deep.equal(['open', 'open']);
    proxy.heal();
    await client.hears('AB');
    await second.hears('C');
  });

  it('hides the end of the server too while it is a blackhole', async () => {
    const client = await dial(proxy.port);
    client.say('a');
    await client.hears('A');
    proxy.blackhole();
    sockets.forEach((socket) => { socket.destroy(); });
    await quiet();
    expect(client.ended()).to.equal('open');
    proxy.heal();
    await client.ends('end');
  });

  it('cuts what is open and welcomes what comes', async () => {
    const client = await dial(proxy.port);
    client.say('a');
    await client.hears('A');
    proxy.cut();
    await client.ends('ECONNRESET');
    const second = await dial(proxy.port);
    second.say('b');
    await second.hears('B');
  });

  it('strands what is open: no byte and no end passes, while new connections are welcome, until it is healed', async () => {
    const [first, second] = await Promise.all([dial(proxy.port), dial(proxy.port)]);
    first.say('a');
    await first.hears('A');
    proxy.strand();
    first.say('b');
    second.socket.destroy();
    await quiet();
    expect({ heard: first.heard(), ended: first.ended(), received, serverEnds })
      .to.deep.equal({ heard: 'A', ended: 'open', received: 'a', serverEnds: 0 });
    const third = await dial(proxy.port);
    third.say('c');
    await third.hears('C');
    proxy.heal();
    await first.ends('ECONNRESET');
    third.say('d');
    await third.hears('CD');
    expect(proxy.accepted()).to.equal(3);
    await eventually(() => { expect(proxy.connections()).to.equal(1); });
  });

  it('sends new connections elsewhere once it is told to, and keeps those that are open', async () => {
    const other = createServer((socket) => { socket.on('error', () => undefined); socket.write('other'); });
    other.listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const client = await dial(proxy.port);
    client.say('a');
    await client.hears('A');
    proxy.retarget(typeof address === 'object' ? (address?.port ?? 0) : 0);
    const second = await dial(proxy.port);
    await second.hears('other');
    client.say('b');
    await client.hears('AB');
    second.socket.destroy();
    other.close();
  });

  it('rewrites whatever passes, faults or not', async () => {
    const address = server.address();
    const rewriting = await startProxy({
      targetPort: typeof address === 'object' ? (address?.port ?? 0) : 0,
      rewrite: (chunk, direction) => (direction === 'to_client' ? Buffer.from(`<${chunk.toString()}>`) : chunk),
    });
    const client = await dial(rewriting.port);
    client.say('a');
    await client.hears('<A>');
    rewriting.heal();
    client.say('b');
    await client.hears('<A><B>');
    await rewriting.close();
  });

  it('refuses until it is healed', async () => {
    proxy.refuse();
    // The reset may be faster than the client's own notice of the connection.
    const refused = (error: unknown): string => String(error);
    const outcome = await dial(proxy.port).then((client) => client.ends('ECONNRESET'), refused);
    expect(outcome ?? 'ECONNRESET').to.contain('ECONNRESET');
    proxy.heal();
    const client = await dial(proxy.port);
    client.say('b');
    await client.hears('B');
  });

  it('drops replies although the server did the work, and resets that connection when healed', async () => {
    const client = await dial(proxy.port);
    proxy.dropReplies();
    client.say('a');
    await eventually(() => { expect(received).to.equal('a'); });
    await quiet();
    expect(client.heard()).to.equal('');
    proxy.heal();
    await client.ends('ECONNRESET');
  });

  it('cuts after exactly so many bytes, once', async () => {
    proxy.cutAfter(3);
    const client = await dial(proxy.port);
    client.say('abcdef');
    await client.ends('ECONNRESET');
    await eventually(() => { expect(received).to.equal('abc'); });
    const second = await dial(proxy.port);
    second.say('ghijkl');
    await second.hears('GHIJKL');
  });

  it('lets a hook change, swallow or delay a chunk', async () => {
    const client = await dial(proxy.port);
    proxy.transform((chunk, direction) => (direction === 'to_server' ? Buffer.from(`<${chunk.toString()}>`) : chunk));
    client.say('a');
    await client.hears('<A>');
    proxy.transform((_chunk, direction) => (direction === 'to_client' ? null : 20));
    client.say('b');
    await eventually(() => { expect(received).to.equal('<a>b'); });
    await quiet();
    expect(client.heard()).to.equal('<A>');
  });

  it('leaves no socket open behind, in whatever state it is closed', async () => {
    const open = () => process.getActiveResourcesInfo().filter((name) => /^TCP.*Wrap$/.test(name)).length;
    const before = open();
    for (let round = 0; round < 8; round += 1) {
      const clients = await Promise.all([dial(proxy.port), dial(proxy.port), dial(proxy.port)]);
      proxy.blackhole();
      clients[0]?.socket.end('x');
      clients[1]?.socket.destroy();
      clients[2]?.say('y');
      if (round % 2 === 0) await quiet();
      proxy.heal();
      if (round % 4 < 2) proxy.cut();
      clients.forEach(({ socket }) => { socket.destroy(); });
    }
    await eventually(() => { expect(proxy.connections()).to.equal(0); });
    sockets.forEach((socket) => { socket.destroy(); });
    await eventually(() => { expect(open()).to.be.at.most(before); });
  });

  it('does not keep its process from ending when it is closed while a connection is about to end', () => {
    const script = `
      import { once } from 'node:events';
      import { connect, createServer } from 'node:net';
      import { startProxy } from './proxy.ts';
      const server = createServer((socket) => { socket.on('data', (chunk) => { socket.end(chunk); }); });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const proxy = await startProxy({ targetPort: server.address().port });
      const client = connect(proxy.port, '127.0.0.1');
      client.on('error', () => undefined);
      client.write('quit');
      await once(client, 'data');
      await proxy.close();
      server.close();`;
    const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      cwd: import.meta.dirname, encoding: 'utf8', timeout: 10_000, killSignal: 'SIGKILL',
    });
    expect({ status, stderr }).to.deep.equal({ status: 0, stderr: '' });
  });
});
