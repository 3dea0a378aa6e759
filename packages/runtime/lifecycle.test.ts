import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';

type Line = Readonly<Record<string, unknown>>;

/** Runs the fixture; `act` is called once with a line it waits for and may send signals. */
async function run(options: {
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  readonly at?: string;
  onLine?(child: { readonly kill: (signal: NodeJS.Signals) => void }, line: Line): void;
  act?(child: { readonly kill: (signal: NodeJS.Signals) => void }, line: Line): void | Promise<void>;
}) {
  const child = spawn(process.execPath, ['testing/lifecycle.fixture.ts', ...(options.args ?? [])], {
    cwd: import.meta.dirname,
    env: { DATABASE_URL: 'postgres://me:hunter2@db/x', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: Line[] = [];
  let stdout = '';
  let stderr = '';
  let rest = '';
  const acts: Promise<void>[] = [];
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
    const parts = (rest + chunk.toString()).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts.filter((text) => text.startsWith('{'))) {
      const line: Line = JSON.parse(part);
      lines.push(line);
      options.onLine?.({ kill: (signal) => { child.kill(signal); } }, line);
      if (line['message'] === (options.at ?? 'ready')) {
        acts.push(Promise.resolve(options.act?.({ kill: (signal) => { child.kill(signal); } }, line)));
      }
    }
  });
  child.stderr.on('data', (chunk: Buffer) => { stderr += chunk.toString(); });
  const [code, signal] = await once(child, 'close');
  await Promise.all(acts);
  const messages = lines.map(({ message }) => String(message));
  return { code: Number(code), signal: String(signal), stdout, stderr, lines, messages };
}

describe('lifecycle', function () {
  this.timeout(90_000);

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`stops in reverse order and exits with 0 on ${signal}`, async () => {
      const result = await run({ act: (child) => { child.kill(signal); } });
      expect(result.messages).to.deep.equal(['ready', 'stopping', 'signal', 'stop second', 'stop first', 'stopped']);
      expect(result.lines[2]).to.include({ ready: false });
      expect(result).to.include({ code: 0, stderr: '' });
    });
  }

  it('logs details from one SIGUSR2 to the next, and says so each time', async () => {
    let told = 0;
    const result = await run({
      onLine: (child, { message, log_level: level }) => {
        if (message === 'ready') child.kill('SIGUSR2');
        if (message === 'a detail' && told++ === 0) child.kill('SIGUSR2');
        if (message === 'the log level was changed' && level === 'info') child.kill('SIGTERM');
      },
    });
    const changes = result.lines.filter(({ message }) => message === 'the log level was changed');
    expect(changes.map(({ level, log_level }) => [level, log_level])).to.deep.equal([['debug', 'debug'], ['info', 'info']]);
    const [on, off] = changes.map((line) => result.lines.indexOf(line));
    const details = result.lines.flatMap(({ message }, nth) => (message === 'a detail' ? [nth] : []));
    expect(details.every((nth) => nth > (on ?? 0) && nth < (off ?? 0)), 'details only between them').to.equal(true);
    expect(result).to.include({ code: 0, stderr: '' });
  });

  it('says its ports when it is ready', async () => {
    const { lines } = await run({ act: (child) => { child.kill('SIGTERM'); } });
    expect(lines[0]).to.include({ level: 'info', message: 'ready', port: 42, process: 'fixture' });
    expect(lines[0]?.['ops_port']).to.be.a('number').greaterThan(0);
  });

  it('answers 503 while it waits for the balancer, and goes on working until the wait is over', async () => {
    let status = 0;
    const begun = performance.now();
    const { code, messages } = await run({
      env: { SHUTDOWN_DELAY_MS: '300' },
      async act(child, line) {
        const ready = async () => (await fetch(`http://127.0.0.1:${String(line['ops_port'])}/readyz`)).status;
        expect(await ready()).to.equal(200);
        child.kill('SIGTERM');
        while ((status = await ready()) === 200);
      },
    });
    expect(status).to.equal(503);
    expect(performance.now() - begun).to.be.greaterThan(300);
    expect(code).to.equal(0);
    expect(messages).to.include('stop first');
  });

  it('takes a second signal right after the first for the same', async () => {
    const result = await run({
      env: { SHUTDOWN_DELAY_MS: '100' },
      act(child) {
        child.kill('SIGINT');
        setTimeout(() => { child.kill('SIGTERM'); }, 20);
        setTimeout(() => { child.kill('SIGINT'); }, 40);
      },
    });
    expect(result.code).to.equal(0);
    expect(result.messages).to.deep.equal(['ready', 'stopping', 'signal', 'stop second', 'stop first', 'stopped']);
  });

  it('stops only once when it gives up while it is stopping, and then exits with 1', async () => {
    const result = await run({
      env: { BEHAVIOUR: 'gives_up', SHUTDOWN_DELAY_MS: '300' }, act: (child) => { child.kill('SIGTERM'); },
    });
    expect(result.code).to.equal(1);
    expect(result.messages).to.include('the link is closed for good');
    expect(result.messages.filter((message) => /^stop/.test(message)).toSorted()).to.deep.equal([
      'stop first', 'stop second', 'stopped', 'stopping',
    ]);
  });

  it('does not wait longer than the deadline, and says so with exit code 1', async () => {
    const result = await run({
      env: { BEHAVIOUR: 'stop_hangs', SHUTDOWN_DEADLINE_MS: '100' }, act: (child) => { child.kill('SIGTERM'); },
    });
    expect(result.code).to.equal(1);
    expect(result.messages).to.include('the work in hand did not end in time');
    expect(result.messages.at(-1)).to.equal('stopped');
  });

  it('stops the other parts when one fails to stop', async () => {
    const result = await run({ env: { BEHAVIOUR: 'stop_fails' }, act: (child) => { child.kill('SIGTERM'); } });
    expect(result.messages).to.include.members(['could not stop second', 'stop first']);
    expect(result.code).to.equal(0);
  });

  it('exits with 1 and one line when the start fails, without a stack', async () => {
    const result = await run({ env: { BEHAVIOUR: 'start_fails' } });
    expect(result).to.include({ code: 1, stderr: '' });
    expect(result.lines.filter(({ level }) => level === 'error')).to.have.length(1);
    expect(result.lines[0]).to.deep.include({ message: 'the start failed' });
    expect(result.lines[0]?.['error']).to.deep.equal({
      name: 'Error', message: 'no database', cause: { name: 'Error', message: 'ECONNREFUSED' },
    });
    expect(result.stdout).not.to.contain('lifecycle.fixture.ts:');
  });

  it('stops what was started, in reverse, when a later part fails to start', async () => {
    const result = await run({ env: { BEHAVIOUR: 'half_start' } });
    expect(result.messages).to.deep.equal(['the start failed', 'stopping', 'signal', 'stop second', 'stop first', 'stopped']);
    expect(result).to.include({ code: 1, stderr: '' });
  });

  it('can be stopped while it is still starting, with exit code 0 and no error', async () => {
    const result = await run({
      env: { BEHAVIOUR: 'start_hangs' }, at: 'starting', act: (child) => { child.kill('SIGTERM'); },
    });
    expect(result.code).to.equal(0);
    expect(result.lines.filter(({ level }) => level === 'error')).to.deep.equal([]);
  });

  it('exits with 1 when its ops port is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? String(address?.port) : '';
    const result = await run({ env: { OPS_PORT: port } });
    server.close();
    expect(result.code).to.equal(1);
    expect(result.lines[0]).to.have.nested.property('error.code', 'EADDRINUSE');
  });

  for (const behaviour of ['throws', 'rejects', 'gives_up']) {
    it(`stops in good order with one error line and exit code 1 when it ${behaviour.replace('_', ' ')}`, async () => {
      // A failing process does not wait for the balancer.
      const result = await run({ env: { BEHAVIOUR: behaviour, SHUTDOWN_DELAY_MS: '60000' } });
      expect(result).to.include({ code: 1, stderr: '' });
      expect(result.lines.filter(({ level }) => level === 'error')).to.have.length(1);
      expect(result.messages).to.include.members(['stop second', 'stop first', 'stopped']);
      expect(result.stdout).not.to.contain('lifecycle.fixture.ts:');
    });
  }

  it('gives up at once, but not silently, when it fails again while stopping', async () => {
    const result = await run({ env: { BEHAVIOUR: 'throws_twice' } });
    expect(result.code).to.equal(1);
    expect(result.messages).to.include('another failure while stopping');
  });

  it('lists every problem of its configuration on stderr and exits with 2', async () => {
    const result = await run({ env: { DATABASE_URL: 'hunter2', OPS_PORT: '12abc', LOG_LEVEL: 'loud' } });
    expect(result.code).to.equal(2);
    expect(result.stdout).to.equal('');
    expect(result.stderr.trim().split('\n')).to.have.length(4);
    for (const name of ['DATABASE_URL', 'OPS_PORT', 'LOG_LEVEL']) expect(result.stderr).to.contain(`  ${name} `);
    expect(result.stderr).not.to.contain('hunter2');
  });

  it('prints its configuration without secrets and exits with 0', async () => {
    const result = await run({ args: ['--print-config'] });
    expect(result.code).to.equal(0);
    expect(result.stdout).to.contain('DATABASE_URL=postgres://me:***@db/x').and.not.to.contain('hunter2');
  });

  it('refuses an argument that it does not know', async () => {
    const result = await run({ args: ['--verbose'] });
    expect(result.code).to.equal(2);
    expect(result.stderr).to.contain('--verbose');
  });
});
