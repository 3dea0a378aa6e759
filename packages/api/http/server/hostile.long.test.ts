import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { createClient } from '@inventory/testkit/http/client.ts';
import { startProcess } from '@inventory/testkit/processes/processes.ts';
import type { TestProcess } from '@inventory/testkit/processes/processes.ts';
import { createTestKeys } from '@inventory/testkit/http/tokens.ts';
import { expect } from 'chai';
import { addProduct, admin, createTestStore, processEnv } from '../../testing/api.ts';
import type { TestStore } from '../../testing/api.ts';

const IDLE = 5000;

/** With the time limits of a real process, so it takes longer than other tests may. */
describe('hostile clients', () => {
  let store: TestStore;
  let api: TestProcess;
  let token: string;
  let path: string;
  const sockets: Socket[] = [];
  before(async () => {
    store = await createTestStore();
    const keys = await createTestKeys();
    token = await keys.token(admin);
    path = `/products/${await addProduct(store.db)}/availability`;
    api = await startProcess({ command: 'api', env: processEnv(store, keys.publicKeyPem) });
  });
  after(async () => {
    for (const socket of sockets) socket.destroy();
    await api.stop();
    await store.close();
  });

  const client = () => createClient(`http://127.0.0.1:${api.port}/api/v1`, token);
  async function open(): Promise<Socket> {
    const socket = connect({ host: '127.0.0.1', port: api.port });
    socket.on('error', () => undefined);
    sockets.push(socket);
    await once(socket, 'connect');
    return socket;
  }
  /** Sends a byte a second. @returns the answer, and the seconds until it came */
  async function trickle(head: string): Promise<{ readonly text: string; readonly seconds: number }> {
    const socket = await open();
    const begun = performance.now();
    let text = '';
    socket.on('data', (chunk) => { text += chunk.toString('latin1'); });
    socket.write(head);
    const timer = setInterval(() => { if (socket.writable) socket.write('a'); }, 1000);
    await once(socket, 'close', { signal: AbortSignal.timeout(40_000) });
    clearInterval(timer);
    return { text, seconds: (performance.now() - begun) / 1000 };
  }
  /** p99 of reads, in ms. */
  async function p99(reads: number): Promise<number> {
    const took: number[] = [];
    for (let n = 0; n < reads; n += 1) {
      const begun = performance.now();
      expect((await client().get(path)).status).to.equal(200);
      took.push(performance.now() - begun);
    }
    return took.sort((a, b) => a - b)[Math.floor(reads * 0.99)] ?? Infinity;
  }

  it('with slow headers get 408 after 10 s, with slow bodies after 15 s, and reads go on beside 200 of each', async () => {
    const head = 'POST /api/v1/stock HTTP/1.1\r\nHost: x\r\n';
    const body = `${head}Content-Type: application/json\r\nAuthorization: Bearer ${token}\r\nContent-Length: 500\r\n\r\n{"a":"`;
    const slow = Array.from({ length: 200 }, () => [trickle(`${head}X-Slow: a`), trickle(body)]).flat();
    console.log(`      p99 of reads beside 400 slow requests: ${(await p99(300)).toFixed(1)} ms`);
    for (const [n, { text, seconds }] of (await Promise.all(slow)).entries()) {
      expect(text).to.match(/^HTTP\/1\.1 408 /).and.include('"code":"request_timeout"');
      // On a busy machine the server checks its clock late.
      expect(seconds, n % 2 === 0 ? 'headers' : 'body').to.be.within(n % 2 === 0 ? 9.5 : 14.5, n % 2 === 0 ? 16 : 21);
    }
  });

  it(`on ${IDLE} idle connections slow nobody down`, async () => {
    for (let n = 0; n < IDLE; n += 250) await Promise.all(Array.from({ length: 250 }, open));
    console.log(`      p99 of reads beside ${IDLE} idle connections: ${(await p99(300)).toFixed(1)} ms`);
  });

  it('with 30 KB of nested arrays are refused again and again, while reads go on', async () => {
    const nested = `{"note":${'['.repeat(15_000)}${']'.repeat(15_000)}}`;
    let stop = false;
    const statuses = new Set<number>();
    const attackers = Array.from({ length: 4 }, async () => {
      while (!stop) statuses.add((await client().post('/stock', nested)).status);
    });
    console.log(`      p99 of reads beside 4 senders of 30 KB of nested arrays: ${(await p99(300)).toFixed(1)} ms`);
    stop = true;
    await Promise.all(attackers);
    expect([...statuses]).to.deep.equal([400]);
  });
});
