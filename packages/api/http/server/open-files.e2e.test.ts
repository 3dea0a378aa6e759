import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import { processEnv as ownEnv } from '@inventory/runtime/config/config.ts';
import { createTestKeys } from '@inventory/testkit/http/tokens.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { admin, createTestStore, processEnv } from '../../testing/api.ts';
import type { TestStore } from '../../testing/api.ts';

/** Within the quarter that one address may have before it has shown a token: of the 75 that 200 open files leave. */
const CONNECTIONS = 15;

const ROOT = join(import.meta.dirname, '..', '..', '..', '..');

describe('an api that may open few files', function () {
  this.timeout(60_000);
  let store: TestStore;
  before(async () => { store = await createTestStore(); });
  after(() => store.close());

  /** Starts it with a limit that it cannot raise. */
  async function start(openFiles: number) {
    const keys = await createTestKeys();
    const child = spawn('bash', ['-c', `ulimit -n ${openFiles} && exec "${process.execPath}" packages/api/main.ts`], {
      cwd: ROOT, env: { PATH: ownEnv()['PATH'], HOME: ownEnv()['HOME'], OPS_PORT: '0', ...processEnv(store, keys.publicKeyPem) },
    });
    const lines: Record<string, unknown>[] = [];
    const noise: string[] = [];
    createInterface({ input: child.stdout }).on('line', (line) => { lines.push(JSON.parse(line)); });
    createInterface({ input: child.stderr }).on('line', (line) => { noise.push(line); });
    const exited = once(child, 'close').then(([code]) => Number(code));
    return { child, lines, noise, exited, token: await keys.token(admin) };
  }

  it('takes fewer connections than it is allowed to, says so, and fails no request of those that it has', async () => {
    const api = await start(200);
    const idle: Socket[] = [];
    const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
    try {
      const port = await eventually(() => {
        const ready = api.lines.find(({ message }) => message === 'ready');
        if (ready === undefined) throw new Error(`not ready: ${api.noise.join('\n')}`);
        return Number(ready['port']);
      }, { timeoutMs: 20_000 });
      const ask = (path: string) => new Promise<number>((resolve, reject) => {
        request({ agent, host: '127.0.0.1', port, path: `/api/v1${path}`, headers: { authorization: `Bearer ${api.token}` } }, (res) => {
          res.resume().once('end', () => { resolve(res.statusCode ?? 0); });
        }).once('error', reject).end();
      });
      // Connections of requests that ask no database, so that no pool has grown yet.
      await Promise.all(Array.from({ length: CONNECTIONS }, () => ask('/openapi.json')));
      for (let n = 0; n < 400; n += 1) {
        const socket = connect(port, '127.0.0.1');
        socket.on('error', () => undefined);
        idle.push(socket);
      }
      await Promise.all(idle.map(async (socket) => { if (socket.connecting) await once(socket, 'connect').catch(() => undefined); }));
      const asked = await Promise.all(Array.from({ length: CONNECTIONS }, () => ask('/products')));
      expect(asked).to.deep.equal(asked.map(() => 200));
      expect(api.lines.filter(({ level }) => level === 'error')).to.deep.equal([]);
      expect(api.lines.find(({ message }) => /open files/.test(String(message)))).to.deep.include({ open_files: 200, configured: 8000 });
    } finally {
      idle.forEach((socket) => { socket.destroy(); });
      agent.destroy();
      api.child.kill('SIGTERM');
    }
    expect(await api.exited).to.equal(0);
  });

  it('does not start where the limit leaves no connection to clients', async () => {
    const api = await start(60);
    const impatient = setTimeout(() => { api.child.kill('SIGKILL'); }, 15_000);
    expect(await api.exited).to.equal(1);
    clearTimeout(impatient);
    expect([...api.noise, ...api.lines.map((line) => JSON.stringify(line))].join('\n')).to.match(/limit of open files \(ulimit -n\) is 60/);
  });
});
