// @ts-check
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { bytesMoved, childrenOf, isStopped, readStat, residentBytes } from './proc.mjs';

const here = process.platform === 'linux';

(here ? describe : describe.skip)(`/proc${here ? '' : ' (skipped: only Linux has it)'}`, () => {
  it('tells the state, the parent and the age of a process, and that one is gone', async () => {
    const child = spawn('sleep', ['60'], { stdio: 'ignore' });
    await once(child, 'spawn');
    const pid = child.pid ?? -1;
    expect(readStat(pid)).to.include({ parent: process.pid });
    expect(Number(readStat(pid)?.startTicks)).to.be.at.least(Number(readStat(process.pid)?.startTicks));
    expect(childrenOf(process.pid)).to.include(pid);
    expect(isStopped(pid)).to.equal(false);
    process.kill(pid, 'SIGSTOP');
    while (!isStopped(pid)) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(readStat(pid)?.state).to.equal('T');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(isStopped(pid)).to.equal(true);
    expect(readStat(pid)).to.equal(undefined);
    expect(childrenOf(process.pid)).to.not.include(pid);
    expect(bytesMoved(pid)).to.equal(undefined);
  });

  it('tells what a process has read and written, in bytes', () => {
    const before = bytesMoved(process.pid) ?? NaN;
    readFileSync(process.execPath);
    expect((bytesMoved(process.pid) ?? NaN) - before).to.be.at.least(1_000_000);
  });

  it('tells what a process has computed, in seconds, and its memory, in bytes', () => {
    const before = readStat(process.pid)?.cpuSeconds ?? NaN;
    const until = process.cpuUsage().user + 100_000;
    while (process.cpuUsage().user < until);
    expect((readStat(process.pid)?.cpuSeconds ?? NaN) - before).to.be.within(0.05, 5);
    expect(residentBytes(process.pid)).to.be.within(process.memoryUsage.rss() / 2, process.memoryUsage.rss() * 2);
  });
});
