// @ts-check
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { spawnGuarded } from './guard.mjs';
import { identify, isAlive } from './identity.mjs';

const GUARD = JSON.stringify(fileURLToPath(new URL('./guard.mjs', import.meta.url)));

/** @param {() => boolean} condition */
async function eventually(condition) {
  const deadline = Date.now() + 8000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('did not come true within 8 s');
    await wait(20);
  }
}

/**
 * A supervisor with one guarded process, whose id it prints.
 * @param {string} command a shell command
 */
async function startSupervisor(command) {
  const program = `import { spawnGuarded } from ${GUARD};
    const args = ['-c', ${JSON.stringify(command)}];
    const { pid } = await spawnGuarded({ command: '/bin/sh', args, patienceMs: 500 });
    console.log(pid);
    setInterval(() => {}, 1000);`;
  const args = ['--input-type=module', '-e', program];
  const supervisor = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [text] = await once(supervisor.stdout, 'data');
  return { supervisor, guarded: identify(Number(String(text).trim())) };
}

describe('a guarded process', function () {
  before(function () {
    if (process.platform !== 'win32') return;
    if (this.test?.parent) this.test.parent.title += ' (skipped: Windows has no /bin/sh)';
    this.skip();
  });

  it('ends when its supervisor is killed with -9', async () => {
    const { supervisor, guarded } = await startSupervisor('exec sleep 60');
    expect(isAlive(guarded)).to.equal(true);
    supervisor.kill('SIGKILL');
    await eventually(() => !isAlive(guarded));
  });

  it('ends although it ignores the polite signal', async () => {
    const { supervisor, guarded } = await startSupervisor('trap "" TERM; while :; do sleep 0.1; done');
    supervisor.kill('SIGKILL');
    await eventually(() => !isAlive(guarded));
  });

  it('says how it ended, and stops within the deadline', async () => {
    const quick = await spawnGuarded({ command: '/bin/sh', args: ['-c', 'exit 3'] });
    expect(await quick.exited).to.equal('exit code 3');
    expect(quick.alive()).to.equal(false);
    const deaf = 'trap "" TERM; echo on; while :; do sleep 0.1; done';
    const stubborn = await spawnGuarded({ command: '/bin/sh', args: ['-c', deaf] });
    if (stubborn.child.stdout === null) throw new Error('no stdout');
    await once(stubborn.child.stdout, 'data');
    await stubborn.stop(200);
    expect(await stubborn.exited).to.equal('signal SIGKILL');
    await stubborn.stop();
  });

  it('ends at once when the program is not there', async () => {
    const missing = await spawnGuarded({ command: '/nowhere/program', args: [] });
    expect(await missing.exited).to.equal('exit code 127');
  });
});
