import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { armFaultPoint, faultPoint } from './fault.ts';

/** Runs four passes through a point in a process of its own; what it wrote, and how it ended. */
function passes(armed: string | undefined) {
  const script = `
    import { armFaultPoint, faultPoint } from './fault.ts';
    armFaultPoint(${JSON.stringify(armed)});
    for (let i = 1; i <= 4; i += 1) { process.stdout.write(String(i)); faultPoint('after.write'); }`;
  const { stdout, signal } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd: import.meta.dirname, encoding: 'utf8',
  });
  return { stdout, signal };
}

describe('fault point', function () {
  this.timeout(90_000);

  it('does nothing unless its name was chosen', () => {
    expect(passes(undefined)).to.deep.equal({ stdout: '1234', signal: null });
    expect(passes('another')).to.deep.equal({ stdout: '1234', signal: null });
  });

  it('kills the process at the first pass, or at the one that was named', () => {
    expect(passes('after.write')).to.deep.equal({ stdout: '1', signal: 'SIGKILL' });
    expect(passes('after.write@3')).to.deep.equal({ stdout: '123', signal: 'SIGKILL' });
  });

  it('refuses a text that names no point', () => {
    for (const text of ['', 'a b', 'x@0', 'kill:x', '@1']) {
      expect(() => { armFaultPoint(text); }, text).to.throw('TEST_FAULT_POINT');
    }
    armFaultPoint(undefined);
    faultPoint('anything');
  });
});
