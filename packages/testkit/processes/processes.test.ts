import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { platform } from 'node:os';
import { processEnv } from '@inventory/runtime/config/config.ts';
import { readStat } from '../../../scripts/lib/process/proc.mjs';
import { eventually } from '../waiting/eventually.ts';
import { spawnProcess, startProcess, type ProcessOptions } from './processes.ts';

const fixture = (env: Readonly<Record<string, string>> = {}): ProcessOptions => ({
  command: 'api', script: 'packages/runtime/testing/lifecycle.fixture.ts', env: { DATABASE_URL: 'postgres://u@h/d', ...env },
});

/** One letter: T for stopped by a signal; empty when there is no such process. */
const stateOf = (pid: number): string => readStat(pid)?.state ?? '';

const onLinux = (title: string, test: () => Promise<void>) => (platform() === 'linux'
  ? it(title, test) : it.skip(`${title} (skipped: needs /proc)`, test));

describe('test processes', function () {
  this.timeout(90_000);

  it('are ready when they are handed over, with their ports, and stop with their exit code', async () => {
    const process = await startProcess(fixture());
    expect(process.port).to.equal(42);
    expect((await fetch(`http://127.0.0.1:${process.opsPort}/livez`)).status).to.equal(200);
    expect(await process.stop()).to.deep.equal({ code: 0, signal: null });
    expect(process.logs.map(({ message }) => message)).to.include.members(['ready', 'stopped']);
  });

  it('tell of a line that was logged before or is yet to come', async () => {
    const process = await startProcess(fixture());
    expect(await process.waitForLog(({ message }) => message === 'ready')).to.include({ port: 42 });
    const coming = process.waitForLog(({ message }) => message === 'stop first');
    await process.stop();
    expect(await coming).to.include({ level: 'info' });
    const what = 'the end of the world';
    const missing = await process.waitForLog(() => false, { timeoutMs: 20, what }).catch(String);
    expect(missing).to.contain('the end of the world').and.to.contain('stop first');
  });

  it('say their last words when they end before they are ready', async () => {
    const wrong = await startProcess(fixture({ OPS_PORT: '12abc' })).catch(String);
    expect(wrong).to.contain('12abc').and.to.contain('(2)');
    const failing = await startProcess(fixture({ BEHAVIOUR: 'start_fails' })).catch(String);
    expect(failing).to.contain('no database');
  });

  it('can be watched to their own end', async () => {
    const process = await spawnProcess(fixture({ BEHAVIOUR: 'throws' }));
    expect(await process.exited).to.deep.equal({ code: 1, signal: null });
  });

  onLinux('can be frozen, woken and killed', async () => {
    const process = await startProcess(fixture());
    await process.freeze();
    expect(process.state()).to.equal('T');
    process.resume();
    await eventually(() => { expect(process.state()).to.match(/[SR]/); });
    await process.kill();
    expect(await process.exited).to.deep.equal({ code: null, signal: 'SIGKILL' });
    expect(process.state()).to.equal('');
  });

  it('die at a named point when they were told to', async () => {
    const process = await spawnProcess(fixture({ TEST_FAULT_POINT: 'fixture.started' }));
    expect(await process.exited).to.deep.equal({ code: null, signal: 'SIGKILL' });
  });

  onLinux('do not see the environment of the test, and do not outlive it when it is killed', async () => {
    const script = `
      import { startProcess } from './processes.ts';
      const started = await startProcess(${JSON.stringify(fixture())});
      process.stdout.write(String(started.pid));
      process.kill(process.pid, 'SIGKILL');`;
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      cwd: import.meta.dirname, encoding: 'utf8', env: { ...processEnv(), LOG_LEVEL: 'nonsense' },
    });
    expect(Number(stdout)).to.be.greaterThan(0);
    await eventually(() => { expect(stateOf(Number(stdout))).to.equal(''); }, { what: 'the orphan to end' });
  });
});
